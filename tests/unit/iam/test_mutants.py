"""Every way in which a policy is made another one."""

from iam.engine import Question
from iam.mutants import about
from iam.mutations import Mutant, mutants

OWN, OTHER = "p-abc123def456", "p-000000other"
POLICY = {
    "Statement": [
        {
            "Sid": "Pass",
            "Effect": "Allow",
            "Action": "iam:PassRole",
            "Resource": f"arn:aws:iam::111122223333:role/ml-{OWN}-execution",
            "Condition": {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}},
        },
        {
            "Sid": "Tls",
            "Effect": "Deny",
            "Action": ["s3:GetObject", "s3:PutObject"],
            "Resource": "*",
            "Principal": "*",
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        },
    ]
}
TRUST = {
    "Statement": [
        {
            "Effect": "Allow",
            "Action": "sts:AssumeRole",
            "Principal": {"Service": "codebuild.amazonaws.com"},
            "Condition": {"ArnEquals": {"aws:SourceArn": f"arn:aws:codebuild:r:1:project/ml-{OWN}-build"}},
        }
    ]
}


def made(policy, **ids) -> dict[tuple[str, str], list[dict]]:
    return {(item.sid, item.change): item.document["Statement"] for item in mutants("p", policy, **ids)}


def test_a_statement_is_removed_and_widened_in_every_way():
    found = made(POLICY, own=OWN, others=[OTHER])

    assert set(found) == {
        ("Pass", "removed"),
        ("Pass", "all resources"),
        ("Pass", "all actions"),
        ("Pass", "also another project's"),
        ("Pass", "without StringEquals iam:PassedToService"),
        ("Pass", "iam:PassedToService is anything"),
        ("Pass", "StringEqualsIfExists iam:PassedToService"),
        ("Tls", "removed"),
        ("Tls", "without s3:GetObject"),
        ("Tls", "without s3:PutObject"),
        ("Tls", "without Bool aws:SecureTransport"),
    }
    assert [row["Sid"] for row in found["Pass", "removed"]] == ["Tls"]
    assert found["Pass", "all resources"][0]["Resource"] == "*"
    assert found["Pass", "all actions"][0]["Action"] == ["iam:*"]
    assert "Condition" not in found["Pass", "without StringEquals iam:PassedToService"][0]
    anything = found["Pass", "iam:PassedToService is anything"][0]
    assert anything["Condition"] == {"StringLike": {"iam:PassedToService": "*"}}
    loose = found["Pass", "StringEqualsIfExists iam:PassedToService"][0]
    assert loose["Condition"] == {"StringEqualsIfExists": {"iam:PassedToService": "lambda.amazonaws.com"}}
    assert found["Pass", "also another project's"][0]["Resource"] == [
        POLICY["Statement"][0]["Resource"],
        f"arn:aws:iam::111122223333:role/ml-{OTHER}-execution",
    ]
    assert found["Tls", "without s3:GetObject"][1]["Action"] == ["s3:PutObject"]
    assert "Condition" in POLICY["Statement"][0]


def test_a_trust_lets_others_in_and_other_sources():
    found = made(TRUST, own=OWN, others=[OTHER])

    assert set(found) == {
        ("statement 1", "also another service"),
        ("statement 1", "also another account"),
        ("statement 1", "without ArnEquals aws:SourceArn"),
        ("statement 1", "aws:SourceArn is anything"),
        ("statement 1", "ArnEqualsIfExists aws:SourceArn"),
        ("statement 1", "aws:SourceArn also another project's"),
    }
    (row,) = found["statement 1", "also another account"]
    assert row["Principal"] == {
        "Service": "codebuild.amazonaws.com",
        "AWS": ["arn:aws:iam::999999999999:root"],
    }
    assert found["statement 1", "also another service"][0]["Principal"]["Service"] == [
        "codebuild.amazonaws.com",
        "glue.amazonaws.com",
    ]
    # ARNs are compared part by part: a star alone would be no pattern of one.
    (any_source,) = found["statement 1", "aws:SourceArn is anything"]
    assert any_source["Condition"] == {"ArnLike": {"aws:SourceArn": "arn:*:*:*:*:*"}}


def test_what_changes_nothing_is_no_mutant():
    row = {"Effect": "Deny", "Action": "s3:PutObject", "Resource": "*", "Principal": "*"}
    conditions = {
        "StringNotEquals": {"s3:x-amz-server-side-encryption": "aws:kms"},
        "Null": {"s3:if-match": "false"},
        "ForAllValues:StringEquals": {"aws:TagKeys": "*"},
    }
    found = made({"Statement": [{**row, "Condition": conditions}]})

    # A missing key meets a negated test anyway, and one for all values; Null is about nothing else than the key.
    assert {change for _, change in found} == {
        "without StringNotEquals s3:x-amz-server-side-encryption",
        "without Null s3:if-match",
        "without ForAllValues:StringEquals aws:TagKeys",
    }


def test_only_what_a_statement_is_about_can_change():
    mutant = Mutant("p", "s", "c", None, about=("s3:Get*",), on=("arn:aws:s3:::ml-${aws:PrincipalTag/id}/*",))

    def asked(action, resource):
        return Question("me", action, resource, "1", {})

    assert about(mutant, asked("s3:GetObject", "arn:aws:s3:::ml-1/key"))
    assert not about(mutant, asked("s3:PutObject", "arn:aws:s3:::ml-1/key"))
    assert not about(mutant, asked("s3:GetObject", "arn:aws:s3:::other/key"))
