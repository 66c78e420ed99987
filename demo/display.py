"""What a person sees while the demo runs: a live list on a terminal, plain lines anywhere else."""

from collections.abc import Callable, Iterable
from typing import Protocol

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from demo.journey import Journey
from demo.report.model import State, Step
from demo.report.page import seconds

_MARKS = {
    State.WAITING: ("·", "dim"),
    State.SUCCEEDED: ("✓", "green"),
    State.FAILED: ("✗", "bold red"),
    State.SKIPPED: ("-", "dim"),
}


class Display(Protocol):
    """Shows the journey."""

    def changed(self, step: Step, words: str) -> None:
        """A step began, is busy with something, or ended."""

    def say(self, words: str) -> None:
        """Something outside the numbered steps."""

    def __enter__(self) -> "Display": ...

    def __exit__(self, *_: object) -> None: ...


class PlainDisplay:
    """One line per change of a step; no colours, nothing is ever overwritten."""

    def __init__(self, console: Console, now: Callable[[], float]) -> None:
        self._console = console
        self._now = now
        self._shown: dict[int, State] = {}

    def changed(self, step: Step, words: str) -> None:
        """Print beginnings and ends; not every word in between."""
        if self._shown.get(id(step)) is step.state:
            return
        self._shown[id(step)] = step.state
        again = " (again)" if step.again else ""
        if step.state is State.RUNNING:
            self.say(f"{step.number}{again} begins: {step.title}")
        else:
            # Why a step failed is said once, at the end.
            said = words if step.state is State.SUCCEEDED else ""
            self.say(f"{step.number}{again} {step.state} after {seconds(step.seconds)}. {said}".rstrip())

    def say(self, words: str) -> None:
        """Print a line with the time."""
        self._console.print(f"{self._now():7.1f} s  {words}", soft_wrap=True, markup=False, highlight=False)

    def __enter__(self) -> "PlainDisplay":
        return self

    def __exit__(self, *_: object) -> None:
        return None


class LiveDisplay:
    """The whole journey as a list that renews itself, with a spinner beside whatever runs."""

    def __init__(self, console: Console, steps: Callable[[], Journey]) -> None:
        self._console = console
        self._journey = steps
        self._words: dict[int, str] = {}
        self._spinner = Spinner("dots", style="cyan")
        self._live = Live(console=console, get_renderable=self._render, refresh_per_second=8, transient=False)

    def changed(self, step: Step, words: str) -> None:
        """Keep the words; the next frame shows them."""
        if words or step.state is not State.RUNNING:
            self._words[id(step)] = words

    def say(self, words: str) -> None:
        """Print above the list."""
        self._console.print(words, style="dim", markup=False, highlight=False)

    def __enter__(self) -> "LiveDisplay":
        self._live.start(refresh=True)
        return self

    def __exit__(self, *_: object) -> None:
        self._live.stop()

    def _render(self) -> RenderableType:
        journey = self._journey()
        table = Table.grid(padding=(0, 1, 0, 0), expand=True)
        table.add_column(width=1)
        table.add_column(width=1, justify="right")
        table.add_column(ratio=1)
        table.add_column(justify="right", no_wrap=True)
        for step in journey.steps:
            table.add_row(self._mark(step), str(step.number), self._line(step), self._time(step, journey.now))
        return Group(table, Text(f"{seconds(journey.now)} elapsed", style="dim"))

    def _mark(self, step: Step) -> RenderableType:
        if step.state is State.RUNNING:
            return self._spinner
        mark, style = _MARKS[step.state]
        return Text(mark, style=style)

    def _line(self, step: Step) -> Text:
        style = {"waiting": "dim", "skipped": "dim", "failed": "bold red", "running": "bold"}.get(step.state, "")
        # One line each: the whole journey has to fit into a terminal of 24 lines.
        title = ("again: " if step.again else "") + step.title
        line = Text(title, style=style, no_wrap=True, overflow="ellipsis")
        if words := self._words.get(id(step), ""):
            line.append("\n" + words, style="not bold dim" if step.state is not State.FAILED else "not bold red")
        return line

    @staticmethod
    def _time(step: Step, now: float) -> str:
        if step.started is None or step.state is State.SKIPPED:
            return ""
        return seconds((step.ended if step.ended is not None else now) - step.started)


def summary(rows: Iterable[tuple[str, str]]) -> Table:
    """The table at the end; long values wrap and can be copied whole."""
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True, style="bold")
    table.add_column(overflow="fold")
    for name, value in rows:
        table.add_row(name, Text(value))
    return table
