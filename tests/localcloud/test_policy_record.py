"""The record of policies: also of roles that never ask for anything, and are gone at the end."""

import json
from typing import Any

from tests.localcloud.conftest import RunningCloud

ALLOW = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]})


def test_a_role_that_is_passed_is_written_down_as_it_stands(cloud: RunningCloud) -> None:
    iam, internal, name = cloud.client("iam"), cloud.internal, "passed-and-gone"
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}}
    arn = iam.create_role(
        RoleName=name, AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    )["Role"]["Arn"]

    def written_when_passed(policy: str) -> list[list[str]]:
        iam.put_role_policy(RoleName=name, PolicyName=policy, PolicyDocument=ALLOW)
        for _ in range(2):
            internal.questions.of_call(
                arn, "lambda", "CreateFunction", {"FunctionName": "f", "Role": arn}, region=iam.meta.region_name
            )
        lines: list[dict[str, Any]] = [
            json.loads(line) for line in (internal.directory / "policies.jsonl").read_text().splitlines()
        ]
        return [[policy.split("@")[0] for policy in line["identity"]] for line in lines if line.get("role") == arn]

    assert written_when_passed("first") == [["first"]]
    assert written_when_passed("second") == [["first"], ["first", "second"]]
    for policy in ("first", "second"):
        iam.delete_role_policy(RoleName=name, PolicyName=policy)
    iam.delete_role(RoleName=name)
