"""Packages that an image brings are not installed again."""

import re
from importlib.metadata import version

from deploy import installed


def test_what_is_pinned_and_there_needs_no_pip() -> None:
    lines = ["# The tests.", "", f"pytest=={version('pytest')}  # pinned"]

    assert installed.missing(lines) == []


def test_anything_else_does() -> None:
    lines = ["pytest==0.0.1", "no-such-package==1.0", "pytest", "pytest>=1", "-r other.txt"]

    assert installed.missing(lines) == lines


def test_the_lock_is_of_what_is_pinned() -> None:
    """After a change of requirements.txt: the command in the lock's first lines (uv, in an environment of your own)."""
    lock = installed.REQUIREMENTS.with_name("requirements.lock").read_text(encoding="utf-8")
    locked = re.findall(r"^([\w.-]+==\S+).*?((?: \\\n    --hash=sha256:[0-9a-f]{64})+)$", lock, re.MULTILINE)
    pinned = [line.split("#")[0].strip() for line in installed.REQUIREMENTS.read_text(encoding="utf-8").splitlines()]

    assert {line for line in pinned if line} <= {name for name, _ in locked}
    assert len(locked) == len(re.findall(r"^[\w.-]+==", lock, re.MULTILINE))  # none without its hashes
