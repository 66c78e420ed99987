"""Every check, with what it wants there, and with that taken away."""

import json
from typing import Any

import pytest

from posture import checks, fetched
from posture.checks import Row, Wanted
from posture.plans import Package, PlanError, Resource, _found, _run
from posture.report import Excepted, exceptions, judge

GOOD = {
    checks.RETENTION: 90,
    checks.ROTATION: True,
    checks.UNPRIVILEGED: False,
    checks.IMAGE: "aws/codebuild/amazonlinux-x86_64-standard:5.0-25.01.31",
}
OF_A_TYPE = {
    "aws_sagemaker_domain": {checks.PRIVATE: "VpcOnly"},
    "aws_sagemaker_notebook_instance": {checks.PRIVATE: "Disabled", checks.IMDSV2: "2"},
    "aws_instance": {checks.IMDSV2: "required"},
    "aws_launch_template": {checks.IMDSV2: "required"},
    "aws_rds_cluster_instance": {checks.PRIVATE: False},
    "aws_subnet": {checks.PRIVATE: False},
}


def made(kind: str, values: dict[str, Any], name: str = "x") -> Resource:
    return Resource("package", f"{kind}.{name}", kind, values)


def nested(path: str, value: Any) -> dict[str, Any]:
    for part in reversed(path.split(".")):
        value = [value] if part.isdecimal() else {part: value}
    return value


def row_of(resource: Resource, check: str, *others: Resource) -> Row:
    return next(
        row for row in checks.rows([resource, *others]) if (row.check, row.subject) == (check, resource.name)
    )


@pytest.mark.parametrize("wanted", checks.WANTED, ids=lambda wanted: f"{wanted.type} {wanted.check}")
def test_an_argument_that_is_taken_away_is_missed(wanted: Wanted) -> None:
    good = OF_A_TYPE.get(wanted.type, {}).get(wanted.check, GOOD.get(wanted.check, ["arn:aws:kms:r:1:key/x"]))
    resource = made(wanted.type, nested(wanted.path, good))

    assert row_of(resource, wanted.check).met
    assert not row_of(made(wanted.type, nested(wanted.path, wanted.worse)), wanted.check).met
    assert checks.unnoticed([resource]) == []


@pytest.mark.parametrize("image", ["aws/codebuild/standard:7.0", "x/y:latest", "x/y", "x/y:5.0-25"])
def test_a_tag_that_moves_pins_nothing(image: str) -> None:
    build = made("aws_codebuild_project", {"environment": [{"image": image}]})
    assert not row_of(build, checks.IMAGE).met


def deny(action: str, **changed: Any) -> dict[str, Any]:
    statement = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": action,
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    return {"policy": json.dumps({"Statement": [statement | changed]})}


@pytest.mark.parametrize(
    ("kind", "beside", "action"),
    [("aws_s3_bucket", "aws_s3_bucket_policy", "s3:*"), ("aws_sns_topic", "aws_sns_topic_policy", "sns:Publish")],
)
def test_whoever_comes_without_tls_is_refused(kind: str, beside: str, action: str) -> None:
    item = made(kind, {"kms_master_key_id": "x"})

    assert row_of(item, checks.TLS, made(beside, deny(action))).met
    for changed in (
        {"Effect": "Allow"},
        {"Principal": {"AWS": "arn:aws:iam::1:role/x"}},
        {"Action": "s3:GetObject"},
        {"Condition": {"Bool": {"aws:SecureTransport": "true"}}},
        {"Condition": {"Bool": {"aws:SecureTransport": "false"}, "Null": {"aws:PrincipalArn": "true"}}},
    ):
        assert not row_of(item, checks.TLS, made(beside, deny(action, **changed))).met
    assert not row_of(item, checks.TLS, made(beside, deny(action), name="of-another")).met
    assert not row_of(item, checks.TLS).met


@pytest.mark.parametrize(
    ("about", "right"),
    [
        (["arn:aws:s3:::b", "arn:aws:s3:::b/*"], True),
        ("*", True),
        (None, True),
        ("arn:aws:s3:::b", False),
        (["arn:aws:s3:::b/*"], False),
    ],
    ids=["bucket and objects", "everything", "unknown yet", "bucket only", "objects only"],
)
def test_a_bucket_refuses_plain_text_for_its_objects_too(about: Any, right: bool) -> None:
    statement = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": about,
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }

    assert checks.denies_plain_text(json.dumps({"Statement": [statement]}), "s3:*") is right


def test_a_bucket_is_not_public_and_has_a_key() -> None:
    bucket = made("aws_s3_bucket", {})
    names = ("block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets")
    block = made("aws_s3_bucket_public_access_block", dict.fromkeys(names, True))

    assert row_of(bucket, checks.PRIVATE, block).met
    for name in names:
        opened = made("aws_s3_bucket_public_access_block", block.values | {name: False})
        assert not row_of(bucket, checks.PRIVATE, opened).met
    assert not row_of(bucket, checks.PRIVATE).met
    assert not row_of(bucket, checks.CUSTOMER_KEY).met


def test_credentials_of_machines_come_through_imdsv2() -> None:
    profile = made("aws_iam_instance_profile", {})
    statement = {"Effect": "Deny", "Action": "*", "Resource": "*"}
    condition = {"NumericLessThan": {"ec2:RoleDelivery": "2.0"}}

    def policy(found: dict[str, Any]) -> Resource:
        return made("aws_iam_role_policy", {"policy": json.dumps({"Statement": found})})

    assert row_of(profile, checks.IMDSV2, policy(statement | {"Condition": condition})).met
    assert not row_of(profile, checks.IMDSV2, policy(statement)).met
    assert not row_of(profile, checks.IMDSV2, policy(statement | {"Condition": condition, "Action": "s3:*"})).met
    assert not row_of(profile, checks.IMDSV2).met


def test_a_type_that_nobody_has_looked_at_is_missing() -> None:
    found = checks.rows([made("aws_new_thing", {"kms_key_arn": "x"}), made("aws_iam_role", {"name": "x"})])
    assert [(row.subject, row.met) for row in found] == [("package aws_new_thing.x", False)]


def test_a_check_that_checks_nothing_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    blind = Wanted("blind", "aws_instance", "ami", lambda _: True)
    monkeypatch.setattr(checks, "WANTED", (blind,))
    assert [row.check for row in checks.unnoticed([made("aws_instance", {"ami": "x"})])] == ["blind"]


def test_every_hash_is_missed_when_nobody_looks_at_it() -> None:
    commands = list(fetched.commands())
    rows = fetched.rows(commands)

    assert sum(row.met for row in rows) >= 8
    assert not any(row.met for row in fetched.rows([fetched.without_proof(item) for item in commands]))


@pytest.mark.parametrize(
    "line", ["pip install -r x", "curl https://x", "aws s3 cp s3://a/b c", "git clone x", "yum install -y x"]
)
def test_a_command_that_fetches_is_found(tmp_path: Any, line: str) -> None:
    place = tmp_path / "service-catalog-setup" / "runner"
    place.mkdir(parents=True)
    (place / "new.sh").write_text(f"# curl is only named here\n  {line}\n  echo done\n")

    commands = list(fetched.commands(tmp_path))
    assert [item.subject for item in commands] == [f"service-catalog-setup/runner/new.sh: {line}"]
    assert not fetched.rows(commands)[0].met


def test_what_is_missing_needs_a_reason_and_a_reason_something_missing() -> None:
    missing, held = Row("TLS", 'package aws_s3_bucket.x["a"]', met=False), Row("TLS", "other", met=True)
    needed, idle = Excepted("TLS", 'package *.x["a"]', "because of this and that"), Excepted("TLS", "other", "no")

    assert [row.subject for row in judge([missing, held], []).unexplained] == [missing.subject]
    report = judge([missing, held], [needed, idle])
    assert (report.unexplained, report.idle) == ([], [idle])
    assert report.problems == ["an exception that nothing needs: TLS: other"]
    assert report.lines(verbose=False)[1].split() == ["TLS", "2", "1", "1", "0"]


@pytest.mark.parametrize("row", ["check = 'x'", "check = 'x'\nsubject = 'y'\nreason = 'none'"])
def test_an_exception_says_why(tmp_path: Any, row: str) -> None:
    (tmp_path / "e.toml").write_text(f"[[exception]]\n{row}\n")
    with pytest.raises(ValueError, match="row 1"):
        exceptions(tmp_path / "e.toml")


def test_plans_and_states_are_read_and_other_runs_are_not() -> None:
    change = {"mode": "managed", "address": "aws_x.a", "type": "aws_x", "change": {"after": {"b": 1}}}
    data = change | {"mode": "data"}
    child = {
        "resources": [{"mode": "managed", "address": "module.m.aws_x.c", "type": "aws_x", "values": {"d": 2}}]
    }
    lines = [
        {"@testrun": "everything", "type": "test_plan", "test_plan": {"resource_changes": [change, data]}},
        {
            "@testrun": "everything",
            "type": "test_state",
            "test_state": {"root_module": {"child_modules": [child]}},
        },
        {"@testrun": "another", "type": "test_plan", "test_plan": {"resource_changes": [change]}},
    ]
    said = "\n".join(json.dumps(line, separators=(",", ":")) for line in lines)

    found = list(_found(Package("package"), said))
    assert [(item.name, item.values) for item in found] == [
        ("package aws_x.a", {"b": 1}),
        ("package module.m.aws_x.c", {"d": 2}),
    ]


def test_terraforms_refusal_is_told() -> None:
    with pytest.raises(PlanError, match="no such thing"):
        _run(["sh", "-c", "echo no such thing >&2; exit 1"], {})
