"""Permissions that stay although no journey uses them, with the reason (``kept.toml``)."""

import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from iam import forms
from iam.audit import Audit, Grant, Held
from iam.evidence import SUITES
from iam.forms import MalformedRowError

_PATH = Path(__file__).with_name("kept.toml")
_KEPT = {"policy": str, "sid": str, "actions": list, "reason": str}
_SHARED = {"policies": list, "roles": list, "reason": str}


@dataclass(frozen=True)
class Reasons:
    """What the file says.

    Attributes:
        grants: reasons for grants, whichever role has them.
        held: reasons for what one kind of role has.
        shared: kinds of roles that have policies together, with the reason: what one of them uses is used.

    """

    grants: dict[Grant, str]
    held: dict[Held, str]
    shared: list[tuple[frozenset[str], frozenset[str], str]]

    def of(self, held: Held, used: Collection[Held] = ()) -> str | None:
        """The reason why a role has a permission that it does not use; None when there is none."""
        role, policy, *_ = held
        for policies, roles, reason in self.shared:
            if policy in policies and role in roles and any((other, *held[1:]) in used for other in roles):
                return reason
        return self.held.get(held) or self.grants.get(held[1:])


@dataclass(frozen=True)
class Verdict:
    """How the surplus compares with what is explained.

    Attributes:
        explained: surplus of roles, with the reason why each stays.
        unexplained: surplus without one.
        used: rows about what every role that has it uses: they may go.
        gone: rows about what nothing grants any more.

    """

    explained: dict[Held, str]
    unexplained: list[Held]
    used: list[str]
    gone: list[str]


def read(suites: Collection[str], path: Path = _PATH) -> Reasons:
    """The file's rows.

    Args:
        suites: whose calls are looked at; a row ``in`` another one is left out.
        path: of the file.

    Raises:
        MalformedRowError: a row lacks something, has no reason, or is about a suite that there is not.

    """
    found = Reasons({}, {}, [])
    rows = tomllib.loads(path.read_text(encoding="utf-8"))
    forms.check_names(rows, ("kept", "shared"), path.name)
    for number, row in enumerate(rows.get("kept", []), 1):
        about = " ".join(str(row[name]) for name in ("policy", "sid") if name in row)
        place = f"{path.name}, [[kept]] {number}" + (f" ({about})" if about else "")
        if _counts(row, place, _KEPT, {"in": str, "role": str}, suites):
            grants = {(row["policy"], row["sid"], action): row["reason"] for action in row["actions"]}
            if "role" in row:
                found.held.update({(row["role"], *grant): reason for grant, reason in grants.items()})
            else:
                found.grants.update(grants)
    for number, row in enumerate(rows.get("shared", []), 1):
        if _counts(row, f"{path.name}, [[shared]] {number}", _SHARED, {"in": str}, suites):
            found.shared.append((frozenset(row["policies"]), frozenset(row["roles"]), row["reason"]))
    return found


def _counts(
    row: Any, place: str, required: Mapping[str, type], optional: Mapping[str, type], suites: Collection[str]
) -> bool:
    forms.check(row, place, required, optional)
    if not row["reason"].strip():
        raise MalformedRowError(f"{place}: has no reason")
    suite = row.get("in", SUITES[0])
    forms.check_names([suite], SUITES, place)
    return suite in suites


def judge(audit: Audit, kept: Reasons) -> Verdict:
    """Compare what each role, and each boundary, has too much with the reasons."""
    surplus, used, granted = audit.surplus, audit.used, audit.granted
    reasons = {held: kept.of(held, used) for held in sorted(surplus)}
    grants, left = {held[1:] for held in granted}, {held[1:] for held in surplus}
    rows = [("", grant, grant in grants, grant in left) for grant in kept.grants]
    rows += [(held[0], held[1:], held in granted, held in surplus) for held in kept.held]
    return Verdict(
        explained={held: reason for held, reason in reasons.items() if reason is not None},
        unexplained=[held for held, reason in reasons.items() if reason is None],
        used=sorted(_row(*row[:2]) for row in rows if row[2] and not row[3]),
        gone=sorted(_row(*row[:2]) for row in rows if not row[2]),
    )


def _row(role: str, grant: Grant) -> str:
    return " ".join([*([f"{role}:"] if role else []), *grant])
