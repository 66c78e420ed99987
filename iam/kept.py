"""Permissions that stay although no journey uses them, with the reason (``kept.toml``)."""

import tomllib
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from iam import forms
from iam.audit import Audit, Grant
from iam.evidence import SUITES
from iam.forms import MalformedRowError

_PATH = Path(__file__).with_name("kept.toml")
_REQUIRED = {"policy": str, "sid": str, "actions": list, "reason": str}


@dataclass(frozen=True)
class Verdict:
    """How the surplus compares with what is explained.

    Attributes:
        explained: surplus grants, with the reason why each stays.
        unexplained: surplus grants without one.
        used: rows about a grant that a journey does use: they may go.
        gone: rows about a grant that nothing grants any more.

    """

    explained: dict[Grant, str]
    unexplained: list[Grant]
    used: list[Grant]
    gone: list[Grant]


def read(suites: Collection[str], path: Path = _PATH) -> dict[Grant, str]:
    """Grants and reasons out of the file.

    Args:
        suites: whose calls are looked at; a row ``in`` another one is left out.
        path: of the file.

    Raises:
        MalformedRowError: a row lacks something, has no reason, or is about a suite that there is not.

    """
    found: dict[Grant, str] = {}
    for number, row in enumerate(tomllib.loads(path.read_text(encoding="utf-8")).get("kept", []), 1):
        about = " ".join(str(row[name]) for name in ("policy", "sid") if name in row)
        place = f"{path.name}, [[kept]] {number}" + (f" ({about})" if about else "")
        forms.check(row, place, _REQUIRED, {"in": str})
        if not row["reason"].strip():
            raise MalformedRowError(f"{place}: has no reason")
        suite = row.get("in", SUITES[0])
        forms.check_names([suite], SUITES, place)
        if suite in suites:
            found |= {(row["policy"], row["sid"], action): row["reason"] for action in row["actions"]}
    return found


def judge(audit: Audit, kept: dict[Grant, str]) -> Verdict:
    """Compare the surplus of all roles and of the boundary with the reasons."""
    surplus = audit.surplus
    return Verdict(
        explained={grant: kept[grant] for grant in sorted(surplus) if grant in kept},
        unexplained=sorted(surplus - kept.keys()),
        used=sorted(kept.keys() & audit.granted - surplus),
        gone=sorted(kept.keys() - audit.granted),
    )
