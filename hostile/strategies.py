"""What Hypothesis makes of a field and the corpus: pieces put into right values, cut, joined and disguised.

Everything is drawn with a seed, so that the same seed tries the same values.
"""

import re
from collections.abc import Mapping
from typing import Any, TypeVar
from urllib.parse import quote

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded
from hypothesis import strategies as st
from hypothesis.internal.conjecture.providers import AVAILABLE_PROVIDERS, HypothesisProvider

from hostile.kept import corpus

Value = TypeVar("Value")
_GROUP = re.compile(r"\(\?[=!]")
CONFUSABLE = {
    "a": "\u0430",
    "e": "\u0435",
    "i": "\u0456",
    "o": "\u043e",
    "c": "\u0441",
    "k": "\u212a",
    "m": "\uff4d",
}
CONFUSABLE |= {
    "s": "\u017f",
    "p": "\u0440",
    "-": "\u2010",
    "/": "\u2215",
    ".": "\u3002",
    ":": "\uff1a",
    "1": "\u0661",
}


class SeedOnly(HypothesisProvider):
    """Hypothesis as it is, but for the constants that it takes from whatever modules happen to be imported.

    With those the same seed would try other values in another process.
    """

    def _maybe_draw_constant(self, *_args: Any, **_keywords: Any) -> None:
        return None


AVAILABLE_PROVIDERS["seed-only"] = f"{SeedOnly.__module__}.{SeedOnly.__qualname__}"


def draw(strategy: st.SearchStrategy[Value], count: int, seed: int) -> list[Value]:
    """At most ``count`` different values of a strategy; the same ones for the same seed."""
    found: list[Value] = []

    @seeded(seed)
    @settings(
        max_examples=count,
        database=None,
        backend="seed-only",
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def collect(value: Value) -> None:
        found.append(value)

    collect()
    return list(dict.fromkeys(found))


def first(strategy: st.SearchStrategy[str]) -> str:
    """The longest of the first few values of a strategy."""
    return max(draw(strategy, 20, seed=0), key=len)


def accepted(declaration: Mapping[str, Any]) -> st.SearchStrategy[str]:
    """Values that a field's form takes."""
    if "AllowedValues" in declaration:
        return st.sampled_from([str(value) for value in declaration["AllowedValues"]])
    pattern = str(declaration.get("AllowedPattern", "^.*$"))
    least, most = int(declaration.get("MinLength", 0)), int(declaration.get("MaxLength", 4_096))
    # Hypothesis would write what a lookahead asks for in front of the value: made without, and sifted.
    whole = re.compile(pattern)
    made = st.from_regex(re.compile(_without_lookaheads(pattern), re.ASCII), fullmatch=True)
    return made.filter(lambda value: least <= len(value) <= most and whole.fullmatch(value) is not None)


def _without_lookaheads(pattern: str) -> str:
    while found := _GROUP.search(pattern):
        depth, end = 1, found.end()
        while depth:
            if pattern[end] == "\\":
                end += 1
            elif pattern[end] == "[":
                end = pattern.index("]", end + 2)
            else:
                depth += {"(": 1, ")": -1}.get(pattern[end], 0)
            end += 1
        pattern = pattern[: found.start()] + pattern[end:]
    return pattern


@st.composite
def in_context(draw_: st.DrawFn, sample: str, pieces: tuple[tuple[str, str], ...]) -> tuple[str, str]:
    """A piece of the corpus somewhere in a right value, perhaps in place of a part of it."""
    kind, piece = draw_(st.sampled_from(pieces))
    begin = draw_(st.integers(0, len(sample)))
    end = draw_(st.one_of(st.just(begin), st.integers(begin, len(sample))))
    return kind, sample[:begin] + piece + sample[end:]


@st.composite
def joined(draw_: st.DrawFn, pieces: tuple[tuple[str, str], ...]) -> tuple[str, str]:
    """Two or three pieces, one after the other."""
    parts = draw_(st.lists(st.sampled_from(pieces), min_size=2, max_size=3))
    return parts[0][0], draw_(st.sampled_from(["", " ", "/", "\n", ",", "-"])).join(text for _, text in parts)


@st.composite
def disguised(draw_: st.DrawFn, right: st.SearchStrategy[str]) -> tuple[str, str]:
    """A right value with one thing about it changed."""
    text = draw_(right)
    at = draw_(st.integers(0, max(len(text) - 1, 0)))
    before, one, after = text[:at], text[at : at + 1], text[at + 1 :]
    way = draw_(st.sampled_from(["confusable", "case", "quoted", "twice", "without", "repeated", "character"]))
    match way:
        case "confusable":
            return "unicode", before + CONFUSABLE.get(one.lower(), "\u0301" + one) + after
        case "case":
            return "unicode", before + one.swapcase() + after
        case "quoted":
            return "url", before + "".join(f"%{byte:02x}" for byte in one.encode()) + quote(after)
        case "twice":
            return "length", before + one * 2 + after
        case "without":
            return "length", before + after
        case "repeated":
            return "length", text * draw_(st.integers(2, 30))
        case _:
            return "control", before + draw_(st.characters(max_codepoint=0x24F)) + after


def hostile(declaration: Mapping[str, Any], sample: str) -> st.SearchStrategy[tuple[str, str]]:
    """Kind and text of what is tried on one field besides the corpus as it is."""
    pieces = tuple((kind, text) for kind, texts in corpus().items() for text in texts if len(text) <= 200)
    right = accepted(declaration)
    return st.one_of(
        in_context(sample, pieces),
        in_context(sample, pieces),
        in_context(sample, pieces),
        joined(pieces),
        disguised(st.one_of(right, st.just(sample))),
        disguised(st.one_of(right, st.just(sample))),
        right.map(lambda text: ("accepted", text)),
        st.text(st.characters(), max_size=40).map(lambda text: ("unicode", text)),
    )
