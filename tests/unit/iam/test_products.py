"""Products that bring Terraform of their own: their policies have names, pages and reasons like all others."""

from typing import Any

import pytest

from iam import permissions
from iam.audit import PRODUCT_POLICIES, grants, policy_name
from iam.engine import Question
from iam.evidence import Evidence, Record
from iam.place import NoEvidenceError, places_of_products

ACCOUNT = "111122223333"
KEY = f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/11111111-2222-3333-4444-555555555555"
RUNNER = f"arn:aws:iam::{ACCOUNT}:role/sagemaker-projects-runner"
SUBNETS = [f"arn:aws:ec2:eu-west-1:{ACCOUNT}:subnet/subnet-{number}" for number in ("0a1b2c3d", "4e5f6a7b")]


def role(project: str, part: str) -> str:
    return f"arn:aws:iam::{ACCOUNT}:role/sagemaker-projects/projects/ml-{project}-{part}"


def document(sid: str, action: str, *resources: str) -> dict[str, Any]:
    return {"Statement": [{"Sid": sid, "Effect": "Allow", "Action": action, "Resource": list(resources)}]}


def record(*, workbenches: dict[str, str]) -> Record:
    """Projects of the workbench, each with one action; and a product that only a test has."""
    documents = {
        "trust@1": {
            "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "x.aws"}}]
        },
        "sagemaker-projects-product-notebook-workbench-runner@1": document(
            "Interfaces", "ec2:CreateNetworkInterface", *SUBNETS
        ),
        "sagemaker-projects-product-notebook-workbench-boundary@1": document("Data", "s3:GetObject", "*"),
        "sagemaker-projects-product-nobody-has-it-runner@1": document("Notes", "ssm:PutParameter", "*"),
    }
    made = Record(documents, region="eu-west-1")
    made.roles[RUNNER] = ("sagemaker-projects-product-notebook-workbench-runner@1",), None
    made.calls[RUNNER] = 1
    for project, action in workbenches.items():
        documents[f"workbench@{project}"] = document(
            "Stop", action, f"arn:aws:sagemaker:eu-west-1:{ACCOUNT}:notebook-instance/ml-{project}-workbench"
        )
        boundary = "sagemaker-projects-product-notebook-workbench-boundary@1"
        made.roles[role(project, "notebooks")] = (f"workbench@{project}",), boundary
        made.trust[role(project, "notebooks")] = "trust@1"
    context = {"kms:EncryptionContext:aws:s3:arn": f"arn:aws:s3:::ml-projects-state-{ACCOUNT}-eu-west-1"}
    asked = Question("runner", "kms:Decrypt", KEY, ACCOUNT, context)
    made.evidence.append(Evidence("runner", "s3:GetObject", asked))
    return made


def test_policies_are_called_by_product_and_without_the_installations_name():
    assert policy_name("acme-product-aurora-inference-runner@0123") == "product-aurora-inference-runner"
    assert policy_name("acme-runner-state@0123") == "runner-state"
    assert set(PRODUCT_POLICIES) >= {"product-notebook-workbench-runner", "product-notebook-workbench-boundary"}


def test_what_a_test_has_invented_is_granted_to_nobody():
    documents = record(workbenches={}).documents

    assert grants(documents.keys() - {"trust@1"}, documents) == {
        ("product-notebook-workbench-runner", "Interfaces", "ec2:CreateNetworkInterface"),
        ("product-notebook-workbench-boundary", "Data", "s3:GetObject"),
    }


def test_the_page_has_projects_roles_their_boundary_and_what_the_runner_may():
    found = permissions.sections_of_products(
        record(workbenches={"p-abc123def456": "sagemaker:StopNotebookInstance"})
    )

    assert list(found) == [
        "Role: project notebooks",
        "Boundary: product-notebook-workbench-boundary",
        "Policy: product-notebook-workbench-runner",
    ]
    assert "notebook-instance/ml-{project}-workbench" in found["Role: project notebooks"][1]
    assert found["Role: project notebooks"][-1] == "| boundary | | product-notebook-workbench-boundary | | |"
    assert "subnet/subnet-<id><br>" in found["Policy: product-notebook-workbench-runner"][0]


def test_of_several_projects_the_page_has_every_statement_once():
    actions = ("sagemaker:StopNotebookInstance", "sagemaker:DescribeNotebookInstance")
    made = record(workbenches={f"p-{number}bc123def456": actions[number % 2] for number in range(4)})

    lines = permissions.sections_of_products(made)["Role: project notebooks"]

    assert len(lines) == len(set(lines)) == 4  # trust, two actions, boundary
    assert all(any(action in line for line in lines) for action in actions)


def test_a_project_without_roles_has_no_place_and_an_installation_is_needed():
    assert places_of_products(record(workbenches={})) == []
    with pytest.raises(NoEvidenceError, match="no runner"):
        places_of_products(Record({}))
