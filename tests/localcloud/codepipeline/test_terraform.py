"""Terraform's AWS provider: applies, finds nothing to change afterwards, changes, destroys."""

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests.localcloud.terraform import Terraform

CONFIGURATION = Path(__file__).parent / "delivery.tf"
pytestmark = pytest.mark.terraform


def test_the_resources_of_a_delivery_round_trip(cloud: Any, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "function.zip", "w") as archive:
        archive.writestr("app.py", "def handler(event, context):\n    return {'doubled': event['number'] * 2}\n")
    name = f"tf-{tmp_path.parent.name[-4:]}-delivery".lower()
    connection = cloud.internal.default_connection_arn
    terraform = Terraform(tmp_path, CONFIGURATION, cloud.environment, connection_arn=connection, name=name)
    codebuild = cloud.client("codebuild")

    terraform.apply()
    assert json.loads(terraform.output("invoked")) == {"doubled": 42}

    terraform.apply(changed=True)
    project = terraform.output("name")
    assert codebuild.batch_get_projects(names=[project])["projects"][0]["timeoutInMinutes"] == 20

    terraform.destroy()
    assert not codebuild.batch_get_projects(names=[project])["projects"]
