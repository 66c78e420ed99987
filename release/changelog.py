"""What the changelog says about a version (keepachangelog.com, 1.1.0)."""

import re
from pathlib import Path

_HEADING = re.compile(r"^## \[(?P<name>[^\]]+)\]", re.MULTILINE)


class ChangelogError(Exception):
    """The changelog says nothing about a version; the message says what to write."""


def section(path: Path, version: str) -> str:
    """What stands under a version's heading.

    Raises:
        ChangelogError: nothing does.

    """
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    headings = list(_HEADING.finditer(text))
    for number, heading in enumerate(headings):
        if heading["name"] == version:
            end = headings[number + 1].start() if number + 1 < len(headings) else len(text)
            body = text[heading.end() : end].partition("\n")[2].strip()
            if _says_something(body):
                return body
            raise ChangelogError(f"The section [{version}] of {path.name} is empty: say what is new in it.")
    raise ChangelogError(
        f"{path.name} has no section for {version}. Rename the heading that collects what is new, and put an "
        f"empty one above it:\n\n  ## [Unreleased]\n\n  ## [{version}] - YYYY-MM-DD\n  ### Added\n  - …\n"
    )


def _says_something(body: str) -> bool:
    lines = [line.strip() for line in body.splitlines()]
    return any(line and not line.startswith("#") for line in lines)
