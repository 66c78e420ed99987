"""Permissions that stay although no journey uses them, with the reason (``kept.toml``)."""

import tomllib
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from iam.audit import Audit, Grant

_PATH = Path(__file__).with_name("kept.toml")


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
        ValueError: a row has no reason.

    """
    rows = tomllib.loads(path.read_text(encoding="utf-8")).get("kept", [])
    found: dict[Grant, str] = {}
    for row in rows:
        if not row["reason"].strip():
            raise ValueError(f"{row['policy']} {row['sid']} has no reason")
        if row.get("in", "journey") in suites:
            found |= {(row["policy"], row["sid"], action): row["reason"] for action in row["actions"]}
    return found


def doubts(path: Path = _PATH) -> dict[tuple[str, str], str]:
    """Denials of the simulator that AWS may not make: role and action, with the reason."""
    rows = tomllib.loads(path.read_text(encoding="utf-8")).get("doubted", [])
    return {(role, row["action"]): row["reason"] for row in rows for role in row["roles"]}


def judge(audit: Audit, kept: dict[Grant, str]) -> Verdict:
    """Compare the surplus of all roles and of the boundary with the reasons."""
    surplus = audit.surplus
    return Verdict(
        explained={grant: kept[grant] for grant in sorted(surplus) if grant in kept},
        unexplained=sorted(surplus - kept.keys()),
        used=sorted(kept.keys() & audit.granted - surplus),
        gone=sorted(kept.keys() - audit.granted),
    )
