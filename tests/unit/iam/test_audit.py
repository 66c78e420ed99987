"""What was needed against what is granted, and what nobody may do, on a record of three roles."""

import copy
import json
from pathlib import Path

import pytest

from iam import evidence, kept, report
from iam.audit import audit
from iam.engine import TOOLS, Engine
from iam.kept import Reasons

pytestmark = pytest.mark.skipif(
    not (TOOLS / "node_modules").is_dir(), reason="the policy simulator is not installed: make .tools/iam/stamp"
)
ACCOUNT = "111122223333"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/sagemaker-projects-runner"
POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Sid": "States",
            "Effect": "Allow",
            "Action": ["s3:GetObject", "s3:PutObject"],
            "Resource": "arn:aws:s3:::state/projects/*",
        },
        {"Sid": "Look", "Effect": "Allow", "Action": "ec2:DescribeInstances", "Resource": "*"},
    ],
}
READ = {"action": "s3:GetObject", "resource": "arn:aws:s3:::state/projects/p-1/a", "context": {}}
GRANT = ("runner-state", "Look", "ec2:DescribeInstances")
KEPT = Reasons({GRANT: "seldom"}, {}, [])
NOTHING = Reasons({}, {}, [])


def reasons(*grants: tuple[str, str, str]) -> Reasons:
    return Reasons(dict.fromkeys(grants, "r"), {}, [])


@pytest.fixture(scope="module")
def engine():
    with Engine() as running:
        yield running


def record(folder: Path, *asked: dict, policy: dict = POLICY) -> evidence.Record:
    identifier = "sagemaker-projects-runner-state@1"
    (folder / "policies.jsonl").write_text(json.dumps({"id": identifier, "document": policy}) + "\n")
    calls = [
        {
            "service": "s3",
            "operation": "GetObject",
            "role_arn": ROLE,
            "principal": f"arn:aws:sts::{ACCOUNT}:assumed-role/sagemaker-projects-runner/i-1",
            "account_id": ACCOUNT,
            "region": "eu-west-1",
            "error": None,
            "authorization": {
                "policies": {"identity": [identifier], "boundary": None},
                "authorizations": [{"resource_policy": None, **item}],
            },
        }
        for item in asked
    ]
    (folder / "calls.jsonl").write_text("".join(json.dumps(call) + "\n" for call in calls))
    return evidence.read(folder)


def test_what_is_used_is_needed_and_the_rest_is_surplus(tmp_path, engine):
    found = audit(record(tmp_path, READ, READ), engine)

    assert found.denials == []
    assert found.roles["runner"].needed.total() == 2
    assert found.surplus == {("runner", "runner-state", "States", "s3:PutObject"), ("runner", *GRANT)}


def test_a_call_that_is_not_allowed_is_a_denial(tmp_path, engine):
    found = audit(record(tmp_path, {**READ, "action": "s3:DeleteObject"}), engine)

    assert found.denials == ["runner: s3:DeleteObject on arn:aws:s3:::state/projects/p-1/a (s3:GetObject)"]


def test_a_call_that_cannot_be_translated_is_no_pass(tmp_path, engine):
    made = record(tmp_path, READ)
    made.unknown["runner: s3:Odd"] = "AWS knows no action s3:Odd"

    found = audit(made, engine)

    assert not report.passes(found, kept.judge(found, reasons(*(held[1:] for held in found.surplus))))


def test_surplus_needs_its_reason(tmp_path, engine):
    policy = copy.deepcopy(POLICY)
    policy["Statement"][0]["Action"] = "s3:GetObject"
    found = audit(record(tmp_path, READ, policy=policy), engine)

    assert report.passes(found, kept.judge(found, KEPT))
    assert kept.judge(found, NOTHING).unexplained == [("runner", *GRANT)]
    assert not report.passes(found, kept.judge(found, NOTHING))


def test_a_reason_for_what_nobody_grants_is_no_pass(tmp_path, engine):
    found = audit(record(tmp_path, READ), engine)
    known = [held[1:] for held in found.surplus]

    assert report.passes(found, kept.judge(found, reasons(*known)))
    assert not report.passes(found, kept.judge(found, reasons(*known, ("gone", "Gone", "s3:PutObject"))))


def test_a_widened_action_is_surplus(tmp_path, engine):
    """A wildcard is one grant: used through one action, it would hide all the others."""
    policy = copy.deepcopy(POLICY)
    policy["Statement"][0]["Action"] = "s3:*"
    found = audit(record(tmp_path, READ, policy=policy), engine)

    assert ("runner", "runner-state", "States", "s3:*") in found.surplus


def two_roles(tmp_path: Path) -> evidence.Record:
    """The runner has used everything of its policy, and the build of the deletion, which has it too, nothing."""
    made = record(tmp_path, READ, policy={"Version": "2012-10-17", "Statement": [POLICY["Statement"][0]]})
    made.policies["teardown-build"] = made.policies["runner"]
    return made


def test_what_another_role_uses_is_surplus_of_the_one_that_does_not(tmp_path, engine):
    found = audit(two_roles(tmp_path), engine)

    assert ("teardown-build", "runner-state", "States", "s3:GetObject") in found.surplus
    assert ("runner", "runner-state", "States", "s3:GetObject") not in found.surplus
    one = reasons(("runner-state", "States", "s3:PutObject"))
    assert kept.judge(found, one).unexplained == [("teardown-build", "runner-state", "States", "s3:GetObject")]


def test_what_is_shared_counts_as_used_when_one_of_them_uses_it(tmp_path, engine):
    found = audit(two_roles(tmp_path), engine)
    together = (frozenset({"runner-state"}), frozenset({"runner", "teardown-build"}), "on purpose")

    verdict = kept.judge(found, Reasons({}, {}, [together]))

    assert verdict.explained == {("teardown-build", "runner-state", "States", "s3:GetObject"): "on purpose"}
    assert {held[-1] for held in verdict.unexplained} == {"s3:PutObject"}


def test_a_reason_for_one_role_is_none_for_another(tmp_path, engine):
    found = audit(two_roles(tmp_path), engine)
    held = ("teardown-build", "runner-state", "States", "s3:PutObject")

    verdict = kept.judge(found, Reasons({}, {held: "r", ("runner", "gone", "Gone", "s3:GetObject"): "r"}, []))

    assert list(verdict.explained) == [held]
    assert ("runner", *held[1:]) in verdict.unexplained
    assert verdict.gone == ["runner: gone Gone s3:GetObject"]
