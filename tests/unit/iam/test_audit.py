"""What was needed against what is granted, and what nobody may do, on a record of three roles."""

import copy
import json
from pathlib import Path

import pytest

from iam import evidence, kept, report
from iam.audit import audit
from iam.engine import TOOLS, Engine

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
KEPT = {("runner-state", "Look", "ec2:DescribeInstances"): "seldom"}


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
    assert found.surplus == {
        ("runner-state", "States", "s3:PutObject"),
        ("runner-state", "Look", "ec2:DescribeInstances"),
    }


def test_a_call_that_is_not_allowed_is_a_denial(tmp_path, engine):
    found = audit(record(tmp_path, {**READ, "action": "s3:DeleteObject"}), engine)

    assert found.denials == ["runner: s3:DeleteObject on arn:aws:s3:::state/projects/p-1/a (s3:GetObject)"]


def test_a_call_that_cannot_be_translated_is_no_pass(tmp_path, engine):
    made = record(tmp_path, READ)
    made.unknown["runner: s3:Odd"] = "AWS knows no action s3:Odd"

    found = audit(made, engine)

    assert not report.passes(found, kept.judge(found, dict.fromkeys(found.surplus, "r")))


def test_surplus_needs_its_reason(tmp_path, engine):
    policy = copy.deepcopy(POLICY)
    policy["Statement"][0]["Action"] = "s3:GetObject"
    found = audit(record(tmp_path, READ, policy=policy), engine)

    assert report.passes(found, kept.judge(found, KEPT))
    assert kept.judge(found, {}).unexplained == list(KEPT)
    assert not report.passes(found, kept.judge(found, {}))


def test_a_reason_for_what_nobody_grants_is_no_pass(tmp_path, engine):
    found = audit(record(tmp_path, READ), engine)
    reasons = dict.fromkeys(found.surplus, "r")

    assert report.passes(found, kept.judge(found, reasons))
    assert not report.passes(found, kept.judge(found, {**reasons, ("gone", "Gone", "s3:PutObject"): "r"}))


def test_a_widened_action_is_surplus(tmp_path, engine):
    """A wildcard is one grant: used through one action, it would hide all the others."""
    policy = copy.deepcopy(POLICY)
    policy["Statement"][0]["Action"] = "s3:*"
    found = audit(record(tmp_path, READ, policy=policy), engine)

    assert ("runner-state", "States", "s3:*") in found.surplus
