"""``make release``: a version is built once, kept in a folder of its own, and put on offer."""

import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from release.build import build
from release.changelog import section
from release.dependencies import BuildError, Target
from release.offer import MANIFEST, Offer, OfferError, Shelf, manifest
from release.source import Source
from release.verify import problems
from release.version import Version


@dataclass(frozen=True)
class Wish:
    """What is asked for.

    Attributes:
        version: of the release to make.
        deprecate: versions to mark as deprecated.
        drop: versions to take off the offer.
        unclean: whether a checkout with uncommitted changes will do.

    """

    version: str
    deprecate: tuple[str, ...] = ()
    drop: tuple[str, ...] = ()
    unclean: bool = False


@dataclass(frozen=True)
class Published:
    """A release as it stands now.

    Attributes:
        folder: where it is.
        offer: what is on offer with it.
        fresh: whether it was made now; otherwise it stood there already, with the same content.
        adopted: an older release that was on offer without a folder of its own, and has one now.

    """

    folder: Path
    offer: Offer
    fresh: bool
    adopted: str | None


Say = Callable[[str], None]


def publish(root: Path, shelf: Shelf, target: Target, wish: Wish, *, plain: Path, say: Say) -> Published:
    """Make a release, or find it made.

    Args:
        root: the checkout.
        shelf: where releases stand.
        target: what the Lambda archives are built for.
        wish: what is asked for.
        plain: where ``make package`` builds; what it holds is on offer as long as nothing else was recorded.
        say: is told what happens.

    Raises:
        VersionError, ChangelogError, OfferError, BuildError: with what to do about it.

    """
    version = str(Version(wish.version))
    section(root / "CHANGELOG.md", version)
    source = Source.of(root)
    if not source.clean:
        if not wish.unclean:
            raise OfferError(
                f"{source.trouble} Commit them, or allow it with UNCLEAN=1: release.json then says so."
            )
        say(f"{source.trouble} release.json says that the release was not made from a commit alone.")
    adopted = _adoptable(shelf, plain, version)
    before = _before(shelf, adopted)
    exists = (shelf.place(version) / MANIFEST).exists()
    newer = [other for other in before if Version(other) > Version(version)]
    if newer and not exists:
        raise OfferError(
            f"{version} is not newer than {newer[-1]}. Versions only go up: choose one after {newer[-1]}."
        )
    offer = _offer(shelf.offer(), adopted, wish, version, exists=exists)  # refused before anything is built
    _build(root, shelf, target, version, source, exists=exists)
    if adopted in offer.versions:
        _adopt(plain, shelf, adopted)
    else:
        adopted = None
    shelf.write(offer)
    return Published(shelf.place(version), offer, not exists, adopted)


def content(described: dict[str, Any]) -> dict[str, Any]:
    """What makes a release the same release: everything but where it came from."""
    return {name: value for name, value in described.items() if name != "source"}


def _adoptable(shelf: Shelf, plain: Path, version: str) -> str | None:
    """The version that plain deployments have offered so far, unless releases are recorded already."""
    if shelf.offer() is not None or not (plain / MANIFEST).exists() or problems(plain):
        return None
    found = str(manifest(plain)["version"])
    return None if found == version or (shelf.place(found) / MANIFEST).exists() else found


def _before(shelf: Shelf, adopted: str | None) -> list[str]:
    offer = shelf.offer()
    known = {*shelf.versions(), *(offer.versions if offer else ()), *([adopted] if adopted else ())}
    return sorted(known, key=Version)


def _offer(offer: Offer | None, adopted: str | None, wish: Wish, version: str, *, exists: bool) -> Offer:
    if version in wish.drop:
        raise OfferError(f"{version} cannot be released and dropped at once.")
    if offer is None:
        offer = Offer(adopted) if adopted else Offer(version)
    if exists and version not in offer.versions and Version(version) < Version(offer.current):
        raise OfferError(f'{version} was taken off the offer. To offer it again: make releases RETAIN="{version}"')
    return offer.adding(version).deprecating(*wish.deprecate).dropping(*wish.drop)


def _adopt(plain: Path, shelf: Shelf, version: str) -> None:
    with _draft(shelf) as draft:
        for described in manifest(plain)["objects"].values():
            shutil.copyfile(plain / described["file"], draft / described["file"])
        shutil.copyfile(plain / MANIFEST, draft / MANIFEST)
        if damage := problems(draft):  # it was built anew meanwhile
            raise BuildError(f"{plain} has changed while it was copied: {'; '.join(damage)}. Repeat.")
        draft.replace(shelf.place(version))


@contextmanager
def _draft(shelf: Shelf) -> Iterator[Path]:
    """A folder beside the releases: one gets its name when it is whole, or never."""
    shelf.folder.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=".building-", dir=shelf.folder))
    draft.chmod(0o755)
    try:
        yield draft
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _build(root: Path, shelf: Shelf, target: Target, version: str, source: Source, *, exists: bool) -> None:
    with _draft(shelf) as draft:
        made = build(root, draft, target, root / "build" / "cache", version=version, source=source)
        if exists:
            _refuse_change(manifest(shelf.place(version)), made, version)
            if damage := problems(shelf.place(version)):
                raise BuildError(f"{shelf.place(version)} is damaged: {'; '.join(damage)}. Remove it and repeat.")
            return
        draft.replace(shelf.place(version))


def _refuse_change(old: dict[str, Any], new: dict[str, Any], version: str) -> None:
    if content(old) == content(new):
        return
    names: Sequence[str] = sorted(
        name for name in {*old["objects"], *new["objects"]} if old["objects"].get(name) != new["objects"].get(name)
    ) or ["release.json"]
    raise OfferError(
        f"{version} was released with other content ({', '.join(names)} would differ), and a release never "
        "changes: projects rely on it. Choose a new version."
    )
