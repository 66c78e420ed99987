"""Calls with one circumstance changed: denied where policies look at it. The page tells every other statement."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from iam import guards, permissions
from iam.engine import TOOLS, Engine, Question
from iam.evidence import Evidence, Record
from iam.place import Place

needs_engine = pytest.mark.skipif(
    not (TOOLS / "node_modules").is_dir(), reason="the policy simulator is not installed: make .tools/iam/stamp"
)
ACCOUNT = "111122223333"
PASS = {
    "Sid": "Pass",
    "Effect": "Allow",
    "Action": "iam:PassRole",
    "Resource": f"arn:aws:iam::{ACCOUNT}:role/sagemaker-projects/projects/ml-p-abc123def456-execution",
    "Condition": {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}},
}
WIDE = {key: value for key, value in PASS.items() if key != "Condition"} | {"Resource": "*"}
PASSED = Question(
    principal=f"arn:aws:sts::{ACCOUNT}:assumed-role/ml-p-abc123def456-build/1",
    action="iam:PassRole",
    resource=PASS["Resource"],
    account=ACCOUNT,
    context={"iam:PassedToService": "sagemaker.amazonaws.com"},
    identity=("build@1",),
)


def record(*statements: dict, boundary: dict | None = None) -> Record:
    documents = {"build@1": {"Version": "2012-10-17", "Statement": list(statements)}}
    asked = PASSED
    if boundary is not None:
        documents["bound@1"] = {"Version": "2012-10-17", "Statement": [boundary]}
        asked = replace(asked, boundary="bound@1")
    return Record(documents, [Evidence("project build", "sagemaker:CreatePipeline", asked)])


def held(made: Record) -> dict[str, bool]:
    with Engine() as engine:
        found = guards.hold(guards.changes(made), engine, made.documents)
    return {what: holds for (_, _, _, what), holds in found.items()}


@needs_engine
def test_what_a_statement_looks_at_is_denied_otherwise():
    assert held(record(PASS)) == {
        "resource": True,
        "project": True,
        "iam:PassedToService": True,
        "without iam:PassedToService": True,
    }


@needs_engine
def test_what_a_wider_statement_lets_through_holds_no_more():
    assert not any(held(record(WIDE)).values())


@needs_engine
def test_a_boundary_is_tried_by_itself():
    found = held(record(WIDE, boundary=PASS))

    assert not found["resource"]
    assert found["boundary: resource"]
    assert found["boundary: iam:PassedToService"]


def test_the_file_is_what_is_read_back(tmp_path: Path):
    found = {
        ("project build", "iam:PassRole", "iam:role/{project}-execution", "resource"),
        ("runner", "s3:GetObject", "s3:state/objects", "without aws:RequestTag/a"),
    }
    (tmp_path / "guards.toml").write_text("\n".join(guards.lines(found)))

    assert guards.read(tmp_path / "guards.toml") == found


@pytest.mark.parametrize(
    ("resource", "kind", "other"),
    [
        (
            "arn:aws:s3:::ml-p-abc123def456-111122223333-eu-west-1/pipelines/a/b",
            "s3:{project}/pipelines",
            "arn:aws:s3:::somebody-elses/pipelines/a/b",
        ),
        (
            "arn:aws:sagemaker:eu-west-1:1:training-job/pipelines-4za8cytx9166-Train-TfUzqzeG6C",
            "sagemaker:training-job/*",
            "arn:aws:sagemaker:eu-west-1:1:training-job/somebody-elses",
        ),
        (
            "arn:aws:logs:eu-west-1:1:log-group:/aws/codebuild/ml-p-abc123def456-build:log-stream:0a1b",
            "logs:log-group/aws/codebuild/{project}-build",
            "arn:aws:logs:eu-west-1:1:log-group:somebody-elses:log-stream:0a1b",
        ),
        (
            "arn:aws:application-autoscaling:eu-west-1:1:scalable-target/0ec5aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            "application-autoscaling:scalable-target/*",
            "arn:aws:application-autoscaling:eu-west-1:1:scalable-target/somebody-elses",
        ),
        (
            "arn:aws:ssm:eu-west-1:1:parameter/gmwhpirbsc",
            "ssm:parameter/*",
            "arn:aws:ssm:eu-west-1:1:parameter/somebody-elses",
        ),
        (
            "arn:aws:secretsmanager:eu-west-1:1:secret:team/git-EnJqKo",
            "secretsmanager:secret/team",
            "arn:aws:secretsmanager:eu-west-1:1:secret:somebody-elses",
        ),
    ],
)
def test_kinds_and_other_names_of_resources(resource, kind, other):
    assert guards.kind_of(resource) == kind
    assert guards.somebody_elses(resource) == other


def test_a_changed_statement_is_a_difference_from_the_page(tmp_path: Path):
    values = dict.fromkeys(("secret", "connection", "key", "state", "teardown"), "-none-")
    where = Place(
        "journey",
        {
            **values,
            "own": "p-abc123def456",
            "account": ACCOUNT,
            "region": "eu-west-1",
            "name": "sagemaker-projects",
        },
        {"project build": f"arn:aws:iam::{ACCOUNT}:role/ml-p-abc123def456-build"},
    )

    def sections(statement: dict) -> permissions.Sections:
        made = record(statement)
        arn = where.roles["project build"]
        made.roles[arn], made.trust[arn] = (("build@1",), None), "trust@1"
        made.documents["trust@1"] = {
            "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": "*"}]
        }
        return permissions.sections(made, where)

    page = tmp_path / "permissions.md"
    page.write_text(permissions.page(sections(PASS)))
    reviewed = permissions.read(page)

    assert list(permissions.differences(reviewed, sections(PASS))) == []
    for changed in (WIDE, PASS | {"Action": ["iam:PassRole", "iam:GetRole"]}, PASS | {"Effect": "Deny"}):
        assert len(list(permissions.differences(reviewed, sections(changed)))) == 2, json.dumps(changed)
    assert "{project}-execution" in page.read_text()


# --- what the files say, against what a record tries -----------------------------------------------------------
def listed(folder: Path, suite: str, *found: guards.Guard, seldom: str = "") -> Path:
    (folder / f"{suite}.toml").write_text("\n".join(guards.lines(found)))
    (folder / "seldom.toml").write_text(seldom)
    return folder


def guard(what: str, action: str = "iam:PassRole") -> guards.Guard:
    return ("project build", action, "iam:role/{project}-execution", what)


def contradicted(made: Record, folder: Path, suite: str = "life") -> guards.Outcome:
    """Of a suite about which AWS documents nothing more."""
    with Engine() as engine:
        return guards.contradicted({suite: made}, engine, folder)[suite]


@needs_engine
def test_guards_that_hold_are_no_fault(tmp_path: Path):
    found = contradicted(record(PASS), listed(tmp_path, "life", guard("resource"), guard("project")))

    assert (found.listed, found.tried, found.faults) == (2, 2, [])


@needs_engine
def test_a_guard_that_a_policy_has_stopped_to_be_is_a_fault(tmp_path: Path):
    found = contradicted(record(WIDE), listed(tmp_path, "life", guard("resource")))

    assert found.open == [guard("resource")]
    assert found.faults == [
        "project build iam:PassRole iam:role/{project}-execution resource IS ALLOWED otherwise too"
    ]


@needs_engine
def test_a_condition_that_is_dropped_is_a_fault(tmp_path: Path):
    """Then no policy mentions the key any more, and nothing tries it."""
    dropped = {key: value for key, value in PASS.items() if key != "Condition"}

    found = contradicted(record(dropped), listed(tmp_path, "life", guard("without iam:PassedToService")))

    assert found.untried == [guard("without iam:PassedToService")]
    assert len(found.faults) == 1


@needs_engine
def test_a_guard_that_no_call_tries_is_a_fault_unless_it_is_seldom(tmp_path: Path):
    gone = guard("resource", "iam:GetRole")
    rows = """[[seldom]]
in = "life"
role = "project build"
calls = ["iam:GetRole iam:role/{project}-execution"]
reason = "only when it is late"
"""

    assert contradicted(record(PASS), listed(tmp_path, "life", gone)).untried == [gone]
    assert contradicted(record(PASS), listed(tmp_path, "life", gone, seldom=rows)).faults == []
    # What is said of one suite is said of no other one, and nothing is said of what nobody lists.
    assert contradicted(record(PASS), listed(tmp_path, "products", gone, seldom=rows), "products").untried == [
        gone
    ]
    assert len(contradicted(record(PASS), listed(tmp_path, "life", seldom=rows)).idle) == 1


@needs_engine
def test_a_suite_without_guards_is_a_fault(tmp_path: Path):
    assert contradicted(record(PASS), tmp_path, "products").faults == [
        "no file lists the guards of products: python -m iam.guards writes it"
    ]


@pytest.mark.parametrize(
    ("value", "other"),
    [
        ("lambda.amazonaws.com", "somebody-elses"),
        (["a", "b"], ["somebody-elses"]),
        ("arn:aws:logs:r:1:log-group:/aws/x", "arn:aws:logs:r:1:log-group:somebody-elses"),
        (["arn:aws:codebuild:r:1:project/p"], ["arn:aws:codebuild:r:1:project/somebody-elses"]),
    ],
)
def test_another_value_has_the_same_form(value, other):
    asked = replace(PASSED, context={"some:key": value})
    made = record(PASS | {"Condition": {"StringLike": {"some:key": "*"}}})

    assert dict(guards._changed(made, asked, of_project=True))["some:key"].context == {"some:key": other}


def test_generations_of_deployments_are_one_kind():
    config = "arn:aws:sagemaker:r:1:endpoint-config/ml-p-abc123def456-prod-{}"
    schedule = "arn:aws:sagemaker:r:1:data-quality-job-definition/ml-p-abc123def456-prod-data-quality-{}"

    assert guards.kind_of(config.format("1-04e35bc48d")) == guards.kind_of(config.format("12-ffe35bc48d"))
    assert guards.kind_of(schedule.format("760c88e1")) == guards.kind_of(schedule.format("7c5774ff"))
