"""The commands for numbered releases: ``make`` (as in ``make release``), ``offer``, ``offered`` and ``fetch``."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from release.changelog import ChangelogError
from release.dependencies import BuildError, Target
from release.fetch import fetch
from release.offer import Offer, OfferError, Shelf
from release.publish import Wish, publish
from release.version import VersionError

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]

COMMANDS = ("make", "offer", "offered", "fetch")
_TROUBLE = (BuildError, ChangelogError, FileNotFoundError, OfferError, VersionError)
_NONE_YET = (
    "No release was made yet: make deploy offers what this checkout makes. The first one: make release VERSION=… "
    "(it wants a section of CHANGELOG.md). Releases that were made on another machine: make fetch."
)


def add_parsers(root: Path, commands: "Commands") -> None:
    """Declare the commands."""
    making = commands.add_parser("make", help="make a numbered release and put it on offer")
    making.add_argument("version")
    making.add_argument("--deprecate", default="", help="versions to mark as deprecated, separated by spaces")
    making.add_argument("--drop", default="", help="versions to take off the offer, separated by spaces")
    making.add_argument("--unclean", action="store_true", help="allow changes that are in no commit")
    making.add_argument("--local", action="store_true", help="build Lambda archives for this interpreter")
    making.add_argument("--architecture", choices=["x86_64", "arm64"], default="x86_64")
    making.add_argument("--plain", type=Path, default=root / "build" / "release", help="where make package builds")
    offering = commands.add_parser("offer", help="show what is on offer, or change it")
    for name, explained in (
        ("deprecate", "mark as deprecated"),
        ("renew", "no longer mark as deprecated"),
        ("drop", "take off the offer"),
        ("retain", "offer again a release whose folder is here"),
    ):
        offering.add_argument(f"--{name}", default="", metavar="VERSIONS", help=explained)
    checking = commands.add_parser("offered", help="check that everything on offer is here and whole")
    getting = commands.add_parser("fetch", help="restore releases from the state bucket")
    getting.add_argument("versions", nargs="*", help="without any: everything on offer, and the record of it")
    getting.add_argument("--bucket", help="the state bucket; derived from --name without")
    getting.add_argument("--name", default="sagemaker-projects", help="package 1's variable name")
    for parser in (making, offering, checking, getting):
        parser.add_argument("--folder", type=Path, default=root / "releases", help="holds a folder per version")
        parser.add_argument(
            "--record",
            type=Path,
            default=root / "service-catalog-setup" / "releases.auto.tfvars.json",
            help="says what is on offer",
        )


def run(root: Path, options: argparse.Namespace) -> int:
    """Run one of them; the exit status."""
    shelf = Shelf(options.folder, options.record)
    try:
        if options.command == "make":
            _make(root, shelf, options)
        elif options.command == "offer":
            _change(shelf, options)
        elif options.command == "fetch":
            fetch(shelf, options.versions, bucket=options.bucket, name=options.name, say=print)
        else:
            return _check(shelf)
    except _TROUBLE as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


def _make(root: Path, shelf: Shelf, options: argparse.Namespace) -> None:
    wish = Wish(options.version, _words(options.deprecate), _words(options.drop), options.unclean)
    target = Target.here() if options.local else Target.aws(options.architecture)
    done = publish(root, shelf, target, wish, plain=options.plain, say=print)
    made = "is built" if done.fresh else "stands unchanged"
    print(f"Release {options.version} {made} in {done.folder}.")
    if done.adopted is not None:
        print(
            f"{done.adopted}, which make deploy has built so far, stays on offer, with a folder of its own now. "
            f'If it was never deployed: make releases DROP="{done.adopted}"'
        )
    _show(shelf, done.offer)
    print("Not applied yet: make plan, make deploy.")


def _change(shelf: Shelf, options: argparse.Namespace) -> None:
    offer = shelf.offer()
    if offer is None:
        if any((options.deprecate, options.renew, options.drop, options.retain)):
            raise OfferError(f"Nothing can be changed: {_NONE_YET}")
        print(_NONE_YET)
        return
    before = offer
    for version in _words(options.retain):
        if version not in shelf.versions():
            raise OfferError(f'{shelf.place(version)} is not here. Restore it: make fetch VERSIONS="{version}"')
        offer = offer.adding(version)
    offer = offer.dropping(*_words(options.drop)) if options.drop else offer
    offer = offer.renewing(*_words(options.renew)).deprecating(*_words(options.deprecate))
    if offer != before:
        shelf.write(offer)
    _show(shelf, offer)
    if offer != before:
        print("Not applied yet: make plan, make deploy.")


def _check(shelf: Shelf) -> int:
    offer = shelf.offer()
    found = [] if offer is None else shelf.missing(offer)
    for problem in found:
        print(f"error: {problem}", file=sys.stderr)
    if found:
        print("Restore from the state bucket what is missing: make fetch", file=sys.stderr)
    return 1 if found else 0


def _show(shelf: Shelf, offer: Offer) -> None:
    print(f"On offer ({shelf.record}):")
    for version in reversed(offer.versions):
        role = "for new projects" if version == offer.current else "stays for the projects on it"
        print(f"  {version:<12} {'deprecated' if version in offer.deprecated else role}")


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.replace(",", " ").split())
