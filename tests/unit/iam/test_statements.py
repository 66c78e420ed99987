"""What no journey does is tried as the call that a statement is made for."""

from iam import statements
from iam.evidence import Record
from iam.place import Place
from iam.statements import terms

ACCOUNT, REGION = "111122223333", "eu-west-1"
ARN = f"arn:aws:iam::{ACCOUNT}:role/sagemaker-projects/projects/ml-p-abc123def456-notebooks"
STATEMENT = {
    "Sid": "Data",
    "Effect": "Allow",
    "Action": ["s3:GetObject", "s3:ListBucket"],
    "Resource": ["arn:aws:s3:::team/start/*", "arn:aws:s3:::team"],
    "Condition": {"StringLike": {"s3:prefix": ["start/*"]}, "Bool": {"aws:SecureTransport": "true"}},
}
TRUST = {
    "Effect": "Allow",
    "Principal": {"Service": "sagemaker.amazonaws.com"},
    "Action": "sts:AssumeRole",
    "Condition": {"StringEquals": {"aws:SourceAccount": ACCOUNT}},
}


def record() -> Record:
    made = Record({"own@1": {"Statement": [STATEMENT]}, "trust@1": {"Statement": [TRUST]}}, region=REGION)
    made.roles[ARN] = (("own@1",), None)
    return made


def where() -> Place:
    return Place("products", {"own": "p-abc123def456", "account": ACCOUNT}, {"project notebooks": ARN})


def test_a_statement_is_asked_for_what_it_names_on_its_terms() -> None:
    found = list(statements._of_role(record(), where(), "project notebooks", ARN))

    # An action is asked of resources of its kinds alone: objects are not listed, buckets not read.
    assert [(one.question.action, one.question.resource) for one in found] == [
        ("s3:GetObject", "arn:aws:s3:::team/start/x"),
        ("s3:ListBucket", "arn:aws:s3:::team"),
    ]
    assert {one.role for one in found} == {"project notebooks"}
    for one in found:
        assert one.question.context["s3:prefix"] == "start/x"
        assert one.question.context["aws:PrincipalTag/sagemaker:project-id"] == "p-abc123def456"
        assert one.question.identity == ("own@1",)


def test_only_some_statements_of_a_role() -> None:
    assert list(statements._of_role(record(), where(), "project notebooks", ARN, ("Another",))) == []


def test_a_service_takes_the_role_that_trusts_it() -> None:
    (found,) = statements._of_services(record(), where(), "project notebooks", ARN, "trust@1")

    assert (found.question.principal, found.question.action) == ("sagemaker.amazonaws.com", "sts:AssumeRole")
    assert found.question.resource == ARN
    assert found.question.context["aws:SourceAccount"] == ACCOUNT


def test_terms_are_met_but_for_who_asks() -> None:
    statement = {
        "Condition": {
            "ArnLike": {"aws:PrincipalArn": "arn:*", "aws:SourceArn": ["arn:aws:events:*:rule/a-*"]},
            "StringEquals": {"aws:ResourceTag/p": "${aws:PrincipalTag/p}"},
            "ForAllValues:StringEquals": {"aws:TagKeys": ["a", "b"]},
            "Null": {"sts:ExternalId": "false"},
        }
    }

    assert terms([statement], "p-1") == {
        "aws:SourceArn": "arn:aws:events:x:rule/a-x",
        "aws:ResourceTag/p": "p-1",
        "aws:PrincipalTag/p": "p-1",
        "aws:TagKeys": ["a"],
    }
