"""``python -m posture.advisories``: have locked packages known vulnerabilities? Offline, with dated data.

The data is of https://github.com/pypa/advisory-database (CC BY 4.0), as far as it is about packages locked here.
``--renew FOLDER`` takes it anew from a checkout; nothing newer than the checkout can be known.
"""

import argparse
import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import yaml
from packaging.utils import canonicalize_name
from packaging.version import Version

from posture.plans import ROOT

DATA = ROOT / "requirements" / "advisories.json"
ACCEPTED = ROOT / "requirements" / "advisories.toml"
LOCKS = ("requirements/*.txt", "seed-code/*/repo/requirements.lock")
OLD_DAYS = 90
"""After so many days the data says little about what is published since."""
RENEWAL = (
    "git clone --depth 1 https://github.com/pypa/advisory-database build/advisory-database && "
    "make advisories RENEW=build/advisory-database"
)


@dataclass(frozen=True)
class Pin:
    """A package in a lock file."""

    name: str
    version: str
    file: str


@dataclass(frozen=True)
class Match:
    """A locked package that an advisory is about."""

    pin: Pin
    advisory: str
    reason: str | None

    def __str__(self) -> str:
        return f"{self.pin.file}: {self.pin.name} {self.pin.version}: {self.advisory}"


def pins(root: Path = ROOT) -> list[Pin]:
    """Every package of every lock file."""
    found = []
    for pattern in LOCKS:
        for path in sorted(root.glob(pattern)):
            for name, version in re.findall(
                r"^([\w.-]+)(?:\[[^]]*\])?==([^\s;\\]+)", path.read_text(), re.MULTILINE
            ):
                found.append(Pin(canonicalize_name(name), version, path.relative_to(root).as_posix()))
    return found


def affects(affected: Mapping[str, Any], version: str) -> bool:
    """Whether a version is one of an advisory's (OSV schema, "affected": versions, or ranges of the ecosystem)."""
    if version in affected.get("versions", ()):
        return True
    return any(_within(span["events"], Version(version)) for span in affected.get("ranges", ()))


def _within(events: Iterable[Mapping[str, str]], version: Version) -> bool:
    inside = False
    for event in events:
        ((kind, text),) = event.items()
        limit = Version("0.dev0" if text == "0" else text)
        if kind == "introduced" and version >= limit:
            inside = True
        elif (kind == "fixed" and version >= limit) or (kind == "last_affected" and version > limit):
            inside = False
    return inside


def matches(locked: Iterable[Pin], data: Mapping[str, Any], accepted: Mapping[str, str]) -> Iterator[Match]:
    """Locked packages with known vulnerabilities; ``accepted`` has the reasons of those that are lived with."""
    for pin in locked:
        for advisory in data["packages"].get(pin.name, ()):
            if any(affects(affected, pin.version) for affected in advisory["affected"]):
                yield Match(pin, advisory["id"], accepted.get(advisory["id"]))


def extract(checkout: Path, names: Iterable[str]) -> dict[str, Any]:
    """What a checkout of the database says about some packages, with its commit and date."""

    def git(*arguments: str) -> str:
        done = subprocess.run(["git", "-C", str(checkout), *arguments], capture_output=True, text=True, check=True)
        return done.stdout

    commit, day = git("log", "-1", "--format=%H %cs").split()
    wanted = set(names)
    packages: dict[str, list[dict[str, Any]]] = {}
    for path in git("ls-tree", "-r", "--name-only", "HEAD", "vulns/").splitlines():
        name = canonicalize_name(path.split("/")[1])
        if name in wanted and path.endswith(".yaml"):
            record = yaml.safe_load(git("show", f"HEAD:{path}"))
            if "withdrawn" not in record:
                packages.setdefault(name, []).append({"id": record["id"], "affected": _affected(record)})
    source = "https://github.com/pypa/advisory-database"
    about = {"source": source, "licence": "CC BY 4.0, Python Packaging Authority", "commit": commit, "date": day}
    return {**about, "asked": sorted(wanted), "packages": dict(sorted(packages.items()))}


def _affected(record: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Ranges where there are any, which say all that the list of versions says; else the list."""
    found = []
    for item in record.get("affected", ()):
        spans = [{"events": span["events"]} for span in item.get("ranges", ()) if span["type"] == "ECOSYSTEM"]
        found.append(
            {"ranges": spans} if spans else {"versions": [str(version) for version in item.get("versions", ())]}
        )
    return found


def check(*, fresh: bool, today: date, root: Path = ROOT) -> int:
    """Print the figures.

    Returns:
        1 for a match without a reason, a reason without a match, a package that was locked after the data was
        taken, and, with ``fresh``, for old data.

    """
    data = json.loads((root / DATA.relative_to(ROOT)).read_text(encoding="utf-8"))
    accepted = tomllib.loads((root / ACCEPTED.relative_to(ROOT)).read_text(encoding="utf-8"))
    locked = pins(root)
    found = list(matches(locked, data, accepted))
    days = (today - date.fromisoformat(data["date"])).days
    advisories = sum(map(len, data["packages"].values()))
    packages = len({(pin.name, pin.version) for pin in locked})
    print(
        f"{packages} locked packages against {advisories} advisories of {data['date']} ({days} days old): "
        f"{len(found)} match, {sum(item.reason is not None for item in found)} of them with a reason"
    )
    bad = [str(item) for item in found if item.reason is None]
    bad += [
        f"{name} is accepted and matches nothing"
        for name in accepted
        if name not in {item.advisory for item in found}
    ]
    later = sorted({pin.name for pin in locked} - set(data["asked"]))
    for line in bad:
        print(line, file=sys.stderr)
    if bad:
        print(
            f"error: {len(bad)} finding(s), above. Lock a version without the vulnerability (make lock), or give "
            f"the reason why it does no harm in {ACCEPTED.relative_to(ROOT)}; a reason that matches nothing goes.",
            file=sys.stderr,
        )
    if later:
        print(
            f"error: {', '.join(later)}: locked after the advisories in {DATA.relative_to(ROOT)} were taken, "
            f"which know other packages only. Take them anew: {RENEWAL}",
            file=sys.stderr,
        )
    if days > OLD_DAYS:
        print(
            f"{'error' if fresh else 'warning'}: the advisories in {DATA.relative_to(ROOT)} are {days} days "
            f"old, {OLD_DAYS} are allowed: they know nothing of what was published since, so this is no statement "
            f"that the packages are safe. Renew them: {RENEWAL}",
            file=sys.stderr,
        )
    return int(bool(bad or later) or (fresh and days > OLD_DAYS))


def main(arguments: list[str]) -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m posture.advisories", description=__doc__)
    parser.add_argument("--fresh", action="store_true", help=f"fail when the data is older than {OLD_DAYS} days")
    parser.add_argument(
        "--renew", type=Path, metavar="FOLDER", help="take the data from a checkout of the database first"
    )
    options = parser.parse_args(arguments)
    if options.renew:
        found = extract(options.renew, {pin.name for pin in pins()})
        DATA.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    return check(fresh=options.fresh, today=datetime.now(UTC).date())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
