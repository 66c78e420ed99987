"""Models, configurations and endpoints that answer."""

import json
import time
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localcloud.services.sagemaker.store import store_of
from tests.localcloud.sagemaker.hosting.conftest import ENVIRONMENT, IMAGE, Hosting, variant


def test_an_endpoint_answers(hosting: Hosting, endpoint: str) -> None:
    answer = hosting.runtime.invoke_endpoint(EndpointName=endpoint, Body="1,2.5", ContentType="text/csv")
    assert json.loads(answer["Body"].read()) == {"predictions": [2.0, 5.0]}
    assert (answer["ContentType"], answer["InvokedProductionVariant"]) == ("application/json", "v1")

    csv = hosting.runtime.invoke_endpoint(
        EndpointName=endpoint, Body=b"3", ContentType="text/csv", Accept="text/csv", TargetVariant="v1"
    )
    assert (csv["Body"].read(), csv["ContentType"]) == (b"6.0", "text/csv")


def test_the_clients_of_the_command_line(hosting: Hosting, endpoint: str, tmp_path) -> None:
    body = tmp_path / "body"
    body.write_text("4")
    hosting.sample.cloud.aws(
        "sagemaker-runtime", "invoke-endpoint", "--endpoint-name", endpoint, "--content-type", "text/csv",
        "--body", f"fileb://{body}", str(tmp_path / "answer"),
    )  # fmt: skip
    assert json.loads((tmp_path / "answer").read_text()) == {"predictions": [8.0]}


def test_what_an_endpoint_tells_of_itself(hosting: Hosting, endpoint: str) -> None:
    described = hosting.client.describe_endpoint(EndpointName=endpoint)
    (deployed,) = described["ProductionVariants"]
    assert deployed["DeployedImages"][0]["SpecifiedImage"] == IMAGE
    assert (deployed["CurrentWeight"], deployed["DesiredInstanceCount"]) == (1.0, 1)
    listed = hosting.client.list_endpoints(NameContains=endpoint, StatusEquals="InService")["Endpoints"]
    assert [item["EndpointArn"] for item in listed] == [described["EndpointArn"]]
    hosting.client.add_tags(ResourceArn=described["EndpointArn"], Tags=[{"Key": "commit", "Value": "abc"}])
    assert hosting.client.list_tags(ResourceArn=described["EndpointArn"])["Tags"] == [
        {"Key": "commit", "Value": "abc"}
    ]


def test_the_containers_log(hosting: Hosting, endpoint: str) -> None:
    hosting.ask(endpoint)
    logs = hosting.sample.cloud.client("logs")
    deadline = time.monotonic() + 5
    while True:
        events = logs.filter_log_events(logGroupName=f"/aws/sagemaker/Endpoints/{endpoint}")["events"]
        lines = "\n".join(event["message"] for event in events)
        if '"POST /invocations HTTP/1.1" 200' in lines or time.monotonic() > deadline:
            break
        time.sleep(0.05)
    assert "predicting" in lines
    assert '"POST /invocations HTTP/1.1" 200' in lines
    assert "loading with ASIA" in lines
    assert events[0]["logStreamName"].startswith("v1/i-")


def test_an_error_of_the_model(hosting: Hosting, endpoint: str) -> None:
    with pytest.raises(ClientError) as raised:
        hosting.runtime.invoke_endpoint(EndpointName=endpoint, Body="{}", ContentType="application/json")
    response = raised.value.response
    assert response["Error"]["Code"] == "ModelError"
    assert response["Error"]["Message"].startswith(
        'Received server error (500) from primary with message "<!doctype'
    )
    assert f"/aws/sagemaker/Endpoints/{endpoint} in account 123456789012" in response["Error"]["Message"]
    assert response["OriginalStatusCode"] == 500
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 424


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"TargetVariant": "nobody"}, "Variant nobody not found"),
        ({"TargetModel": "a.tar.gz"}, "TargetModel is not supported"),
        ({"Body": b"1" * (6 * 1024 * 1024 + 1)}, "less than or equal to 6291456"),
    ],
)
def test_what_invoking_refuses(hosting: Hosting, endpoint: str, arguments: dict, words: str) -> None:
    with pytest.raises(ClientError, match=words) as raised:
        hosting.runtime.invoke_endpoint(
            **{"EndpointName": endpoint, "Body": b"1", "ContentType": "text/csv", **arguments}
        )
    assert raised.value.response["Error"]["Code"] == "ValidationError"


def test_a_model_package_serves_what_was_registered(hosting: Hosting) -> None:
    client, bucket = hosting.client, hosting.sample.bucket
    hosted = client.describe_model(ModelName=hosting.model(3))
    container = {
        "Image": IMAGE,
        "ModelDataUrl": hosted["PrimaryContainer"]["ModelDataUrl"],
        "Environment": ENVIRONMENT,
    }
    group = f"{bucket}-registered"
    client.create_model_package_group(ModelPackageGroupName=group)
    package = client.create_model_package(
        ModelPackageGroupName=group,
        InferenceSpecification={
            "Containers": [container],
            "SupportedContentTypes": ["text/csv"],
            "SupportedResponseMIMETypes": ["text/csv"],
        },
    )["ModelPackageArn"]
    client.create_model(
        ModelName="of-a-package", Containers=[{"ModelPackageName": package}], ExecutionRoleArn=hosting.role_arn
    )
    assert client.describe_model(ModelName="of-a-package")["Containers"] == [
        {"Mode": "SingleModel", "ModelPackageName": package}
    ]
    name = hosting.endpoint(hosting.config("of-a-package"))
    assert hosting.ask(name, "5") == [15.0]


def test_a_model_that_does_not_load_fails_the_endpoint(hosting: Hosting) -> None:
    name = hosting.endpoint(hosting.config(hosting.model(None)), wait="Failed")
    described = hosting.client.describe_endpoint(EndpointName=name)
    assert described["FailureReason"] == (
        "The primary container for production variant v1 did not pass the ping health check. Please check "
        "CloudWatch logs for this endpoint."
    )
    events = hosting.sample.cloud.client("logs").filter_log_events(
        logGroupName=f"/aws/sagemaker/Endpoints/{name}"
    )["events"]
    assert "RuntimeError: this model cannot be loaded" in [event["message"] for event in events]
    with pytest.raises(ClientError, match="not found"):
        hosting.ask(name)


def test_weights_share_the_traffic(hosting: Hosting) -> None:
    first, second = hosting.model(1), hosting.model(10)
    config = hosting.config(
        ProductionVariants=[
            variant("a", first, InitialVariantWeight=3.0),
            variant("b", second, InitialVariantWeight=1.0),
        ]
    )
    name = hosting.endpoint(config)
    answers = [hosting.ask(name, "1")[0] for _ in range(8)]
    assert (answers.count(1.0), answers.count(10.0)) == (6, 2)


def test_a_container_that_dies_is_started_anew(hosting: Hosting) -> None:
    name = hosting.endpoint(hosting.config(hosting.model(2)))
    with pytest.raises(ClientError) as raised:
        hosting.ask(name, "!die")
    assert raised.value.response["Error"]["Code"] == "ModelError"
    deadline = time.monotonic() + 10
    while True:
        try:
            answer = hosting.ask(name, "1")
        except ClientError:
            assert time.monotonic() < deadline
            time.sleep(0.1)
            continue
        break
    assert answer == [2.0]


@pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="memory is read from /proc")
def test_a_further_model_costs_little_memory(hosting: Hosting, endpoint: str) -> None:
    store = store_of("123456789012", "eu-central-1")
    names = [endpoint, hosting.endpoint(hosting.config(hosting.model(2)))]
    for name in names:
        hosting.ask(name)
        (variant,) = store.endpoints[name].fleet.variants.values()
        text = Path(f"/proc/{variant.server.pid}/smaps_rollup").read_text()
        private = sum(int(line.split()[1]) for line in text.splitlines() if line.startswith("Private_"))
        assert private < 40_000, f"{private} kB are the process's own"


def test_nothing_stays_when_an_endpoint_is_deleted(hosting: Hosting) -> None:
    model = hosting.model(2)
    config = hosting.config(model)
    name = hosting.endpoint(config)
    (home,) = hosting.ask(name, "!where")
    hosting.client.delete_endpoint(EndpointName=name)
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            hosting.client.describe_endpoint(EndpointName=name)
        except ClientError as error:
            assert "Could not find endpoint" in error.response["Error"]["Message"]
            break
        time.sleep(0.05)
    hosting.client.delete_endpoint_config(EndpointConfigName=config)
    hosting.client.delete_model(ModelName=model)
    assert not Path(home).exists()
    for call, words in (
        (lambda: hosting.ask(name), f"Endpoint {name} of account 123456789012 not found."),
        (
            lambda: hosting.client.describe_endpoint_config(EndpointConfigName=config),
            "Could not find endpoint conf",
        ),
        (lambda: hosting.client.describe_model(ModelName=model), "Could not find model"),
        (lambda: hosting.client.delete_endpoint(EndpointName=name), "Could not find endpoint"),
    ):
        with pytest.raises(ClientError, match=words):
            call()


def test_a_scalable_target_takes_its_policies_with_it(hosting: Hosting, endpoint: str) -> None:
    scaling = hosting.sample.cloud.client("application-autoscaling")
    cloudwatch = hosting.sample.cloud.client("cloudwatch")
    target = {
        "ServiceNamespace": "sagemaker",
        "ResourceId": f"endpoint/{endpoint}/variant/v1",
        "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
    }
    scaling.register_scalable_target(**target, MinCapacity=1, MaxCapacity=2)
    metric = {"PredefinedMetricType": "SageMakerVariantInvocationsPerInstance"}
    scaling.put_scaling_policy(
        **target,
        PolicyName="load",
        PolicyType="TargetTrackingScaling",
        TargetTrackingScalingPolicyConfiguration={
            "TargetValue": 100.0,
            "PredefinedMetricSpecification": metric,
        },
    )

    scaling.deregister_scalable_target(**target)

    assert scaling.describe_scaling_policies(**target)["ScalingPolicies"] == []
    alarms = cloudwatch.describe_alarms(AlarmNamePrefix=f"TargetTracking-endpoint/{endpoint}")["MetricAlarms"]
    assert alarms == []
    with pytest.raises(ClientError, match="No scalable target found"):
        scaling.deregister_scalable_target(**target)


def test_what_is_asked_about_a_scalable_target_names_its_service_and_its_tags(
    hosting: Hosting, endpoint: str
) -> None:
    scaling = hosting.sample.cloud.client("application-autoscaling")
    target = {
        "ServiceNamespace": "sagemaker",
        "ResourceId": f"endpoint/{endpoint}/variant/v1",
        "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
    }
    namespace = {
        "application-autoscaling:service-namespace": "sagemaker",
        "application-autoscaling:scalable-dimension": "sagemaker:variant:DesiredInstanceCount",
    }
    tag = {"aws:ResourceTag/sagemaker:project-id": "p-abc"}

    def asked(operation: str, **parameters: Any) -> list[tuple[str, Any]]:
        found = hosting.sample.cloud.internal.questions.of_call(
            hosting.role_arn, "application-autoscaling", operation, parameters, region=scaling.meta.region_name
        )
        return [(item["action"].split(":")[1], item["context"]) for item in found["authorizations"]]

    assert asked("PutScalingPolicy", **target) == [("PutScalingPolicy", namespace)]
    arn = scaling.register_scalable_target(
        **target, MinCapacity=1, MaxCapacity=2, Tags={"sagemaker:project-id": "p-abc"}
    )["ScalableTargetARN"]

    assert asked("PutScalingPolicy", **target) == [("PutScalingPolicy", {**namespace, **tag})]
    assert asked("UntagResource", ResourceARN=arn, TagKeys=["a"]) == [("UntagResource", tag)]
