"""Which releases are on offer: a file of variables for package 1, and a folder with one folder per version.

On AWS the file is ``service-catalog-setup/releases.auto.tfvars.json``, which Terraform loads by itself. A local
cloud has its own file and folder beside its state, and they go with it: its archives are for another interpreter.
"""

import json
import os
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from release.verify import problems
from release.version import Version, VersionError

MANIFEST = "release.json"


class OfferError(Exception):
    """What is asked for cannot be offered; the message says why, and what to do."""


@dataclass(frozen=True)
class Offer:
    """Versions on offer.

    Attributes:
        current: what new projects get.
        retained: older ones that stay on offer beside it.
        deprecated: those of them that are marked as deprecated.

    """

    current: str
    retained: tuple[str, ...] = ()
    deprecated: frozenset[str] = field(default_factory=frozenset)

    @property
    def versions(self) -> tuple[str, ...]:
        """All of them, oldest first."""
        return tuple(sorted({self.current, *self.retained}, key=Version))

    def adding(self, version: str) -> "Offer":
        """With another version; the newest is what new projects get."""
        return _made({*self.versions, version}, self.deprecated)

    def deprecating(self, *versions: str) -> "Offer":
        """With some versions marked as deprecated.

        Raises:
            OfferError: one is not on offer, or is what new projects get.

        """
        self._require(versions)
        if self.current in versions:
            raise OfferError(
                f"{self.current} is what new projects get: deprecate it when a newer release is on offer."
            )
        return replace(self, deprecated=self.deprecated | set(versions))

    def renewing(self, *versions: str) -> "Offer":
        """With some versions no longer marked as deprecated."""
        self._require(versions)
        return replace(self, deprecated=self.deprecated - set(versions))

    def dropping(self, *versions: str) -> "Offer":
        """Without some versions.

        Raises:
            OfferError: one is not on offer, or none would be left.

        """
        self._require(versions)
        left = set(self.versions) - set(versions)
        if not left:
            raise OfferError("No release would be left on offer.")
        return _made(left, self.deprecated & left)

    def _require(self, versions: tuple[str, ...]) -> None:
        for version in versions:
            if version not in self.versions:
                raise OfferError(f"{version} is not on offer; on offer are {', '.join(self.versions)}.")


def _made(versions: set[str], deprecated: frozenset[str]) -> Offer:
    *retained, current = sorted(versions, key=Version)
    return Offer(current, tuple(retained), frozenset(deprecated - {current}))


@dataclass(frozen=True)
class Shelf:
    """Where releases stand.

    Attributes:
        folder: holds one folder per version.
        record: the file of variables that says which are on offer.

    """

    folder: Path
    record: Path

    def place(self, version: str) -> Path:
        """The folder of a version."""
        return self.folder / version

    def versions(self) -> list[str]:
        """The versions whose folders are here, oldest first."""
        found = [path.parent.name for path in self.folder.glob(f"*/{MANIFEST}") if is_version(path.parent.name)]
        return sorted(found, key=Version)

    def offer(self) -> Offer | None:
        """What is on offer; None if nothing was recorded.

        Raises:
            OfferError: the record is damaged.

        """
        if not self.record.exists():
            return None
        try:
            values = json.loads(self.record.read_text(encoding="utf-8"))
            retained = tuple(sorted((Path(place).name for place in values["retained_release_dirs"]), key=Version))
            current = str(Version(Path(values["release_dir"]).name))
            return Offer(current, retained, frozenset(values["deprecated_releases"]))
        except (ValueError, KeyError, TypeError) as error:
            raise OfferError(
                f"{self.record} is damaged ({error}). Remove the file, and restore what is on offer: make fetch."
            ) from error

    def write(self, offer: Offer) -> None:
        """Record what is on offer; the next plan takes it up."""
        values = {
            "release_dir": self._named(offer.current),
            "retained_release_dirs": [self._named(version) for version in offer.retained],
            "deprecated_releases": sorted(offer.deprecated, key=Version),
        }
        self.record.parent.mkdir(parents=True, exist_ok=True)
        draft = self.record.with_name(self.record.name + ".new")
        draft.write_text(json.dumps(values, indent=2) + "\n", encoding="utf-8")
        draft.replace(self.record)

    def missing(self, offer: Offer) -> list[str]:
        """What keeps the offer from being applied; nothing if every release is here and whole."""
        found = []
        for version in offer.versions:
            if not (self.place(version) / MANIFEST).exists():
                found.append(f"{version}: {self.place(version)} is not on this machine")
            else:
                found.extend(f"{version}: {problem}" for problem in problems(self.place(version)))
        return found

    def _named(self, version: str) -> str:
        # Relative where Terraform loads the file from its own folder, so that a checkout can be moved.
        place = self.place(version).absolute()
        if self.record.name.endswith(".auto.tfvars.json"):
            return Path(os.path.relpath(place, self.record.parent.absolute())).as_posix()
        return str(place)


def manifest(folder: Path) -> dict[str, Any]:
    """The ``release.json`` of a folder."""
    described: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    return described


def is_version(text: str) -> bool:
    """Whether a name is a version."""
    try:
        Version(text)
    except VersionError:
        return False
    return True
