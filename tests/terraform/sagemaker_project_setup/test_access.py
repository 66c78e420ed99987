"""Every permission of a project's roles, read back from IAM: nothing is open that nobody accounts for."""

import copy
import json
import os
import re
from pathlib import Path

import pytest

from tests.terraform.sagemaker_project_setup import reviewed

PACKAGE = Path(__file__).resolve().parents[3] / "sagemaker-project-setup"
EXPECTED = Path(__file__).with_name("expected_policies.json")
ROLES = ("seed", "build", "pipeline", "execution")
REASON = "# Any resource:"

pytestmark = [pytest.mark.terraform, pytest.mark.xdist_group("project-setup-roles")]


@pytest.fixture(scope="module")
def documents(roles) -> dict[str, dict]:
    """Of each role: its trust policy, and the statements of all its inline policies."""
    iam = roles.client("iam")
    found = {}
    for role in ROLES:
        name = f"ml-{roles.settings['project']['id']}-{role}"
        statements = []
        for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]:
            document = iam.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"]
            statements += document["Statement"]
        description = iam.get_role(RoleName=name)["Role"]
        assert not iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]
        found[role] = {"role": description, "statements": statements}
    return found


def as_list(value):
    return value if isinstance(value, list) else [value]


def in_order(statement):
    """The statement without its name, lists sorted: their order means nothing to IAM."""
    shown = {key: value for key, value in statement.items() if key not in ("Sid", "Effect")}
    return json.loads(
        json.dumps(shown),
        object_hook=lambda part: {k: sorted(v) if isinstance(v, list) else v for k, v in part.items()},
    )


def is_wide(resource: str, project_id: str) -> bool:
    """Whether a pattern can match what does not belong to the project."""
    return "*" in resource and (resource == "*" or f"-{project_id}" not in resource)


@pytest.mark.parametrize("role", ROLES)
def test_no_action_has_a_wildcard(documents, role):
    for statement in documents[role]["statements"]:
        assert not [action for action in as_list(statement["Action"]) if "*" in action], statement
        assert statement["Effect"] == "Allow"
        assert "NotAction" not in statement
        assert "NotResource" not in statement


@pytest.mark.parametrize("role", ROLES)
def test_a_resource_beyond_the_project_has_its_reason_in_the_code(documents, role, roles):
    reasons = {sid for sid, text in source_statements() if REASON in text}

    for statement in documents[role]["statements"]:
        wide = [name for name in as_list(statement["Resource"]) if is_wide(name, roles.settings["project"]["id"])]
        assert not wide or statement["Sid"] in reasons, f"{role}: {statement['Sid']} may touch {wide}"


def test_a_network_brings_no_more_than_its_interfaces(roles):
    """What the roles get in addition when builds, functions and jobs run in a VPC."""
    network = {"vpc_id": "vpc-0a1b", "subnet_ids": ["subnet-0a1b"], "security_group_ids": ["sg-0a1b"]}
    settings = copy.deepcopy(roles.settings)
    settings["platform"]["network"] = network
    reasons = {sid for sid, text in source_statements() if REASON in text}

    statements = [
        statement
        for document in roles.terraform.planned_documents(
            settings, "network", "build_network", "sagemaker_network"
        )
        for statement in document["Statement"]
    ]

    assert len(statements) == 5
    for statement in statements:
        assert all(action.startswith("ec2:") and "*" not in action for action in as_list(statement["Action"]))
        assert statement["Sid"] in reasons


@pytest.mark.parametrize("role", ROLES)
def test_a_role_is_passed_to_sagemaker_only(documents, role):
    for statement in documents[role]["statements"]:
        if "iam:PassRole" in as_list(statement["Action"]):
            assert statement["Resource"] == documents["execution"]["role"]["Arn"]
            assert statement["Condition"] == {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}}


@pytest.mark.parametrize("role", ROLES)
def test_a_role_has_path_and_boundary(documents, role, roles):
    found = documents[role]["role"]

    assert found["Path"] == "/sagemaker-projects/projects/"
    assert (
        found["PermissionsBoundary"]["PermissionsBoundaryArn"]
        == roles.settings["platform"]["permissions_boundary_arn"]
    )


def test_a_role_is_assumed_by_one_service_for_one_resource(documents, roles):
    account = roles.cloud.account_id
    services = {}
    for role in ROLES:
        (statement,) = documents[role]["role"]["AssumeRolePolicyDocument"]["Statement"]
        services[role] = statement["Principal"]["Service"]
        if role != "seed":  # AWS documents no source condition for a function's role
            assert statement["Condition"]["StringEquals"] == {"aws:SourceAccount": account}
            (source,) = [keys for test, keys in statement["Condition"].items() if test.startswith("Arn")]
            assert all(account in arn for arn in as_list(source["aws:SourceArn"]))

    assert services == {
        "seed": "lambda.amazonaws.com",
        "build": "codebuild.amazonaws.com",
        "pipeline": "codepipeline.amazonaws.com",
        "execution": "sagemaker.amazonaws.com",
    }


@pytest.mark.parametrize("role", ROLES)
def test_the_shared_key_opens_only_what_belongs_to_the_project(documents, role):
    for statement in documents[role]["statements"]:
        if "kms:Decrypt" in as_list(statement["Action"]):
            keys = {key for condition in statement["Condition"].values() for key in condition}
            assert "kms:ViaService" in keys, statement["Sid"]
            assert any(key.startswith("kms:EncryptionContext:") for key in keys), statement["Sid"]


def test_permissions_are_those_that_were_reviewed(documents, roles):
    """A permission that is added, widened or dropped shows as a change of expected_policies.json."""
    found = {
        role: {statement["Sid"]: in_order(statement) for statement in documents[role]["statements"]}
        for role in ROLES
    }
    text = json.dumps(found, indent=2, sort_keys=True)
    platform = roles.settings["platform"]
    for value, name in {
        platform["kms_key_arn"]: "KEY",
        platform["github"]["secret_arn"]: "SECRET",
        platform["lambdas"]["seed_repository"]["sha256"]: "SHA256",
        roles.settings["project"]["connection_arn"]: "CONNECTION",
    }.items():
        text = text.replace(value, name)
    if os.environ.get("UPDATE_EXPECTED"):
        EXPECTED.write_text(text + "\n", encoding="utf-8")

    assert json.loads(text) == reviewed.read(EXPECTED, ROLES), (
        "review the difference, then run this test once with UPDATE_EXPECTED=1"
    )


def source_statements() -> list[tuple[str, str]]:
    """Sid and text of every statement of the roles in the package's code."""
    blocks = [
        block
        for path in sorted(PACKAGE.glob("iam-*.tf"))
        for block in re.findall(r"^  statement \{\n(.*?)^  \}", path.read_text(encoding="utf-8"), re.M | re.S)
    ]
    return [(sid[1], block) for block in blocks if (sid := re.search(r'^    sid\s+= "(\w+)"', block, re.M))]
