"""The timeline: what ran when, one lane per service, drawn to scale."""

from datetime import datetime

from markupsafe import Markup

from demo.report.model import Report, Span, Step
from demo.report.svg import bar, dot, group, line, picture, text, text_width, ticks

_WIDTH = 1120.0
_LEFT = 150.0
_RIGHT = 20.0
_TOP = 34.0
_ROW = 21.0
_THIN_ROW = 7.0
_LANE_GAP = 15.0
_CROWDED = 14
# In a crowded lane, bars of this width have names.
_NAMED = 40.0
_MOMENT = 3.0


def timeline(report: Report) -> Markup:
    """Draw the journey's steps and all spans of the report."""
    seconds = max(report.seconds, 1.0)
    scale = (_WIDTH - _LEFT - _RIGHT) / seconds
    parts: list[Markup] = []
    top = _TOP
    steps = [step for step in report.steps if step.started is not None]
    drawn, bottom = _journey(steps, top, scale, seconds)
    parts += [text(0, top + 14, "Journey", "lane"), *drawn]
    for lane in dict.fromkeys(span.lane for span in report.spans):
        spans = [span for span in report.spans if span.lane == lane]
        top = bottom + _LANE_GAP
        parts.append(line(0, top - _LANE_GAP / 2, _WIDTH, top - _LANE_GAP / 2, "rule"))
        drawn, bottom = _lane(spans, report.started, top, scale)
        parts += [text(0, top + 14, lane, "lane"), *drawn]
        bottom = max(bottom, top + 18)
    height = bottom + 12
    grid = [
        part
        for second in ticks(seconds, 10)
        for part in (
            line(_LEFT + second * scale, _TOP - 10, _LEFT + second * scale, height - 8, "grid"),
            text(_LEFT + second * scale, _TOP - 16, f"{second:.0f} s", "tick", "middle"),
        )
    ]
    return picture(
        _WIDTH,
        height,
        "Timeline of the demo",
        f"{len(report.spans)} activities of {len({span.lane for span in report.spans})} services over "
        f"{seconds:.0f} seconds; the tables below hold the same in words.",
        [*grid, *parts],
    )


def _journey(steps: list[Step], top: float, scale: float, now: float) -> tuple[list[Markup], float]:
    """The steps as numbered bars, each in the first row where it is free."""
    rows = _Rows()
    parts = []
    for step in steps:
        started, ended = step.started or 0.0, now if step.ended is None else step.ended
        x, width = _LEFT + started * scale, max((ended - started) * scale, 18.0)
        y = top + rows.place(x, x + width) * (_ROW + 2)
        tip = f"{step.number} {step.title}: {ended - started:.1f} s"
        parts += [
            bar(x, y, width, _ROW - 3, f"step {step.state}", tip=tip),
            text(x + 9, y + 13, f"{step.number}", "step-number", "middle"),
        ]
    return parts, top + max(rows.count, 1) * (_ROW + 2)


def _lane(spans: list[Span], origin: datetime, top: float, scale: float) -> tuple[list[Markup], float]:
    """One lane: named bars, or, where there are many, thin ones for the short and named ones for the long."""
    in_order = sorted(spans, key=lambda span: span.started)
    if len(spans) <= _CROWDED:
        return _bars(in_order, origin, top, scale, thin=False)
    long = [span for span in in_order if (span.ended - span.started).total_seconds() * scale >= _NAMED]
    short, bottom = _bars([span for span in in_order if span not in long], origin, top, scale, thin=True)
    named, bottom = _bars(long, origin, bottom + 3, scale, thin=False)
    return short + named, bottom


def _bars(
    spans: list[Span], origin: datetime, top: float, scale: float, *, thin: bool
) -> tuple[list[Markup], float]:
    height = _THIN_ROW if thin else _ROW
    rows = _Rows()
    parts = []
    for span in spans:
        started = (span.started - origin).total_seconds()
        seconds = (span.ended - span.started).total_seconds()
        x, width = _LEFT + started * scale, max(seconds * scale, _MOMENT)
        label = "" if thin else f"{span.name} {_duration(seconds)}"
        right_of_bar = x + width + 6 + text_width(label) <= _WIDTH
        left, right = (
            (x, x + width + 8 + text_width(label)) if right_of_bar else (x - 8 - text_width(label), x + width)
        )
        y = top + rows.place(left, right) * height
        tip = ": ".join(filter(None, [f"{span.name}, {_duration(seconds)}", span.detail]))
        if seconds == 0 and not thin:
            parts.append(dot(x, y + height / 2 - 1, 4, f"span {span.state}", tip))
        else:
            parts.append(bar(x, y, width, height - (2 if thin else 5), f"span {span.state}", tip=tip))
        if label:
            at, anchor = (x + width + 6, "start") if right_of_bar else (x - 6, "end")
            parts.append(text(at, y + 12.5, label, "label", anchor))
    return [group(parts, "thin" if thin else "named")], top + rows.count * height


def _duration(seconds: float) -> str:
    if seconds == 0:
        return ""
    return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"


class _Rows:
    """Rows filled from the left; a thing goes into the first row that is free where it wants to be."""

    def __init__(self) -> None:
        self._taken: list[list[tuple[float, float]]] = []

    @property
    def count(self) -> int:
        return len(self._taken)

    def place(self, left: float, right: float) -> int:
        for index, row in enumerate(self._taken):
            if all(right + 2 <= other_left or left >= other_right + 2 for other_left, other_right in row):
                row.append((left, right))
                return index
        self._taken.append([(left, right)])
        return len(self._taken) - 1
