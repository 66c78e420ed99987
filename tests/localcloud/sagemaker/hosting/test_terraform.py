"""What the AWS provider makes of an endpoint and of everything around it."""

import time
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from tests.localcloud.sagemaker.conftest import token
from tests.localcloud.sagemaker.hosting.conftest import IMAGE, Hosting, archive
from tests.localcloud.terraform import Terraform

CONFIGURATION = Path(__file__).with_name("deployment.tf")
pytestmark = pytest.mark.terraform


def test_an_endpoint_from_apply_to_destroy(hosting: Hosting, tmp_path: Path) -> None:
    name, bucket = f"terraform-{token()[:8]}", hosting.sample.bucket
    for version, factor in (("1", 2), ("2", 3)):
        key = f"{name}/{version}/model.tar.gz"
        hosting.sample.cloud.client("s3").put_object(Bucket=bucket, Key=key, Body=archive(factor))

    def data(version: str) -> str:
        return f"s3://{bucket}/{name}/{version}/model.tar.gz"

    variables = {"name": name, "role_arn": hosting.role_arn, "bucket": bucket, "image": IMAGE}
    terraform = Terraform(tmp_path, CONFIGURATION, hosting.sample.cloud.environment, **variables)
    terraform.apply(model_data=data("1"))
    assert hosting.ask(name, "1") == [2.0]
    described = hosting.client.describe_endpoint(EndpointName=name)
    tags = hosting.client.list_tags(ResourceArn=described["EndpointArn"])["Tags"]
    assert {"Key": "sagemaker:project-id", "Value": "p-terraform"} in tags

    terraform.apply(model_data=data("2"))
    assert hosting.ask(name, "1") == [3.0]

    autoscaling = hosting.sample.cloud.client("application-autoscaling")
    for target, words in (
        ({"ResourceId": f"endpoint/{name}/variant/nobody"}, "Could not find endpoint or variant"),
        ({"ResourceId": f"endpoint/{name}/variant/v1", "MinCapacity": 0}, "only asynchronous endpoints"),
    ):
        with pytest.raises(ClientError, match=words):
            autoscaling.register_scalable_target(
                ServiceNamespace="sagemaker",
                ScalableDimension="sagemaker:variant:DesiredInstanceCount",
                **{"MinCapacity": 1, "MaxCapacity": 2, **target},
            )

    terraform.destroy()
    deadline = time.monotonic() + 10
    client = hosting.client
    for look in (
        lambda: client.describe_endpoint(EndpointName=name),
        lambda: client.describe_monitoring_schedule(MonitoringScheduleName=name),
        lambda: client.describe_data_quality_job_definition(JobDefinitionName=name),
    ):
        while time.monotonic() < deadline:
            try:
                look()
            except ClientError as error:
                assert "ould not find" in str(error) or "not found" in str(error)
                break
            time.sleep(0.1)
    assert not client.list_models(NameContains=name)["Models"]
    assert not client.list_endpoint_configs(NameContains=name)["EndpointConfigs"]
    cloudwatch = hosting.sample.cloud.client("cloudwatch")
    assert not cloudwatch.describe_alarms(AlarmNamePrefix=name)["MetricAlarms"]
