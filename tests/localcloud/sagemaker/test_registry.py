"""The model registry."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.localcloud.sagemaker.conftest import TAGS, Sample, token

IMAGE = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/sagemaker-scikit-learn:1.9-0"


@pytest.fixture
def group(sample: Sample) -> str:
    name = f"Registry-{token()[:8]}"
    sample.sagemaker.create_model_package_group(
        ModelPackageGroupName=name, ModelPackageGroupDescription="models of the test", Tags=TAGS
    )
    return name


def inference(sample: Sample) -> dict[str, Any]:
    sample.cloud.client("s3").put_object(Bucket=sample.bucket, Key="registry/model.tar.gz", Body=b"model")
    return {
        "Containers": [{"Image": IMAGE, "ModelDataUrl": f"s3://{sample.bucket}/registry/model.tar.gz"}],
        "SupportedContentTypes": ["text/csv"],
        "SupportedResponseMIMETypes": ["text/csv"],
    }


def metrics(sample: Sample) -> dict[str, Any]:
    source = {"ContentType": "application/json", "S3Uri": f"s3://{sample.bucket}/registry/report.json"}
    return {"ModelQuality": {"Statistics": source}}


def register(sample: Sample, group: str, **more: Any) -> str:
    answer = sample.sagemaker.create_model_package(
        ModelPackageGroupName=group, InferenceSpecification=inference(sample), **more
    )
    return answer["ModelPackageArn"]


def test_a_package_is_told_as_it_was_registered(sample: Sample, group: str) -> None:
    given = {
        "ModelPackageDescription": "the first",
        "ModelMetrics": metrics(sample),
        "DriftCheckBaselines": {"ModelQuality": metrics(sample)["ModelQuality"]},
        "CustomerMetadataProperties": {"commit": "abc"},
        "MetadataProperties": {"CommitId": "abc", "ProjectId": "p-sample1"},
        "Domain": "MACHINE_LEARNING",
        "Task": "REGRESSION",
    }
    arn = register(sample, group, **given)
    assert arn.endswith(f":model-package/{group}/1")

    package = sample.sagemaker.describe_model_package(ModelPackageName=arn)

    assert {name: package[name] for name in given} == given
    assert package["InferenceSpecification"] == inference(sample)
    assert package["ModelPackageGroupName"] == group
    assert package["ModelPackageVersion"] == 1
    assert package["ModelPackageStatus"] == "Completed"
    assert package["ModelApprovalStatus"] == "PendingManualApproval"
    assert "ModelPackageName" not in package
    assert "IamIdentity" in package["CreatedBy"]
    tags = sample.sagemaker.list_tags(ResourceArn=arn)["Tags"]
    assert tags == TAGS, "a version has the tags of its group"


def test_versions_are_never_used_twice(sample: Sample, group: str) -> None:
    arns = [register(sample, group) for _ in range(3)]
    assert [arn.rsplit("/", 1)[-1] for arn in arns] == ["1", "2", "3"]
    sample.sagemaker.delete_model_package(ModelPackageName=arns[2])
    with pytest.raises(ClientError, match="does not exist"):
        sample.sagemaker.describe_model_package(ModelPackageName=arns[2])
    assert register(sample, group).endswith("/4")


def test_packages_are_listed_by_approval(sample: Sample, group: str) -> None:
    first, second = register(sample, group), register(sample, group)
    sample.sagemaker.update_model_package(ModelPackageArn=first, ModelApprovalStatus="Approved")
    listed = sample.sagemaker.list_model_packages

    def arns(**filters: str) -> list[str]:
        return [item["ModelPackageArn"] for item in listed(**filters)["ModelPackageSummaryList"]]

    assert arns(ModelPackageGroupName=group) == [first, second]
    assert arns(ModelPackageGroupName=group, SortOrder="Descending") == [second, first]
    assert arns(ModelPackageGroupName=group, ModelApprovalStatus="Approved") == [first]
    assert first not in arns(), "without a group only packages that are no versions"
    assert first in arns(ModelPackageType="Versioned", NameContains=group)


def test_an_approval_is_an_event(sample: Sample, group: str) -> None:
    seen: list[dict[str, Any]] = []
    sample.cloud.internal.events.subscribe("sagemaker.model-package", seen.append)
    events, logs = sample.cloud.client("events"), sample.cloud.client("logs")
    log_group = f"/registry/{group}"
    logs.create_log_group(logGroupName=log_group)
    pattern = {
        "source": ["aws.sagemaker"],
        "detail-type": ["SageMaker Model Package State Change"],
        "detail": {"ModelPackageGroupName": [group], "ModelApprovalStatus": ["Approved"]},
    }
    events.put_rule(Name=group, EventPattern=json.dumps(pattern))
    target = f"arn:aws:logs:eu-central-1:123456789012:log-group:{log_group}"
    events.put_targets(Rule=group, Targets=[{"Id": "logs", "Arn": target}])
    arn = register(sample, group, CustomerMetadataProperties={"a": "1", "b": "2"})

    sample.sagemaker.update_model_package(
        ModelPackageArn=arn,
        ModelApprovalStatus="Approved",
        ApprovalDescription="good enough",
        CustomerMetadataProperties={"c": "3"},
        CustomerMetadataPropertiesToRemove=["a"],
    )

    package = sample.sagemaker.describe_model_package(ModelPackageName=arn)
    assert package["ModelApprovalStatus"] == "Approved"
    assert package["ApprovalDescription"] == "good enough"
    assert package["CustomerMetadataProperties"] == {"b": "2", "c": "3"}
    assert package["LastModifiedTime"] >= package["CreationTime"]
    own = [event for event in seen if event["arn"] == arn]
    assert [event["approval_status"] for event in own] == ["PendingManualApproval", "Approved"]
    (message,) = logs.filter_log_events(logGroupName=log_group)["events"]
    event = json.loads(message["message"])
    assert event["detail-type"] == "SageMaker Model Package State Change"
    assert event["resources"] == [arn]
    assert event["detail"]["ModelPackageArn"] == arn
    assert event["detail"]["ModelPackageVersion"] == 1
    assert event["detail"]["UpdatedModelPackageFields"] == [
        "ModelApprovalStatus", "ApprovalDescription", "CustomerMetadataProperties",
    ]  # fmt: skip
    assert event["detail"]["CreationTime"].endswith("Z")
    events.remove_targets(Rule=group, Ids=["logs"])
    events.delete_rule(Name=group)


def test_a_group_with_packages_cannot_be_deleted(sample: Sample, group: str) -> None:
    client = sample.sagemaker
    arn = register(sample, group)
    with pytest.raises(ClientError, match="still contains Model Packages") as raised:
        client.delete_model_package_group(ModelPackageGroupName=group)
    assert raised.value.response["Error"]["Code"] == "ConflictException"
    client.delete_model_package(ModelPackageName=arn)
    client.delete_model_package_group(ModelPackageGroupName=group)
    with pytest.raises(ClientError, match=r"ModelPackageGroup arn:.* does not exist"):
        client.describe_model_package_group(ModelPackageGroupName=group)
    with pytest.raises(ClientError, match="does not exist"):
        client.delete_model_package_group(ModelPackageGroupName=group)


def test_a_group_is_created_once(sample: Sample, group: str) -> None:
    described = sample.sagemaker.describe_model_package_group(ModelPackageGroupName=group)
    assert described["ModelPackageGroupStatus"] == "Completed"
    assert described["ModelPackageGroupDescription"] == "models of the test"
    with pytest.raises(ClientError, match="Model Package Group already exists"):
        sample.sagemaker.create_model_package_group(ModelPackageGroupName=group)
    listed = sample.sagemaker.list_model_package_groups(NameContains=group.lower())["ModelPackageGroupSummaryList"]
    assert [item["ModelPackageGroupName"] for item in listed] == [group]


def test_a_package_without_a_group(sample: Sample) -> None:
    name = f"alone-{token()[:8]}"
    client = sample.sagemaker
    answer = client.create_model_package(
        ModelPackageName=name, InferenceSpecification=inference(sample), Tags=TAGS
    )
    package = client.describe_model_package(ModelPackageName=name)
    assert package["ModelPackageArn"] == answer["ModelPackageArn"]
    assert package["ModelPackageName"] == name
    assert "ModelApprovalStatus" not in package
    with pytest.raises(ClientError, match="versions of a model package group only"):
        client.update_model_package(ModelPackageArn=answer["ModelPackageArn"], ModelApprovalStatus="Approved")
    client.delete_model_package(ModelPackageName=name)


def test_registering_twice_with_one_token_registers_once(sample: Sample, group: str) -> None:
    client_token = token()
    assert register(sample, group, ClientToken=client_token) == register(sample, group, ClientToken=client_token)


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"ModelPackageGroupName": "no-such-group"}, "does not exist"),
        ({"ModelPackageName": "both"}, "Cannot determine which one to use"),
        ({"Tags": TAGS}, "it has the tags of its group"),
        ({"ModelApprovalStatus": "Maybe"}, "Member must satisfy enum value set"),
    ],
)
def test_what_is_not_registered(sample: Sample, group: str, more: dict[str, Any], reason: str) -> None:
    words = {"ModelPackageGroupName": group, "InferenceSpecification": inference(sample), **more}
    with pytest.raises(ClientError, match=reason):
        sample.sagemaker.create_model_package(**words)


def test_a_model_must_be_there(sample: Sample, group: str) -> None:
    specification = inference(sample)
    specification["Containers"][0]["ModelDataUrl"] = f"s3://{sample.bucket}/registry/none.tar.gz"
    with pytest.raises(ClientError, match="Could not find model data"):
        sample.sagemaker.create_model_package(ModelPackageGroupName=group, InferenceSpecification=specification)
    with pytest.raises(ClientError, match="ModelPackageName or ModelPackageGroupName"):
        sample.sagemaker.create_model_package(InferenceSpecification=inference(sample))


def test_the_aws_cli_approves(sample: Sample, group: str) -> None:
    arn = register(sample, group)
    sample.cloud.aws(
        *("sagemaker", "update-model-package", "--model-package-arn", arn, "--model-approval-status", "Rejected")
    )
    listed = sample.cloud.aws("sagemaker", "list-model-packages", "--model-package-group-name", group)
    assert listed["ModelPackageSummaryList"][0]["ModelApprovalStatus"] == "Rejected"
