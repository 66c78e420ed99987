"""What IAM is told about a request beside its action and resource."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.localcloud.conftest import RunningCloud

Asked = Callable[..., dict[str, Any]]
OBJECT = {"Bucket": "circumstances", "Key": "models/1"}


@pytest.fixture(scope="module")
def asked(cloud: RunningCloud) -> Asked:
    """The condition keys of the first question about a call."""
    iam = cloud.client("iam")
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "codebuild.amazonaws.com"}}
    arn = iam.create_role(
        RoleName="circumstances",
        AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]}),
    )["Role"]["Arn"]

    def of(service: str, operation: str, **parameters: Any) -> dict[str, Any]:
        found = cloud.internal.questions.of_call(arn, service, operation, parameters, region=iam.meta.region_name)
        context: dict[str, Any] = found["authorizations"][0]["context"]
        return context

    return of


def test_an_object_that_must_not_be_there_yet(asked: Asked) -> None:
    assert asked("s3", "PutObject", **OBJECT, IfNoneMatch="*") == {
        "s3:if-none-match": "*",
        "s3:ObjectCreationOperation": "true",
    }


@pytest.mark.parametrize(
    ("operation", "creates"),
    [
        ("PutObject", "true"),
        ("CompleteMultipartUpload", "true"),
        ("CreateMultipartUpload", "false"),
        ("UploadPart", "false"),
    ],
)
def test_parts_create_no_object(asked: Asked, operation: str, creates: str) -> None:
    assert asked("s3", operation, **OBJECT) == {"s3:ObjectCreationOperation": creates}


@pytest.mark.parametrize(
    ("operation", "isolated"),
    [
        ("CreateModel", {"EnableNetworkIsolation": True}),
        ("CreateDataQualityJobDefinition", {"NetworkConfig": {"EnableNetworkIsolation": True}}),
    ],
)
def test_containers_without_network(asked: Asked, operation: str, isolated: dict[str, Any]) -> None:
    name = {"ModelName": "m", "JobDefinitionName": "d"}

    assert asked("sagemaker", operation, **name, **isolated) == {"sagemaker:NetworkIsolation": "true"}
    assert asked("sagemaker", operation, **name) == {}


def test_which_policy_a_role_is_given(asked: Asked) -> None:
    policy = "arn:aws:iam::aws:policy/ReadOnlyAccess"

    for operation in ("AttachRolePolicy", "DetachRolePolicy"):
        assert asked("iam", operation, RoleName="circumstances", PolicyArn=policy) == {"iam:PolicyARN": policy}


def test_a_secret_parameter_takes_its_key(asked: Asked, cloud: RunningCloud) -> None:
    key = cloud.client("kms").create_key()["KeyMetadata"]
    cloud.client("ssm").put_parameter(Name="circumstances", Value="x", Type="SecureString", KeyId=key["KeyId"])

    found = cloud.internal.questions.of_call(
        cloud.client("iam").get_role(RoleName="circumstances")["Role"]["Arn"],
        *("ssm", "GetParameter", {"Name": "circumstances", "WithDecryption": True}),
        region=cloud.client("ssm").meta.region_name,
    )

    assert [item["action"] for item in found["authorizations"]] == ["ssm:GetParameter", "kms:Decrypt"]
    assert found["authorizations"][1]["resource"] == key["Arn"]
