"""The secrets of a suite, which are looked for in every place when all of its tests have run."""

import os
import time
from collections.abc import Iterator
from configparser import ConfigParser
from dataclasses import replace
from itertools import chain
from pathlib import Path

import pytest

from canary import collect, evidence
from canary.search import Canary
from canary.watch import Watch
from demo.cloud import Handout
from localcloud.pieces import Piece
from localcloud.traffic import FILE as TRAFFIC

_BUILD = Path(__file__).resolve().parents[2] / "build" / "canary"
_SECRETS = r"store/secretsmanager/.*"
_SESSIONS = r"store/(sts|iam)/.*"
# By which the local cloud hands its secrets to the person, as a shell's environment and a profile would hold them.
_SHELL = r"file/cloud/(env|settings\.json)"
_PROFILES = r"file/cloud/aws-config"


class Planted:
    """Secrets of one local cloud, and who looks for them.

    Args:
        suite: name of the evidence.
        handout: of the local cloud.
        pid: the local cloud's process id.
        folder: everything that the suite's tests write is in it, and the local cloud's folder.

    """

    def __init__(self, suite: str, handout: Handout, pid: int, folder: Path) -> None:
        self._suite = suite
        self._handout = handout
        self._folder = folder
        self._watch = Watch(pid, person=os.getpid()).start()
        self.canaries = list(_of_persons(handout))

    def plant(
        self, name: str, value: str, *, kept: tuple[str, ...] = (_SECRETS,), handed: tuple[str, ...] = ()
    ) -> None:
        """Look for another secret."""
        self.canaries.append(Canary(name, value, kept, handed))

    def look_everywhere(self) -> None:
        """Search, leave the evidence, and fail the tests when a secret is where it may not be."""
        begun = time.monotonic()
        self._watch.end()
        found = evidence.search(self._suite, self.canaries, self._pieces())
        found.readers = collect.readers(self._handout.directory)
        found.watched = {"processes": self._watch.seen, "looks": self._watch.looks}
        found.seconds = round(time.monotonic() - begun, 1)
        found.write(_BUILD)
        # Whether everything was there to be searched is for `make canary` to say: some tests alone leave less.
        problems = replace(found, suite="").problems()
        if problems:
            pytest.fail("\n".join(problems), pytrace=False)

    def _pieces(self) -> Iterator[Piece]:
        cloud = self._handout.directory
        return chain(
            collect.contents(self._handout.endpoint),
            collect.traffic(cloud),
            self._files(cloud),
            collect.repositories(cloud / "git"),
            self._watch.pieces(),
        )

    def _files(self, cloud: Path) -> Iterator[Piece]:
        """All files; those below the suite's own folder have their names from there."""
        own = cloud.parent.relative_to(self._folder)
        for piece in collect.files(self._folder, beside=[cloud / TRAFFIC]):
            yield Piece(piece.name.replace(f"file/{own}/", "file/", 1), piece.data)


def _of_persons(handout: Handout) -> Iterator[Canary]:
    environment = handout.environment
    yield Canary("the platform's GitHub token", environment["GITHUB_TOKEN"], (_SECRETS,), (_SHELL,))
    yield Canary("the data scientist's GitHub token", handout.git_token, (), (_SHELL,))
    for name in ("AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        yield Canary(f"the platform engineer's {name}", environment[name], (_SESSIONS,), (_SHELL,))
    config = ConfigParser(interpolation=None)
    config.read(environment["AWS_CONFIG_FILE"], encoding="utf-8")
    for profile in ("data-scientist", "member-account"):
        for name in ("aws_secret_access_key", "aws_session_token"):
            value = config[f"profile {profile}"][name]
            yield Canary(f"{name} of the profile {profile}", value, (_SESSIONS,), (_PROFILES,))
