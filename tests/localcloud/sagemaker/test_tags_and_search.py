"""Tags of SageMaker's resources, and finding resources by them."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.localcloud.sagemaker.conftest import TAGS, Sample, token


@pytest.fixture
def project(sample: Sample) -> dict[str, str]:
    """A pipeline with an execution and a package, tagged with a project of their own."""
    name = f"project-{token()[:8]}"
    tags = [{"Key": "sagemaker:project-name", "Value": name}]
    pipeline = sample.create(Tags=tags)
    execution = sample.start(pipeline)
    sample.wait(execution)
    package = sample.steps(execution)["Register"]["Metadata"]["RegisterModel"]["Arn"]
    return {"name": name, "pipeline": pipeline, "execution": execution, "package": package}


def found(sample: Sample, resource: str, *filters: dict[str, str], **more: Any) -> list[dict[str, Any]]:
    expression = {**({"Filters": list(filters)} if filters else {}), **more}
    answer = sample.sagemaker.search(Resource=resource, SearchExpression=expression)
    return [item[resource] for item in answer["Results"]]


def test_resources_are_found_by_the_projects_tag(sample: Sample, project: dict[str, str]) -> None:
    tag = {"Name": "Tags.sagemaker:project-name", "Operator": "Equals", "Value": project["name"]}
    assert [item["PipelineName"] for item in found(sample, "Pipeline", tag)] == [project["pipeline"]]
    executions = found(sample, "PipelineExecution", tag)
    assert [item["PipelineExecutionArn"] for item in executions] == [project["execution"]]
    assert len(found(sample, "TrainingJob", tag)) == 1
    succeeded = {"Name": "PipelineExecutionStatus", "Operator": "Equals", "Value": "Succeeded"}
    failed = {**succeeded, "Value": "Failed"}
    assert found(sample, "PipelineExecution", tag, succeeded)
    assert not found(sample, "PipelineExecution", tag, failed)
    either = found(
        sample, "PipelineExecution", SubExpressions=[{"Filters": [succeeded, failed], "Operator": "Or"}]
    )
    assert project["execution"] in [item["PipelineExecutionArn"] for item in either]
    version = {"Name": "ModelPackageArn", "Operator": "Equals", "Value": project["package"]}
    assert found(sample, "ModelPackage", version)[0]["ModelApprovalStatus"] == "PendingManualApproval"


def test_the_tagging_api_finds_them_too(sample: Sample, project: dict[str, str]) -> None:
    tagging = sample.cloud.client("resourcegroupstaggingapi")
    filters = [{"Key": "sagemaker:project-name", "Values": [project["name"]]}]
    arns = [item["ResourceARN"] for item in tagging.get_resources(TagFilters=filters)["ResourceTagMappingList"]]
    assert any(arn.endswith(f"pipeline/{project['pipeline']}") for arn in arns)
    assert project["execution"] in arns
    assert sum("processing-job" in arn for arn in arns) == 2
    pipeline = next(arn for arn in arns if arn.endswith(f"pipeline/{project['pipeline']}"))
    tagging.tag_resources(ResourceARNList=[pipeline], Tags={"more": "1"})
    assert {"Key": "more", "Value": "1"} in sample.sagemaker.list_tags(ResourceArn=pipeline)["Tags"]
    tagging.untag_resources(ResourceARNList=[pipeline], TagKeys=["more"])
    assert {"Key": "more", "Value": "1"} not in sample.sagemaker.list_tags(ResourceArn=pipeline)["Tags"]


def test_tags_are_added_replaced_and_removed(sample: Sample) -> None:
    client = sample.sagemaker
    arn = client.describe_pipeline(PipelineName=sample.create(Tags=TAGS))["PipelineArn"]
    client.add_tags(
        ResourceArn=arn, Tags=[{"Key": "sagemaker:project-id", "Value": "p-other"}, {"Key": "x", "Value": ""}]
    )
    tags = {tag["Key"]: tag["Value"] for tag in client.list_tags(ResourceArn=arn)["Tags"]}
    assert tags == {"sagemaker:project-name": "Sample", "sagemaker:project-id": "p-other", "x": ""}
    client.delete_tags(ResourceArn=arn, TagKeys=["x", "never there"])
    assert len(client.list_tags(ResourceArn=arn)["Tags"]) == 2
    with pytest.raises(ClientError, match="Duplicate tag keys found: a"):
        client.add_tags(ResourceArn=arn, Tags=[{"Key": "a", "Value": "1"}, {"Key": "a", "Value": "2"}])


def test_what_moto_keeps_has_tags_as_well(sample: Sample) -> None:
    client, name = sample.sagemaker, f"model-{token()[:8]}"
    image = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/sagemaker-scikit-learn:1.9-0"
    arn = client.create_model(
        ModelName=name, ExecutionRoleArn=sample.role_arn, PrimaryContainer={"Image": image}, Tags=TAGS
    )["ModelArn"]
    client.add_tags(ResourceArn=arn, Tags=[{"Key": "sagemaker:project-id", "Value": "p-new"}])
    tags = {tag["Key"]: tag["Value"] for tag in client.list_tags(ResourceArn=arn)["Tags"]}
    assert tags == {"sagemaker:project-name": "Sample", "sagemaker:project-id": "p-new"}
    client.delete_tags(ResourceArn=arn, TagKeys=["sagemaker:project-id"])
    assert len(client.list_tags(ResourceArn=arn)["Tags"]) == 1


@pytest.mark.parametrize("resource", ["pipeline/none", "model/none", "training-job/none", "nonsense/none"])
def test_an_unknown_resource_has_no_tags(sample: Sample, resource: str) -> None:
    with pytest.raises(ClientError, match="Could not find") as raised:
        sample.sagemaker.list_tags(ResourceArn=f"arn:aws:sagemaker:eu-central-1:123456789012:{resource}")
    assert raised.value.response["Error"]["Code"] == "ValidationException"
