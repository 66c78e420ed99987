"""Refuses what IAM would refuse, in AWS's words.

https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html has the sentences.
"""

from collections.abc import Mapping
from typing import Any

from iam.engine import Decision, Engine, Question
from iam.evidence import question
from localcloud.authorization.policies import PolicyBook

_KINDS = {"pb": "permissions boundary", "resource": "resource-based policy", "identity": "identity-based policy"}
_QUERY = ("iam", "sts", "cloudformation", "s3", "autoscaling", "elbv2")
_CACHE = 5_000


class Enforcer:
    """Asks the policy simulator about every call before it is done."""

    def __init__(self, book: PolicyBook) -> None:
        self._book = book
        self._engine = Engine()
        self._known: dict[tuple[Any, ...], Decision] = {}

    def close(self) -> None:
        """End the simulator."""
        self._engine.close()

    def refusal(self, call: Mapping[str, Any]) -> str | None:
        """AWS's sentence for the first thing that the caller may not do; None when it may do everything.

        Args:
            call: a call as the call log has it, with its ``authorization``.

        """
        asked = call["authorization"]
        if not asked:
            return None
        if "unknown" in asked:
            return f"localcloud: IAM cannot be asked about this call: {asked['unknown']}"
        for item in asked["authorizations"]:
            wanted = question(call, item)
            decision = self._decide(wanted)
            if not decision.allowed:
                return sentence(wanted, decision)
        return None

    def _decide(self, wanted: Question) -> Decision:
        context = tuple(sorted((key, str(value)) for key, value in wanted.context.items()))
        policies = (wanted.identity, wanted.boundary, wanted.resource_policy)
        key = (wanted.principal, wanted.action, wanted.resource, context, policies)
        found = self._known.get(key)
        if found is None:
            if len(self._known) >= _CACHE:
                self._known.clear()
            found = self._known[key] = self._engine.ask(wanted, self._book.documents)
        return found


def sentence(wanted: Question, decision: Decision) -> str:
    """Why a request is denied, as AWS says it."""
    said = f"User: {wanted.principal} is not authorized to perform: {wanted.action} on resource: {wanted.resource}"
    if decision.error is not None:
        return f"{said} (localcloud: the question has no answer: {decision.error})"
    if decision.explicit:
        policy = decision.deny[0][0] if decision.deny else None
        kind = "identity-based policy"
        if policy is not None and policy == wanted.boundary:
            kind = "permissions boundary"
        elif policy is not None and policy == wanted.resource_policy:
            kind = "resource-based policy"
        return f"{said} with an explicit deny in a{'n' if kind[0] == 'i' else ''} {kind}"
    kind = _KINDS[decision.blocked_by[0]] if decision.blocked_by else "identity-based policy"
    return f"{said} because no {kind} allows the {wanted.action} action"


def error_of(service: str) -> tuple[str, int]:
    """The code and HTTP status with which a service says that access is denied."""
    if service == "ec2":
        return "UnauthorizedOperation", 403
    if service == "sns":
        return "AuthorizationError", 403
    if service in _QUERY:
        return "AccessDenied", 403
    return "AccessDeniedException", 403 if service == "lambda" else 400
