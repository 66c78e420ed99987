"""The room's tables are read whole: a malformed row is refused with its place and its fault."""

from pathlib import Path

import pytest

from iam import guards, isolation, kept, refused
from iam.evidence import SUITES
from iam.forms import MalformedRowError

KEPT = {"policy": '"launch"', "sid": '"Look"', "actions": '["s3:GetObject"]', "reason": '"As AWS says."'}
GROUPS = """
[suites]
journey = ["platform"]
[roles]
platform = ["runner", "launch"]
"""
ATTEMPT = {
    "what": '"read a secret"',
    "roles": '["platform"]',
    "actions": '["secretsmanager:GetSecretValue"]',
    "resource": '"arn:aws:secretsmanager:{region}:{account}:secret:x"',
}


def written(folder: Path, text: str) -> Path:
    path = folder / "rows.toml"
    path.write_text(text)
    return path


def row(kind: str, values: dict[str, str], changes: dict[str, str | None]) -> str:
    given = {**values, **changes}
    lines = [f"{name} = {value}" for name, value in given.items() if value is not None]
    return "\n".join([f"[[{kind}]]", *lines, ""])


def refusal(read, path: Path) -> str:
    with pytest.raises(MalformedRowError) as caught:
        read(path)
    return str(caught.value)


def test_the_rooms_own_tables_are_well_formed():
    assert kept.read(SUITES)
    assert guards.read(guards.FOLDER / "journey.toml")
    assert guards.read(guards.FOLDER / "deployment.toml")
    assert refused.read()
    assert isolation.table()["attempt"]


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"reason": None}, "[[kept]] 1 (launch Look): lacks reason"),
        ({"reason": '"  "'}, "[[kept]] 1 (launch Look): has no reason"),
        ({"policy": None}, "[[kept]] 1 (Look): lacks policy"),
        ({"action": '"s3:PutObject"'}, "[[kept]] 1 (launch Look): knows no action"),
        ({"actions": '"s3:GetObject"'}, "[[kept]] 1 (launch Look): actions is not a list of texts"),
        ({"actions": "[]"}, "[[kept]] 1 (launch Look): actions is not a list of texts"),
        ({"in": '"deployments"'}, "[[kept]] 1 (launch Look): nobody knows deployments"),
    ],
)
def test_a_malformed_reason_is_refused(tmp_path, changes, fault):
    path = written(tmp_path, row("kept", KEPT, changes))

    assert refusal(lambda path: kept.read(SUITES, path), path) == f"rows.toml, {fault}"


def test_reasons_are_those_of_the_suites_that_are_looked_at(tmp_path):
    text = row("kept", KEPT, {}) + row("kept", KEPT, {"sid": '"Deploy"', "in": '"deployment"'})
    path = written(tmp_path, text)

    assert kept.read(["journey"], path).grants == {("launch", "Look", "s3:GetObject"): "As AWS says."}
    assert len(kept.read(SUITES, path).grants) == 2


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ('"s3:GetObject" = ["resource"]', "runner, s3:GetObject: says of no kind of resource"),
        ('"s3:GetObjekt s3:x" = ["resource"]', "runner, s3:GetObjekt s3:x: AWS knows no action s3:GetObjekt"),
        ('"GetObject s3:x" = ["resource"]', "runner, GetObject s3:x: AWS knows no action GetObject"),
        ('"s3:GetObject s3:x" = []', "runner: s3:GetObject s3:x is not a list of texts"),
        ('"s3:GetObject s3:x" = "resource"', "runner: s3:GetObject s3:x is not a list of texts"),
        (
            '"s3:GetObject s3:x" = ["resource", "resources"]',
            "runner, s3:GetObject s3:x: resources is neither resource, project nor a condition key",
        ),
        (
            '"s3:GetObject s3:x" = ["boundary: without"]',
            "runner, s3:GetObject s3:x: boundary: without is neither resource, project nor a condition key",
        ),
    ],
)
def test_a_malformed_guard_is_refused(tmp_path, line, fault):
    path = written(tmp_path, f'["runner"]\n{line}\n')

    assert refusal(guards.read, path) == f"rows.toml, {fault}"


def test_a_guard_outside_a_role_is_refused(tmp_path):
    path = written(tmp_path, '"s3:GetObject s3:x" = ["resource"]\n')

    assert refusal(guards.read, path) == "rows.toml, s3:GetObject s3:x: is no table"


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"what": None}, "[[attempt]] 1: lacks what"),
        ({"roles": '["runer"]'}, "[[attempt]] 1 (read a secret): nobody knows runer"),
        ({"allowed": '{ watch = "it may" }'}, "[[attempt]] 1 (read a secret): nobody knows watch"),
        (
            {"allowed": '{ "runner s3:GetObject" = "it may" }'},
            "[[attempt]] 1 (read a secret): nobody knows s3:GetObject",
        ),
        ({"allowed": '{ runner = " " }'}, "[[attempt]] 1 (read a secret): has no reason why runner is allowed"),
        (
            {"actions": '["secretsmanager:GetSecret"]'},
            "[[attempt]] 1 (read a secret): AWS knows no action secretsmanager:GetSecret",
        ),
        ({"resorce": '"*"'}, "[[attempt]] 1 (read a secret): knows no resorce"),
        ({"context": '"x"'}, "[[attempt]] 1 (read a secret): context is not a table"),
        (
            {"resource": None},
            "[[attempt]] 1 (read a secret): needs actions, and either resource or resources",
        ),
        (
            {"roles": None},
            "[[attempt]] 1 (read a secret): says with one of roles, trusts and service who does it",
        ),
        ({"roles": None, "trusts": '["runner"]'}, "[[attempt]] 1 (read a secret): lacks principal"),
    ],
)
def test_a_malformed_attempt_is_refused(tmp_path, changes, fault):
    """A role that nobody knows would be tried by nobody, and the attempt would count as denied."""
    path = written(tmp_path, GROUPS + row("attempt", ATTEMPT, changes))

    assert refusal(isolation.table, path) == f"rows.toml, {fault}"


def test_rows_that_nobody_reads_are_refused(tmp_path):
    path = written(tmp_path, GROUPS + row("atempt", ATTEMPT, {}))

    assert refusal(isolation.table, path) == "rows.toml: nobody knows atempt"


def test_a_suite_of_unknown_roles_is_refused(tmp_path):
    path = written(tmp_path, '[suites]\njourney = ["platforms"]\n[roles]\nplatform = ["runner"]\n')

    assert refusal(isolation.table, path) == "rows.toml, suites, journey: nobody knows platforms"


def test_rows_about_what_stays_that_nobody_reads_are_refused(tmp_path):
    path = written(tmp_path, row("doubted", {"action": '"sts:TagSession"', "reason": '"r"'}, {}))

    assert refusal(lambda path: kept.read(SUITES, path), path) == "rows.toml: nobody knows doubted"


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"reason": None}, "[[shared]] 1: lacks reason"),
        ({"roles": '"runner"'}, "[[shared]] 1: roles is not a list of texts"),
    ],
)
def test_a_malformed_sharing_is_refused(tmp_path, changes, fault):
    given = {"policies": '["runner-state"]', "roles": '["runner", "teardown-build"]', "reason": '"ADR 82."'}
    path = written(tmp_path, row("shared", given, changes))

    assert refusal(lambda path: kept.read(SUITES, path), path) == f"rows.toml, {fault}"


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"reason": '" "'}, "[[refused]] 1: has no reason"),
        ({"calls": None}, "[[refused]] 1: lacks calls"),
        ({"in": '"journeys"'}, "[[refused]] 1: nobody knows journeys"),
    ],
)
def test_a_malformed_refusal_is_refused(tmp_path, changes, fault):
    given = {"in": '"journey"', "role": '"runner"', "calls": '["s3:GetObject"]', "on": '"*"', "reason": '"a test"'}
    path = written(tmp_path, row("refused", given, changes))

    assert refusal(refused.read, path) == f"rows.toml, {fault}"
