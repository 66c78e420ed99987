"""What a call log says: nothing of it is passed over."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from iam import evidence, refused
from iam.engine import TOOLS, Engine
from iam.refused import Refusal

needs_engine = pytest.mark.skipif(
    not (TOOLS / "node_modules").is_dir(), reason="the policy simulator is not installed: make .tools/iam/stamp"
)
ACCOUNT = "111122223333"
DOCUMENT = {"Version": "2012-10-17", "Statement": []}
ASKED = {
    "policies": {"identity": ["own@1"], "boundary": None},
    "authorizations": [
        {"action": "s3:GetObject", "resource": "arn:aws:s3:::b/k", "context": {}, "resource_policy": None}
    ],
}


def call(role: str | None, *, asked=ASKED, error=None, principal=None) -> dict:
    arn = f"arn:aws:iam::{ACCOUNT}:role/{role}" if role else None
    return {
        "service": "s3",
        "operation": "GetObject",
        "role_arn": arn,
        "principal": principal or f"arn:aws:sts::{ACCOUNT}:assumed-role/{role}/s",
        "account_id": ACCOUNT,
        "region": "eu-west-1",
        "parameters": {},
        "error": error,
        "authorization": asked,
    }


def record(folder: Path, *calls: dict) -> evidence.Record:
    (folder / "policies.jsonl").write_text(json.dumps({"id": "own@1", "document": DOCUMENT}) + "\n")
    (folder / "calls.jsonl").write_text("".join(json.dumps(item) + "\n" for item in calls))
    return evidence.read(folder)


def test_a_roles_call_that_iam_was_not_asked_about_is_an_error(tmp_path):
    found = record(tmp_path, call("sagemaker-projects-runner", asked={}), call("administrator", asked={}))

    assert found.unknown == {"runner: s3:GetObject": "IAM was not asked about it"}


def test_the_root_and_unsigned_requests_are_nobodys_role(tmp_path):
    root = call(None, asked={}, principal=f"arn:aws:iam::{ACCOUNT}:root")

    assert record(tmp_path, root, call(None, asked={}, principal="anonymous")).unknown == {}


def test_a_user_is_a_caller_as_roles_are(tmp_path):
    user = f"arn:aws:iam::{ACCOUNT}:user/somebody"
    (item,) = record(tmp_path, call(None, principal=user)).evidence

    assert (item.role, item.question.context["aws:PrincipalArn"]) == ("user somebody", user)
    assert item.question.context["aws:PrincipalType"] == "User"


def test_every_services_word_for_a_denial_counts(tmp_path):
    codes = ("AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AuthorizationError")

    found = record(tmp_path, *(call("runner", error=code) for code in codes), call("runner", error="NoSuchKey"))

    assert [item.refused for item in found.evidence] == [True, True, True, True, False]


def test_a_topic_is_shown_with_the_policy_it_was_given(tmp_path):
    """Terraform's deletion puts SNS's default back before the topic goes."""
    topic = f"arn:aws:sns:eu-west-1:{ACCOUNT}:topic"
    default = {"Id": "__default_policy_ID", "Statement": []}

    def asked(policy: str) -> dict:
        (item,) = ASKED["authorizations"]
        return {**ASKED, "authorizations": [{**item, "resource": topic, "resource_policy": policy}]}

    calls = [call("runner", asked=asked(policy)) for policy in ("sns@default", "sns@given", "sns@default")]
    documents = {"own@1": DOCUMENT, "sns@default": default, "sns@given": DOCUMENT}
    (tmp_path / "policies.jsonl").write_text(
        "".join(json.dumps({"id": name, "document": document}) + "\n" for name, document in documents.items())
    )
    for count, expected in ((1, "sns@default"), (2, "sns@given"), (3, "sns@given")):
        (tmp_path / "calls.jsonl").write_text("".join(json.dumps(item) + "\n" for item in calls[:count]))
        assert evidence.read(tmp_path).resource_policy(topic) == expected


@pytest.fixture(scope="module")
def engine():
    with Engine() as running:
        yield running


RUNNER = "sagemaker-projects-runner"
MEANT = Refusal("journey", "runner", "s3:GetObject", "arn:aws:s3:::b/*")


@needs_engine
def test_a_refusal_is_a_fault_unless_a_test_means_it(tmp_path, engine):
    found = {"journey": record(tmp_path, call(RUNNER, error="AccessDenied"))}

    assert refused.set_aside(found, [], engine) == [
        "journey: runner was refused s3:GetObject on arn:aws:s3:::b/k (1 times)"
    ]
    assert len(refused.set_aside(found, [replace(MEANT, on="arn:aws:s3:::c/*"), MEANT], engine)) == 1
    assert refused.set_aside(found, [MEANT], engine) == []


@needs_engine
def test_what_a_test_means_to_be_denied_is_no_denial(tmp_path, engine):
    found = {"journey": record(tmp_path, call(RUNNER))}

    assert refused.set_aside(found, [MEANT], engine) == []
    assert found["journey"].evidence[0].refused


@needs_engine
def test_what_is_allowed_is_not_set_aside(tmp_path, engine):
    found = {"journey": record(tmp_path, call(RUNNER))}
    found["journey"].documents["own@1"] = {"Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
    found["journey"].documents["wide@1"] = found["journey"].documents.pop("own@1")
    (item,) = found["journey"].evidence
    found["journey"].evidence[0] = replace(item, question=replace(item.question, identity=("wide@1",)))

    assert refused.set_aside(found, [MEANT], engine) == [
        "journey: nobody denied runner s3:GetObject on arn:aws:s3:::b/*, as iam/refused.toml says"
    ]
    assert not found["journey"].evidence[0].refused


@needs_engine
def test_a_refusal_of_another_suite_is_not_waited_for(tmp_path, engine):
    assert refused.set_aside({"journey": record(tmp_path)}, [replace(MEANT, suite="deployment")], engine) == []
