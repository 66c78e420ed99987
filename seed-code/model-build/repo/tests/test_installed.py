"""Packages that an image brings are not installed again."""

from importlib.metadata import version

from pipeline import installed


def test_what_is_pinned_and_there_needs_no_pip():
    lines = ["# The tests.", "", f"pytest=={version('pytest')}  # pinned"]

    assert installed.missing(lines) == []


def test_anything_else_does():
    lines = ["pytest==0.0.1", "no-such-package==1.0", "pytest", "pytest>=1", "-r other.txt"]

    assert installed.missing(lines) == lines
