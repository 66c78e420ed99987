"""What ``make orphans`` says at the end of the campaign."""

import subprocess
import sys
from pathlib import Path

from chaos.life import Outcome
from chaos.room import Room
from demo.cloud import clean_environment

_SECONDS = 300


def count(room: Room) -> Outcome:
    """Ask the command that a person would ask; its words are the problems."""
    outcome = Outcome("orphans", "make orphans, when all is over", hits=1, ended="nothing", project="all")
    done = subprocess.run(
        [sys.executable, "-m", "projects", "orphans"],
        env=clean_environment(**room.handout.environment),
        cwd=Path(__file__).resolve().parent.parent,
        capture_output=True,
        text=True,
        check=False,
        timeout=_SECONDS,
    )
    if done.returncode:
        outcome.ended = "something"
        outcome.problems.append(" ".join((done.stdout + done.stderr).split())[:2000])
    return outcome
