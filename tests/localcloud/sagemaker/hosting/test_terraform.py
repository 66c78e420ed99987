"""What the AWS provider makes of an endpoint and of everything around it."""

import shutil
import time
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from tests.localcloud.sagemaker.conftest import token
from tests.localcloud.sagemaker.hosting.conftest import IMAGE, Hosting, archive
from tests.localcloud.sagemaker.test_terraform import Terraform


@pytest.mark.terraform
@pytest.mark.skipif(shutil.which("terraform") is None, reason="needs Terraform")
def test_an_endpoint_from_apply_to_destroy(hosting: Hosting, tmp_path: Path) -> None:
    shutil.copy(Path(__file__).with_name("deployment.tf"), tmp_path / "main.tf")
    name, bucket = f"terraform-{token()[:8]}", hosting.sample.bucket
    for version, factor in (("1", 2), ("2", 3)):
        key = f"{name}/{version}/model.tar.gz"
        hosting.sample.cloud.client("s3").put_object(Bucket=bucket, Key=key, Body=archive(factor))
    variables = {"name": name, "role_arn": hosting.role_arn, "bucket": bucket, "image": IMAGE}
    terraform = Terraform(
        tmp_path,
        {**hosting.sample.cloud.environment, **{f"TF_VAR_{key}": value for key, value in variables.items()}},
    )

    def data(version: str) -> str:
        return f"-var=model_data=s3://{bucket}/{name}/{version}/model.tar.gz"

    terraform.run("init", "-input=false")
    terraform.run("apply", "-auto-approve", data("1"))
    terraform.run("plan", "-detailed-exitcode", data("1"))  # exit code 0: no changes
    assert hosting.ask(name, "1") == [2.0]
    described = hosting.client.describe_endpoint(EndpointName=name)
    tags = hosting.client.list_tags(ResourceArn=described["EndpointArn"])["Tags"]
    assert {"Key": "sagemaker:project-id", "Value": "p-terraform"} in tags

    terraform.run("apply", "-auto-approve", data("2"))
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

    terraform.run("destroy", "-auto-approve", data("2"))
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
