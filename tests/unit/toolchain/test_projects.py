"""`make destroy` asks whether projects exist."""

import json

import boto3
import pytest
from moto import mock_aws

from toolchain.projects import alive, main

BUCKET = "platform-state"


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch):
    for name, value in {
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": "eu-central-1",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        client = boto3.client("s3")
        client.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
        yield client


def _state(s3, project: str, *modes: str) -> None:
    body = json.dumps({"version": 4, "resources": [{"mode": mode, "type": "x"} for mode in modes]})
    s3.put_object(Bucket=BUCKET, Key=f"projects/{project}/terraform.tfstate", Body=body)
    s3.put_object(Bucket=BUCKET, Key=f"projects/{project}/runs/20261120T100000Z-apply.json", Body="{}")


def test_a_project_with_resources_is_alive(s3) -> None:
    _state(s3, "p-alive", "managed", "managed", "data")
    _state(s3, "p-gone")
    _state(s3, "p-reads", "data")
    assert alive(s3, BUCKET) == {"p-alive": 2}


def test_it_is_refused_with_the_list(s3, capsys) -> None:
    _state(s3, "p-alive", "managed")
    assert main([BUCKET]) == 1
    said = capsys.readouterr().err
    assert "1 project(s) exist" in said
    assert "p-alive: 1 resources" in said


def test_without_projects_it_may_go_on(s3) -> None:
    _state(s3, "p-gone")
    assert main([BUCKET]) == 0


def test_not_knowing_is_a_refusal(s3, capsys) -> None:
    assert main(["no-such-bucket"]) == 2
    assert "nothing was destroyed" in capsys.readouterr().err
