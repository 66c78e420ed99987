"""What runs in the network is found to call only services that have an endpoint, by its sources.

The journeys' suites ask the same of the calls that were made (tests/endpoints.py).
"""

import re
from pathlib import Path

import pytest

from tests.endpoints import missing

ROOT = Path(__file__).resolve().parents[3]
# Terraform that the runner and the deploy repository's builds apply.
TERRAFORM = (
    *ROOT.glob("sagemaker-project-setup/*.tf"),
    *ROOT.glob("seed-code/**/*.tf"),
    *ROOT.glob("foundation/modules/notebooks/*.tf"),
    *ROOT.glob("foundation/modules/aurora-inference/role.tf"),
)
# By the beginning of a resource's type: who answers for it.
ANSWERED_BY = {
    "appautoscaling": "application-autoscaling",
    "caller": "sts",
    "cloudwatch_dashboard": "cloudwatch",
    "cloudwatch_event": "events",
    "cloudwatch_log": "logs",
    "cloudwatch_metric": "cloudwatch",
    "codebuild": "codebuild",
    "codepipeline": "codepipeline",
    "iam": "iam",
    "kms": "kms",
    "lambda": "lambda",
    "rds": "rds",
    "s3": "s3",
    "sagemaker": "sagemaker",
    "secretsmanager": "secretsmanager",
    "sns": "sns",
}
WITHOUT_A_CALL = {"iam_policy_document", "partition", "region", "sagemaker_prebuilt_ecr_image"}


def services(kind: str) -> set[str]:
    return {service for beginning, service in ANSWERED_BY.items() if kind.startswith(beginning)}


def test_every_resource_of_projects_is_reached():
    kinds = {
        kind
        for path in TERRAFORM
        for kind in re.findall(r'^(?:resource|data) "aws_(\w+)"', path.read_text("utf-8"), re.MULTILINE)
    } - WITHOUT_A_CALL

    assert {"sns_topic", "appautoscaling_target", "rds_cluster_role_association"} <= kinds
    assert {kind for kind in kinds if len(services(kind)) != 1} == set(), "add it to ANSWERED_BY"
    assert missing(service for kind in kinds for service in services(kind)) == set()


@pytest.mark.parametrize(
    ("folder", "pattern"),
    [
        ("service-catalog-setup/runner", r"(?:\baws|\bask \"[^\"]*\"|\badopt \S+ \S+) ([a-z][a-z0-9-]+) [a-z]+-"),
        ("seed-code", r"(?:environment_)?client\(\"([a-z0-9-]+)\""),
        ("lambdas", r"client\(\"([a-z0-9-]+)\""),
    ],
)
def test_every_program_of_projects_is_reached(folder, pattern):
    sources = [path for path in (ROOT / folder).rglob("*") if path.suffix in {".py", ".sh"}]
    called = {service for path in sources for service in re.findall(pattern, path.read_text("utf-8"))}

    assert len(called - {"s3", "s3api"}) >= 3
    assert missing({"s3" if service == "s3api" else service for service in called}) == set()
