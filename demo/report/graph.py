"""The graph of a SageMaker pipeline: its steps, what they take from each other, how each ended."""

from markupsafe import Markup

from demo.report.model import PipelineStep, State
from demo.report.svg import bar, element, group, picture, text

_NODE_WIDTH = 172.0
_NODE_HEIGHT = 62.0
_COLUMN_GAP = 46.0
_ROW_GAP = 20.0
_MARGIN = 6.0
_WORDS = {
    State.SUCCEEDED: "succeeded",
    State.FAILED: "failed",
    State.RUNNING: "running",
    State.WAITING: "waiting",
    State.SKIPPED: "not needed",
}


def pipeline_graph(steps: list[PipelineStep], title: str) -> Markup:
    """Draw the steps from left to right, each in the column after the last step it depends on."""
    columns = layers(steps)
    tallest = max((len(column) for column in columns), default=1)
    height = tallest * _NODE_HEIGHT + (tallest - 1) * _ROW_GAP + 2 * _MARGIN
    width = len(columns) * _NODE_WIDTH + max(len(columns) - 1, 0) * _COLUMN_GAP + 2 * _MARGIN
    places: dict[str, tuple[float, float]] = {}
    for index, column in enumerate(columns):
        block = len(column) * _NODE_HEIGHT + (len(column) - 1) * _ROW_GAP
        for row, step in enumerate(column):
            places[step.name] = (
                _MARGIN + index * (_NODE_WIDTH + _COLUMN_GAP),
                (height - block) / 2 + row * (_NODE_HEIGHT + _ROW_GAP),
            )
    edges = [
        _edge(places[before], places[step.name], step.state)
        for step in steps
        for before in direct_predecessors(step, steps)
    ]
    nodes = [_node(step, *places[step.name]) for step in steps]
    words = "; ".join(f"{step.name} ({step.kind}) {_WORDS[step.state]}" for step in steps)
    return picture(width, height, title, words, [*edges, *nodes])


def layers(steps: list[PipelineStep]) -> list[list[PipelineStep]]:
    """The steps in columns: column n holds the steps whose longest way from a beginning has n edges.

    Raises:
        ValueError: the steps depend on each other in a circle.

    """
    known = {step.name: step for step in steps}
    depth: dict[str, int] = {}

    def measure(step: PipelineStep, path: tuple[str, ...]) -> int:
        if step.name in path:
            raise ValueError(f"pipeline steps in a circle: {' -> '.join((*path, step.name))}")
        if step.name not in depth:
            before = [measure(known[name], (*path, step.name)) for name in step.after if name in known]
            depth[step.name] = 1 + max(before, default=-1)
        return depth[step.name]

    columns: list[list[PipelineStep]] = []
    for step in steps:
        column = measure(step, ())
        columns.extend([] for _ in range(column + 1 - len(columns)))
        columns[column].append(step)
    return columns


def direct_predecessors(step: PipelineStep, steps: list[PipelineStep]) -> list[str]:
    """The predecessors that are not reached through another predecessor: fewer lines say the same."""
    known = {other.name: other for other in steps}

    def all_before(name: str) -> set[str]:
        direct = {other for other in known[name].after if other in known}
        return direct.union(*(all_before(other) for other in direct))

    direct = [name for name in step.after if name in known]
    reached = {before for name in direct for before in all_before(name)}
    return [name for name in dict.fromkeys(direct) if name not in reached]


def _edge(start: tuple[float, float], end: tuple[float, float], state: State) -> Markup:
    x1, y1 = start[0] + _NODE_WIDTH, start[1] + _NODE_HEIGHT / 2
    x2, y2 = end[0] - 7, end[1] + _NODE_HEIGHT / 2
    middle = (x1 + x2) / 2
    taken = "" if state in (State.SKIPPED, State.WAITING) else " taken"
    curve = f"M{x1:.1f} {y1:.1f} C{middle:.1f} {y1:.1f} {middle:.1f} {y2:.1f} {x2:.1f} {y2:.1f}"
    head = f"M{x2 + 6:.1f} {y2:.1f} l-8 -4.5 v9 z"
    return group(
        [element("path", d=curve, class_="edge"), element("path", d=head, class_="head")], f"arrow{taken}"
    )


def _node(step: PipelineStep, x: float, y: float) -> Markup:
    seconds = (step.ended - step.started).total_seconds() if step.started and step.ended else None
    words = _WORDS[step.state] + (f" in {seconds:.1f} s" if seconds is not None and seconds >= 0.05 else "")
    return group(
        [
            bar(x, y, _NODE_WIDTH, _NODE_HEIGHT, "box", tip=step.detail),
            bar(x, y + 9, 4, _NODE_HEIGHT - 18, "mark"),
            text(x + 16, y + 20, step.kind, "kind"),
            text(x + 16, y + 37, step.name, "name"),
            text(x + 16, y + 53, words, "outcome"),
        ],
        f"node {step.state}",
    )
