"""The gateway: protocols, validation, unknown operations, the call log."""

import subprocess

import pytest
from botocore.exceptions import ClientError


def test_moto_answers_what_it_has(cloud) -> None:
    s3 = cloud.client("s3")
    s3.create_bucket(Bucket="gateway-a", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    s3.put_object(Bucket="gateway-a", Key="folder/hello wörld.txt", Body=b"hello")
    assert s3.get_object(Bucket="gateway-a", Key="folder/hello wörld.txt")["Body"].read() == b"hello"


def test_head_of_a_missing_object_is_not_found(cloud) -> None:
    s3 = cloud.client("s3")
    s3.create_bucket(Bucket="gateway-b", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    with pytest.raises(ClientError) as error:
        s3.head_object(Bucket="gateway-b", Key="nothing")
    assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 404


def test_aws_cli_is_a_client(cloud) -> None:
    identity = cloud.aws("sts", "get-caller-identity")
    assert identity["Account"] == "123456789012"
    assert ":assumed-role/administrator/" in identity["Arn"]


def test_input_is_checked_against_the_service_model(cloud) -> None:
    with pytest.raises(
        ClientError, match="failed to satisfy constraint: Member must satisfy regular expression"
    ) as e:
        cloud.client("sagemaker").create_model_package_group(ModelPackageGroupName="not a name")
    assert e.value.response["Error"]["Code"] == "ValidationException"


def test_unknown_operation_is_a_clear_error_and_is_listed(cloud) -> None:
    with pytest.raises(ClientError, match="does not imitate sagemaker:CreateHub") as error:
        cloud.client("sagemaker").create_hub(HubName="h", HubDescription="d")
    assert error.value.response["Error"]["Code"] == "NotImplementedByLocalCloud"
    assert cloud.internal.call_log.unsupported_counts()["sagemaker:CreateHub"] == 1


def test_unknown_service_is_a_clear_error(cloud) -> None:
    with pytest.raises(ClientError, match="does not imitate groundstation:ListConfigs"):
        cloud.client("groundstation").list_configs()


def test_unknown_operation_of_a_query_service_is_xml(cloud) -> None:
    with pytest.raises(subprocess.CalledProcessError) as error:
        cloud.aws("iam", "get-context-keys-for-custom-policy", "--policy-input-list", "{}")
    assert "does not imitate iam:GetContextKeysForCustomPolicy" in error.value.stderr


def test_calls_are_recorded_without_secrets(cloud) -> None:
    cloud.client("secretsmanager").create_secret(Name="recorded", SecretString="canary-5f1c")
    calls = [c for c in cloud.internal.call_log.read() if c["operation"] == "CreateSecret"]
    assert calls[-1]["principal"] == "arn:aws:sts::123456789012:assumed-role/administrator/localcloud"
    assert calls[-1]["parameters"]["Name"] == "recorded"
    assert calls[-1]["parameters"]["SecretString"] == "<sensitive>"
    assert "canary-5f1c" not in cloud.internal.call_log.path.read_text()


def test_failed_calls_are_recorded_with_their_code(cloud) -> None:
    with pytest.raises(ClientError):
        cloud.client("iam").get_role(RoleName="nobody")
    call = [c for c in cloud.internal.call_log.read() if c["operation"] == "GetRole"][-1]
    assert (call["status"], call["error"]) == (404, "NoSuchEntity")
