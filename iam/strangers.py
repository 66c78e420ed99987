"""Whom policies let in, tried by somebody else: strangers, and the roles of the next project."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from iam import statements
from iam.attempt import EVERYTHING, Attempt
from iam.audit import as_list
from iam.engine import Question
from iam.evidence import OWN_ROLES, Record, common_context
from iam.place import Place, of_place

_ELSEWHERE = "999999999999"
_SOMEBODY = f"arn:aws:sts::{_ELSEWHERE}:assumed-role/somebody/session"


def strangers(record: Record, where: Place) -> Iterator[Attempt]:
    """Each statement of a trust or of a resource's policy that lets somebody in, tried by whom it does not name.

    All its conditions are met, so that nothing but who asks can be why it is denied.
    """
    owned = [(arn, record.trust[arn]) for kind, arn in where.roles.items() if kind not in OWN_ROLES]
    owned += [(arn, policy) for arn, policy in record.resources.items() if of_place(arn, where)]
    for arn, policy in owned:
        for statement in as_list(record.documents[policy]["Statement"]):
            action = _an_action(statement)
            # Everybody is named by a star: then there is no stranger (SNS's own default, within one account).
            if statement["Effect"] != "Allow" or "*" in str(statement.get("Principal", "*")) or action is None:
                continue
            named = str(as_list(statement.get("Resource", "*"))[0])
            account = arn.split(":")[4] or where.values["account"]
            given = statements.terms([statement], where.values["own"])
            known = {"region": record.region, "role_arn": None, "account_id": account}
            asked = Question(
                principal="glue.amazonaws.com",
                action=action,
                resource=(arn if named == "*" else named).replace("*", "x"),
                account=account,
                context={**common_context(known, account), **given},
                resource_policy=policy,
            )
            what = f"be a stranger to {arn.split(':', 2)[-1]}, {statement.get('Sid') or 'a statement'}"
            yield Attempt(what, "stranger", asked)
            for principal, role, account_of, allowed in (
                (_SOMEBODY, f"arn:aws:iam::{_ELSEWHERE}:role/somebody", _ELSEWHERE, (EVERYTHING,)),
                *_neighbours(statement, where),
            ):
                known |= {"role_arn": role, "account_id": account_of}
                context = {**common_context(known, account), **given}
                yield Attempt(
                    what, "stranger", replace(asked, principal=principal, context=context, identity=allowed)
                )


def _neighbours(statement: Mapping[str, Any], where: Place) -> Iterator[tuple[str, str, str, tuple[str, ...]]]:
    """The roles of another project, in the place of those of this one that a statement names."""
    own, other = where.values["own"], where.values.get("other", "")
    named = as_list(statement["Principal"].get("AWS", [])) if other else []
    for role in (str(one) for one in named):
        if f"-{own}-" in role:
            neighbour = role.replace(own, other)
            account = neighbour.split(":")[4]
            name = neighbour.rsplit("/", 1)[-1]
            yield f"arn:aws:sts::{account}:assumed-role/{name}/attempt", neighbour, account, ()


def _an_action(statement: Mapping[str, Any]) -> str | None:
    """One action that a statement is about."""
    some = {"kms:*": "kms:Decrypt", "s3:*": "s3:GetObject", "sns:*": "sns:Publish", "SNS:*": "sns:Publish"}
    actions = [some.get(action, action) for action in as_list(statement.get("Action"))]
    return next((action for action in actions if "*" not in action), None)
