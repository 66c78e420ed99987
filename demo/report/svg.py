"""The few SVG elements that the pictures are made of. Colours are classes: the page's style sheet has them."""

from collections.abc import Iterable
from itertools import count
from math import floor, log10

from markupsafe import Markup

_numbers = count(1)


def element(name: str, content: Iterable[Markup] | str = "", /, **attributes: object) -> Markup:
    """An element; ``class_`` and ``stroke_width`` become ``class`` and ``stroke-width``, text is escaped."""
    words = Markup("").join(
        Markup(' {}="{}"').format(key.rstrip("_").replace("_", "-"), _number(value))
        for key, value in attributes.items()
        if value is not None
    )
    inner = Markup("{}").format(content) if isinstance(content, str) else Markup("\n").join(content)
    return Markup("<{0}{1}>{2}</{0}>").format(name, words, inner)


def picture(width: float, height: float, title: str, description: str, content: Iterable[Markup]) -> Markup:
    """A whole picture that scales with the page and speaks to a screen reader by title and description."""
    number = next(_numbers)
    return element(
        "svg",
        [
            element("title", title, id=f"title-{number}"),
            element("desc", description, id=f"description-{number}"),
            *content,
        ],
        viewBox=f"0 0 {_number(width)} {_number(height)}",
        role="img",
        aria_labelledby=f"title-{number} description-{number}",
        style=f"min-width: {min(int(width), 640)}px",
    )


def text(x: float, y: float, words: str, class_: str = "", anchor: str = "start") -> Markup:
    """One line of text; ``y`` is its base line."""
    return element("text", words, x=x, y=y, class_=class_ or None, text_anchor=anchor)


def bar(x: float, y: float, width: float, height: float, class_: str, *, tip: str = "") -> Markup:
    """A rounded rectangle; ``tip`` shows when the pointer rests on it."""
    radius = min(4.0, height / 2, width / 2)
    inside = [element("title", tip)] if tip else []
    return element("rect", inside, x=x, y=y, width=width, height=height, rx=radius, class_=class_)


def line(x1: float, y1: float, x2: float, y2: float, class_: str) -> Markup:
    """A straight line."""
    return element("line", x1=x1, y1=y1, x2=x2, y2=y2, class_=class_)


def dot(x: float, y: float, radius: float, class_: str, tip: str = "") -> Markup:
    """A filled circle."""
    return element("circle", [element("title", tip)] if tip else [], cx=x, cy=y, r=radius, class_=class_)


def group(content: Iterable[Markup], class_: str) -> Markup:
    """Elements that share a class."""
    return element("g", content, class_=class_)


def text_width(words: str, size: float = 12.0) -> float:
    """About how wide a line is: browsers know, we have to guess (0.56 em per letter is on the safe side)."""
    return len(words) * size * 0.56


def ticks(highest: float, about: int = 6) -> list[float]:
    """Round numbers from 0 up to ``highest``, ``about`` of them at most (and 0)."""
    raw = max(highest, 1e-9) / about
    magnitude = 10.0 ** floor(log10(raw))
    step = next(factor * magnitude for factor in (1, 2, 5, 10) if factor * magnitude >= raw * 0.999)
    return [index * step for index in range(int(highest / step + 1e-9) + 1)]


def _number(value: object) -> object:
    return f"{value:.1f}".removesuffix(".0") if isinstance(value, float) else value
