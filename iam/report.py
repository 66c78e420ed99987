"""The table of ``make iam``."""

from collections.abc import Iterator

from iam.attempt import ALONE, Attempt
from iam.audit import Audit
from iam.engine import Decision
from iam.evidence import OWN_ROLES
from iam.kept import Verdict


def lines(audit: Audit, verdict: Verdict, *, verbose: bool = False) -> Iterator[str]:
    """The report: a row per role, then what is wrong, then (when asked) every permission."""
    yield f"{'role':<24}{'calls':>7}{'needed':>8}{'denied':>8}{'granted':>9}{'unused':>8}"
    for name, role in sorted(audit.roles.items()):
        note = "   the local cloud's own, in place of the organisation's" if name in OWN_ROLES else ""
        yield (
            f"{name:<24}{role.needed.total():>7}{len({line.split(' (')[0] for line in role.needed}):>8}"
            f"{len(role.denied):>8}{len(role.granted):>9}{len(role.surplus):>8}{note}"
        )
    yield ""
    yield (
        f"{len(audit.surplus)} permissions of roles are not used by them: {len(verdict.explained)} kept with a "
        f"reason in iam/kept.toml, {len(verdict.unexplained)} without."
    )
    if verbose:
        yield from _details(audit, verdict)
    for title, found in (
        ("Needed and denied", audit.denials),
        (
            "Granted, not used, and not explained",
            [f"{held[0]}: {' '.join(held[1:])}" for held in verdict.unexplained],
        ),
        ("Explained in iam/kept.toml, but not granted", verdict.gone),
        ("Explained in iam/kept.toml, but used after all (no error)", verdict.used),
    ):
        if found:
            yield f"\n{title}:"
            yield from (f"  {line}" for line in found)


def _details(audit: Audit, verdict: Verdict) -> Iterator[str]:
    for name, role in sorted(audit.roles.items()):
        yield f"\n{name}"
        for line, times in sorted(role.needed.items()):
            yield f"  needs {line} ({times} times)"
        for grant in sorted(role.surplus):
            yield f"  has   {grant[2]} ({grant[0]}, {grant[1]}): {verdict.explained.get((name, *grant), '')}"


def table(tried: list[tuple[Attempt, Decision]], *, verbose: bool = False) -> Iterator[str]:
    """What nobody may do: a row per attempt, with how many roles and actions were tried."""
    rows: dict[str, list[tuple[Attempt, Decision]]] = {}
    for attempt, decision in tried:
        rows.setdefault(attempt.what, []).append((attempt, decision))
    yield f"\n{len(tried)} attempts at what nobody may do:"
    for what, found in rows.items():
        denied = sum(_denied(decision) for _, decision in found)
        yield f"  {what:<58}{denied:>4} of {len(found)} denied"
        open_ = {
            (attempt.role, attempt.allowed): dict.fromkeys(
                other.question.action
                for other, said in found
                if said.allowed and (other.role, other.allowed) == (attempt.role, attempt.allowed)
            )
            for attempt, decision in found
            if attempt.allowed is not None and decision.allowed and not attempt.role.endswith(ALONE)
        }
        for (role, reason), actions in open_.items():
            yield f"    {role} may {', '.join(actions)}: {reason}"
        for attempt, decision in found:
            excused = attempt.allowed is not None and decision.allowed
            if not excused and (verbose or not _denied(decision)):
                yield f"    {attempt.role}: {attempt.question.action} {_outcome(decision)}"


def escaped(tried: list[tuple[Attempt, Decision]]) -> list[Attempt]:
    """The attempts that were not denied although no reason allows them, or that the simulator could not decide."""
    return [
        attempt
        for attempt, decision in tried
        if decision.error is not None or (decision.allowed and attempt.allowed is None)
    ]


def no_longer_allowed(tried: list[tuple[Attempt, Decision]]) -> list[str]:
    """Reasons of the table for what is denied by now: each is one for an open door that nobody has any more."""
    found: dict[tuple[str, str, str], bool] = {}
    for attempt, decision in tried:
        if attempt.allowed is not None:
            key = (attempt.what, attempt.role, attempt.allowed)
            found[key] = found.get(key, False) or decision.allowed
    return [
        f"{what}: {role} may not, although it says: {reason}"
        for (what, role, reason), may in found.items()
        if not may
    ]


def _denied(decision: Decision) -> bool:
    return not decision.allowed and decision.error is None


def _outcome(decision: Decision) -> str:
    if decision.error is not None:
        return f"has no answer: {decision.error}"
    if decision.allowed:
        return f"IS ALLOWED by {', '.join(policy for policy, _ in decision.allow)}"
    if decision.explicit:
        return f"denied by {', '.join(policy for policy, _ in decision.deny)}"
    return (
        "denied: nothing allows it" if not decision.blocked_by else f"denied by {', '.join(decision.blocked_by)}"
    )


def passes(audit: Audit, verdict: Verdict) -> bool:
    """Whether nothing is denied, and everything that is granted is used or explained."""
    return not (audit.denials or verdict.unexplained or verdict.gone)
