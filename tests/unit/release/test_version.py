"""Versions have an order, and what is none is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from release.version import Version, VersionError

# semver.org, rule 11
ORDER = [
    "0.9.9",
    "1.0.0-alpha",
    "1.0.0-alpha.1",
    "1.0.0-alpha.beta",
    "1.0.0-beta",
    "1.0.0-beta.2",
    "1.0.0-beta.11",
]
ORDER += ["1.0.0-rc.1", "1.0.0", "1.0.1", "1.2.0", "1.10.0", "2.0.0"]


def test_precedence() -> None:
    assert sorted(map(Version, ORDER[::-1])) == [Version(text) for text in ORDER]
    assert Version("1.0.0") == Version("1.0.0") != Version("1.0.0-rc.1")


@given(st.lists(st.tuples(*[st.integers(0, 50)] * 3), min_size=2))
def test_numbers_are_compared_as_numbers(numbers: list[tuple[int, int, int]]) -> None:
    texts = [".".join(map(str, parts)) for parts in numbers]

    assert [str(version) for version in sorted(map(Version, texts))] == [
        ".".join(map(str, parts)) for parts in sorted(numbers)
    ]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1",
        "1.0",
        "v1.0.0",
        "1.0.0.0",
        "01.0.0",
        "1.0.0-",
        "1.0.0-01",
        "1.0.0+build",
        "1.0.0\n",
        "1.0.0-ä",
        "../1",
    ],
)
def test_what_is_no_version_is_refused(text: str) -> None:
    with pytest.raises(VersionError, match=r"for example 1\.2\.0"):
        Version(text)
