"""docs/operations.md as a program: its commands, run as they stand there."""

import json
import re
import subprocess
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from tests.journey.clients import CliError
from tests.journey.world import Launch

_DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "operations.md"
_BLOCK = re.compile(r"^( *)```shell\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
_BY_HAND = "By hand"
_SECONDS = 120


@dataclass(frozen=True)
class Handbook:
    """The recovery steps for one project, done by the platform engineer.

    Attributes:
        folder: where the files of the steps come to lie.

    """

    launch: Launch
    folder: Path

    def do(self, chapter: str, words: str, **values: str) -> Any:
        """Run the one command of a chapter that has these words in it; its answer as JSON.

        Args:
            chapter: the heading that it stands under.
            words: what tells it from the chapter's other commands.
            values: what the person fills in, by the name of the shell's variable.

        Raises:
            CliError: the command fails; with what it said.

        """
        found = [block for block in blocks(chapter) if words in block and not _is_filled_in(block)]
        assert len(found) == 1, f"{len(found)} commands with {words!r} stand under {chapter!r}"
        platform = self.launch.platform
        given = {
            "PLATFORM": platform.name,
            "STATE_BUCKET": platform.state_bucket,
            "PROJECT_ID": self.launch.identifier,
            **values,
        }
        assert set(given) <= filled_in(), "the document says what a person fills in"
        (functions,) = [block for block in blocks(_BY_HAND) if not _is_filled_in(block)]
        environment = dict(platform.engineer.environment)
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", f"{functions}\n{found[0]}"],
            env={
                **environment,
                **given,
                "PATH": f"{platform.engineer.program.parent}:{environment['PATH']}",
                "AWS_DEFAULT_OUTPUT": "json",
            },
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
            timeout=_SECONDS,
        )
        if done.returncode:
            raise CliError(done.stderr.strip())
        return json.loads(done.stdout) if done.stdout.strip() else {}


def blocks(chapter: str) -> Iterator[str]:
    """The shell commands under a heading of the second level, in order."""
    for match in _BLOCK.finditer(_chapters()[chapter]):
        yield textwrap.dedent(match[2])


def filled_in() -> set[str]:
    """The variables that a person sets, in blocks of their own."""
    return {
        name
        for chapter in _chapters()
        for block in blocks(chapter)
        if _is_filled_in(block)
        for name in re.findall(r"^([A-Z_]+)=", block, re.MULTILINE)
    }


@cache
def _chapters() -> dict[str, str]:
    parts = re.split(r"^## (.*)\n", _DOCUMENT.read_text(), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def _is_filled_in(block: str) -> bool:
    return "=…" in block
