"""What was needed against what is granted."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from iam.engine import Engine, Question
from iam.evidence import OWN_ROLES, Record

_MANAGED = ("runner-state", "runner-iam", "runner-storage", "runner-services", "runner-deploy")
_BOUNDARIES = ("project-boundary", "deploy-boundary", "prod-boundary", "staging-boundary")
# Of products with Terraform of their own, whose folders have the statements (docs/adr/0153).
_FOLDERS = Path(__file__).resolve().parents[1] / "service-catalog-setup" / "products"
PRODUCT_POLICIES = tuple(
    f"product-{file.parents[1].name}-{file.stem}" for file in sorted(_FOLDERS.glob("*/permissions/*.yaml"))
)
_INVENTED = re.compile(r"-product-[a-z0-9-]+-(?:runner|boundary)")

Grant = tuple[str, str, str]
"""A policy's name, a statement's Sid, and one of the action patterns that it allows."""
Held = tuple[str, str, str, str]
"""A grant and, before it, the kind of the role that has it; of a boundary, `BOUNDARY`."""
BOUNDARY = "boundary"


@dataclass
class RoleAudit:
    """One kind of role.

    Attributes:
        needed: what was asked and allowed, as action and call, with the number of times.
        denied: what was asked and is not allowed: a line of text each, with the number of times.
        granted: everything that its identity-based policies allow.
        used: what of it allowed something.

    """

    role: str
    needed: Counter[str] = field(default_factory=Counter)
    denied: Counter[str] = field(default_factory=Counter)
    granted: set[Grant] = field(default_factory=set)
    used: set[Grant] = field(default_factory=set)

    @property
    def surplus(self) -> set[Grant]:
        """What was granted and never used."""
        return self.granted - self.used


@dataclass
class Audit:
    """All roles, and the permissions boundary of the projects' roles, which bounds and does not grant."""

    roles: dict[str, RoleAudit]
    boundary: RoleAudit
    unknown: dict[str, str]
    errors: Counter[str]

    @property
    def denials(self) -> list[str]:
        """Every denial, unknown call and question without an answer."""
        found = [f"{role}: {line}" for role, audit in self.roles.items() for line in audit.denied]
        found += [f"{call}: {reason}" for call, reason in self.unknown.items()]
        return found + list(self.errors)

    @property
    def surplus(self) -> set[Held]:
        """What a role is granted and does not use itself, and what boundaries let through for nobody's use."""
        return {(name, *grant) for name, role in self._held.items() for grant in role.surplus}

    @property
    def granted(self) -> set[Held]:
        """What each role of the platform or of a project is granted, and what boundaries let through."""
        return {(name, *grant) for name, role in self._held.items() for grant in role.granted}

    @property
    def used(self) -> set[Held]:
        """What each of them uses."""
        return {(name, *grant) for name, role in self._held.items() for grant in role.used}

    @property
    def _held(self) -> dict[str, RoleAudit]:
        return {name: role for name, role in self.roles.items() if name not in OWN_ROLES} | {
            BOUNDARY: self.boundary
        }


def audit(record: Record, engine: Engine) -> Audit:
    """Ask the engine about everything that is in the record; each different question once."""
    roles: dict[str, RoleAudit] = defaultdict(lambda: RoleAudit(""))
    boundary = RoleAudit("the boundary of the projects' roles")
    errors: Counter[str] = Counter()
    for role, sets in record.policies.items():
        roles[role].role = role
        for identity, bound in sets:
            roles[role].granted |= grants(identity, record.documents)
            boundary.granted |= grants([bound] if bound else [], record.documents)
    asked: dict[tuple[Any, ...], tuple[Question, Counter[tuple[str, str]]]] = {}
    for item in record.evidence:
        if item.refused:  # it was not done: `iam.refused` has it
            continue
        _, callers = asked.setdefault(_key(item.question), (item.question, Counter()))
        callers[(item.role, item.call)] += 1
    questions = [question for question, _ in asked.values()]
    for (question, callers), decision in zip(
        asked.values(), engine.ask_all(questions, record.documents), strict=True
    ):
        for (role, call), times in callers.items():
            subject = f"{question.action} on {question.resource} ({call})"
            if decision.error is not None:
                errors[f"{role}: {subject}: {decision.error}"] += times
            elif not decision.allowed:
                roles[role].denied[f"{subject}{_circumstances(question)}"] += times
            else:
                roles[role].needed[f"{question.action} ({call})"] += times
            for policy, index in decision.allow if decision.allowed else ():
                used = used_grants(policy, index, question.action, record.documents)
                (boundary if policy == question.boundary else roles[role]).used |= used
    return Audit(dict(roles), boundary, dict(record.unknown), errors)


def grants(policies: Iterable[str], documents: Mapping[str, Any]) -> set[Grant]:
    """Everything that policies allow, statement by statement.

    A product that a test has invented, and that this checkout has not, is left out: its policies are reviewed by
    nobody.
    """
    found = set()
    for policy in policies:
        if _INVENTED.search(policy_name(policy)):
            continue
        for index, statement in enumerate(statements(documents[policy])):
            if statement["Effect"] == "Allow":
                sid = statement.get("Sid") or f"statement {index + 1}"
                found |= {(policy_name(policy), sid, pattern) for pattern in as_list(statement.get("Action"))}
    return found


def used_grants(policy: str, index: int, action: str, documents: Mapping[str, Any]) -> set[Grant]:
    """The patterns of one statement that cover an action."""
    statement = statements(documents[policy])[index]
    sid = statement.get("Sid") or f"statement {index + 1}"
    patterns = as_list(statement.get("Action"))
    # Only what is written out counts as used: one call does not justify all that a wildcard stands for.
    return {
        (policy_name(policy), sid, pattern)
        for pattern in patterns
        if covers(pattern, action) and not wide(pattern)
    }


def wide(pattern: str) -> bool:
    """Whether a pattern stands for more actions than its name says."""
    return "*" in pattern or "?" in pattern


def policy_name(policy: str) -> str:
    """A policy's name without the installation's: managed policies bear it."""
    name = policy.split("@", maxsplit=1)[0]
    kinds = (*PRODUCT_POLICIES, *_MANAGED, *_BOUNDARIES)
    return next((kind for kind in kinds if name.endswith(f"-{kind}")), name)


def statements(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A policy's statements."""
    return as_list(document.get("Statement"))


def as_list(value: Any) -> list[Any]:
    """What IAM's grammar lets stand alone, as a list."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


@cache
def covers(pattern: str, action: str) -> bool:
    """Whether a policy's pattern covers an action."""
    regex = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return re.fullmatch(regex, action, re.IGNORECASE) is not None


def _key(question: Question) -> tuple[Any, ...]:
    context = tuple(sorted((key, str(value)) for key, value in question.context.items()))
    policies = (question.identity, question.boundary, question.resource_policy)
    # Sessions of a role differ in nothing that a policy here asks for.
    return (question.context.get("aws:PrincipalArn"), question.action, question.resource, context, policies)


def _circumstances(question: Question) -> str:
    own = {
        key: value
        for key, value in question.context.items()
        if not key.startswith(("aws:Principal", "aws:Requested", "aws:Secure", "aws:ResourceAccount", "s3:Tls"))
    }
    return f" with {own}" if own else ""
