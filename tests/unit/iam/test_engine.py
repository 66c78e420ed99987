"""The policy simulator, on what AWS documents: each row is a sentence of the IAM user guide."""

from collections.abc import Iterator

import pytest

from iam.engine import TOOLS, Engine, Question

pytestmark = pytest.mark.skipif(
    not (TOOLS / "node_modules").is_dir(), reason="the policy simulator is not installed: make .tools/iam/stamp"
)
ACCOUNT = "111122223333"
ME = f"arn:aws:sts::{ACCOUNT}:assumed-role/me/session"
OBJECT = "arn:aws:s3:::bucket/key"
KEY = f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/1"


def policy(*statements):
    return {"Version": "2012-10-17", "Statement": list(statements)}


def allow(action, resource="*", **more):
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def deny(action, resource="*", **more):
    return allow(action, resource, **more) | {"Effect": "Deny"}


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with Engine() as running:
        yield running


@pytest.fixture
def ask(engine, request):
    def ask_(action, resource, identity, *, boundary=None, own=None, principal=ME, **context):
        name = request.node.name
        documents = {f"{name}-i": identity, f"{name}-b": boundary, f"{name}-r": own}
        question = Question(
            principal=principal,
            action=action,
            resource=resource,
            account=ACCOUNT,
            context={key.replace("__", ":"): value for key, value in context.items()},
            identity=(f"{name}-i",) if identity else (),
            boundary=f"{name}-b" if boundary else None,
            resource_policy=f"{name}-r" if own else None,
        )
        return engine.ask(question, documents)

    return ask_


def test_nothing_is_allowed_unless_a_statement_allows_it(ask):
    assert not ask("s3:GetObject", OBJECT, policy(allow("s3:PutObject"))).allowed


def test_a_statement_allows(ask):
    decision = ask("s3:GetObject", OBJECT, policy(allow("s3:Put*"), allow("s3:Get*", "arn:aws:s3:::bucket/*")))

    assert decision.allowed
    assert [index for _, index in decision.allow] == [1]


def test_a_denial_wins(ask):
    decision = ask("s3:GetObject", OBJECT, policy(allow("*"), deny("s3:*")))

    assert not decision.allowed
    assert decision.explicit


def test_a_boundary_bounds(ask):
    decision = ask("s3:GetObject", OBJECT, policy(allow("*")), boundary=policy(allow("kms:*")))

    assert not decision.allowed
    assert decision.blocked_by == ("pb",)


def test_a_buckets_policy_denies_its_owner(ask):
    own = policy(
        deny("s3:*", "arn:aws:s3:::bucket/*", Principal="*")
        | {"Condition": {"Bool": {"aws:SecureTransport": "false"}}}
    )

    assert not ask("s3:GetObject", OBJECT, policy(allow("*")), own=own, aws__SecureTransport="false").allowed


def test_a_condition_on_a_missing_key_is_not_met(ask):
    condition = {"Condition": {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}}
    role = f"arn:aws:iam::{ACCOUNT}:role/r"

    assert not ask("iam:PassRole", role, policy(allow("iam:PassRole", **condition))).allowed


def test_for_all_values_is_met_by_none(ask):
    condition = {"Condition": {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": "mine/*"}}}
    table = f"arn:aws:dynamodb:eu-west-1:{ACCOUNT}:table/t"

    assert ask("dynamodb:GetItem", table, policy(allow("dynamodb:*", **condition))).allowed


def test_the_encryption_context_counts(ask):
    """The simulator alone drops these keys: see the top of evaluate.mjs."""
    condition = {"Condition": {"StringEquals": {"kms:EncryptionContext:aws:s3:arn": "arn:aws:s3:::mine"}}}
    mine, own = policy(allow("kms:Decrypt", **condition)), policy(
        allow("kms:*", Principal={"AWS": f"arn:aws:iam::{ACCOUNT}:root"})
    )  # fmt: skip
    context = "kms__EncryptionContext__aws__s3__arn"

    assert ask("kms:Decrypt", KEY, mine, own=own, **{context: "arn:aws:s3:::mine"}).allowed
    assert not ask("kms:Decrypt", KEY, mine, own=own, **{context: "arn:aws:s3:::other"}).allowed


def test_a_key_whose_policy_does_not_trust_the_account_opens_to_nobody(ask):
    own = policy(allow("kms:*", Principal={"AWS": f"arn:aws:iam::{ACCOUNT}:role/somebody"}))

    assert not ask("kms:Decrypt", KEY, policy(allow("kms:*")), own=own).allowed


def test_a_trust_policy_decides_alone(ask):
    trust = {
        "Effect": "Allow",
        "Action": "sts:AssumeRole",
        "Principal": {"Service": "codebuild.amazonaws.com"},
        "Condition": {"ArnEquals": {"aws:SourceArn": "arn:aws:codebuild:eu-west-1:111122223333:project/mine"}},
    }
    role, service = f"arn:aws:iam::{ACCOUNT}:role/r", "codebuild.amazonaws.com"
    source = "arn:aws:codebuild:eu-west-1:111122223333:project/mine"

    assert ask("sts:AssumeRole", role, None, own=policy(trust), principal=service, aws__SourceArn=source).allowed
    assert not ask(
        "sts:AssumeRole", role, None, own=policy(trust), principal=service, aws__SourceArn=source + "s"
    ).allowed


def test_a_question_that_aws_would_not_understand_has_no_answer(ask):
    assert ask("s3:ReadObject", OBJECT, policy(allow("*"))).error
    assert ask("s3:GetObject", "arn:aws:sqs:eu-west-1:111122223333:q", policy(allow("*"))).error


@pytest.mark.parametrize(("owner", "allowed"), [(ACCOUNT, True), ("999999999999", False)])
def test_an_endpoint_lets_through_what_its_policy_allows_and_grants_nothing(engine, owner, allowed):
    """AWS PrivateLink guide, "Control access to VPC endpoints using endpoint policies"."""
    through = allow("*", Principal="*", Condition={"StringEquals": {"aws:ResourceAccount": ACCOUNT}})
    documents = {
        "mine": policy(allow("s3:GetObject")),
        "through": policy(through),
        "nothing": policy(allow("s3:PutObject")),
    }

    def ask(identity):
        context = {"aws:ResourceAccount": owner}
        question = Question(ME, "s3:GetObject", OBJECT, ACCOUNT, context, (identity,), endpoint_policy="through")
        return engine.ask(question, documents)

    assert ask("mine").allowed is allowed
    assert not ask("nothing").allowed
    if not allowed:
        assert ask("mine").blocked_by == ("vpce",)
