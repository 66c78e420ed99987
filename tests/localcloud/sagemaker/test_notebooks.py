"""Notebook instances are described as they were made."""

from tests.localcloud.sagemaker.conftest import TAGS, Sample, token


def test_an_instance_tells_its_platform_and_metadata_service(sample: Sample) -> None:
    name = f"notebook-{token()[:8]}"
    metadata = {"MinimumInstanceMetadataServiceVersion": "2"}

    made = sample.sagemaker.create_notebook_instance(
        NotebookInstanceName=name,
        InstanceType="ml.t3.medium",
        RoleArn="arn:aws:iam::123456789012:role/notebooks",
        DirectInternetAccess="Disabled",
        SubnetId="subnet-1",
        SecurityGroupIds=["sg-1"],
        PlatformIdentifier="notebook-al2-v3",
        InstanceMetadataServiceConfiguration=metadata,
        Tags=TAGS,
    )

    described = sample.sagemaker.describe_notebook_instance(NotebookInstanceName=name)
    assert described["PlatformIdentifier"] == "notebook-al2-v3"
    assert described["InstanceMetadataServiceConfiguration"] == metadata
    assert (described["SubnetId"], described["DirectInternetAccess"]) == ("subnet-1", "Disabled")
    assert sample.sagemaker.list_tags(ResourceArn=made["NotebookInstanceArn"])["Tags"] == TAGS
