import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.console import Console

from demo.conductor import take_turns
from demo.display import LiveDisplay, PlainDisplay
from demo.errors import DemoError
from demo.journey import ELSEWHERE, FOUNDATION, TABLE, Journey
from demo.report.model import State


def test_the_steps_are_the_tables_and_two_come_again() -> None:
    numbers = [(step.number, step.again) for step in Journey().steps]

    assert numbers == [(number, False) for number in range(9)] + [(6, True), (7, True)]


def test_the_foundation_adds_a_step_at_the_end_of_the_table() -> None:
    numbers = [step.number for step in Journey(foundation=True).steps if not step.again]

    assert numbers == [*range(9), FOUNDATION]


def test_the_words_are_those_of_the_readme() -> None:
    readme = (Path(__file__).resolve().parents[3] / "README.md").read_text(encoding="utf-8")

    rows = {int(number): words for number, words in re.findall(r"^\| (\d) \| (.*?) \|", readme, re.MULTILINE)}
    assert {number: rows[number] for number in TABLE} == {number: title for number, (title, _) in TABLE.items()}


def test_what_the_demo_does_not_show_is_shown_where_it_says() -> None:
    target = re.search(r"make (\S+)$", ELSEWHERE)[1]

    assert 9 not in TABLE
    makefile = (Path(__file__).resolve().parents[3] / "Makefile").read_text(encoding="utf-8")
    assert re.search(rf"^{target}:", makefile, re.MULTILINE)


def test_a_step_begins_once_and_ends_once() -> None:
    journey = Journey()
    heard: list[tuple[int, State]] = []
    journey.listener = lambda step, _words: heard.append((step.number, step.state))
    step = journey.step(3)

    journey.start(step)
    journey.start(step)
    journey.finish(step, "verified")
    journey.finish(step, "again")

    assert heard == [(3, State.RUNNING), (3, State.SUCCEEDED)]
    assert step.details == ["verified"]
    assert step.seconds is not None


def test_the_latest_running_step_is_the_one_that_failed() -> None:
    journey = Journey()
    for number in (0, 3):
        journey.start(journey.step(number))
    journey.finish(journey.step(1))

    journey.fail("no such key")

    states = {step.number: step.state for step in journey.steps if not step.again}
    assert states[3] is State.FAILED
    assert journey.step(3).details == ["no such key"]
    assert states[0] is State.SKIPPED
    assert states[1] is State.SUCCEEDED
    assert states[7] is State.SKIPPED


def test_activities_take_turns_until_all_have_ended() -> None:
    told: list[str] = []

    def activity(name: str, turns: int) -> Iterator[None]:
        for turn in range(turns):
            told.append(f"{name}{turn}")
            yield

    take_turns({"a": activity("a", 1), "b": activity("b", 3)}, pause=lambda _seconds: None)

    assert told == ["a0", "b0", "b1", "b2"]


def test_a_failing_activity_ends_the_demo() -> None:
    def failing() -> Iterator[None]:
        yield
        raise DemoError("gone", ["the log"])

    with pytest.raises(DemoError, match="gone"):
        take_turns({"failing": failing()}, pause=lambda _seconds: None)


def test_plain_output_has_no_escape_sequences_and_no_repetition() -> None:
    console = Console(file=io.StringIO(), width=60)
    journey = Journey()
    display = PlainDisplay(console, lambda: 12.3)
    journey.listener = display.changed
    step = journey.step(0)

    with display:
        journey.start(step, "planning")
        for count in range(5):
            journey.note(step, f"{count} of 40 resources")
        journey.finish(step, "40 resources [bold]")

    text = console.file.getvalue()
    assert "\x1b" not in text
    assert text.splitlines() == [
        f"   12.3 s  0 begins: {TABLE[0][0]}",
        "   12.3 s  0 succeeded after 0.0 s. 40 resources [bold]",
    ]


def test_the_live_list_shows_every_step() -> None:
    console = Console(file=io.StringIO(), width=100, force_terminal=True)
    journey = Journey()
    display = LiveDisplay(console, lambda: journey)
    journey.listener = display.changed

    with display:
        journey.start(journey.step(0))
        journey.note(journey.step(0), "3 of 40 resources")
        journey.fail("no [such] key")

    text = console.file.getvalue()
    assert "no [such] key" in text
    assert "again: the push triggers CodePipeline" in text
