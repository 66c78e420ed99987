"""What ``make orphans`` says at the end of the campaign."""

import json
import subprocess
import sys
from pathlib import Path

from chaos.outcome import Outcome
from chaos.project import StuckError
from chaos.room import Room
from demo.cloud import clean_environment

_SECONDS = 300


def count(room: Room) -> Outcome:
    """Ask the command that a person would ask; its words are the problems."""
    outcome = Outcome("orphans", "make orphans, when all is over", hits=1, ended="nothing", project="all")
    done = _orphans(room)
    if done.returncode:
        outcome.ended = "something"
        outcome.problems.append(" ".join((done.stdout + done.stderr).split())[:2000])
    return outcome


def named(room: Room) -> list[dict[str, str]]:
    """What the command names at this moment, of all projects.

    Raises:
        StuckError: it says nothing that can be read.

    """
    done = _orphans(room, "--json")
    try:
        return list(json.loads(done.stdout)["orphans"])
    except (ValueError, KeyError) as error:
        raise StuckError(f"make orphans says only: {done.stdout}{done.stderr}") from error


def _orphans(room: Room, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "projects", "orphans", *arguments],
        env=clean_environment(**room.handout.environment),
        cwd=Path(__file__).resolve().parent.parent,
        capture_output=True,
        text=True,
        check=False,
        timeout=_SECONDS,
    )
