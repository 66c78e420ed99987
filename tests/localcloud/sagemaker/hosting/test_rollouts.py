"""Updates: traffic shifts, requests are answered throughout, an alarm brings the old model back."""

import json
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import urllib3
from botocore.exceptions import ClientError

from tests.localcloud.sagemaker.conftest import token
from tests.localcloud.sagemaker.hosting.conftest import Hosting, variant

RATE, SECONDS = 50, 5


def control(hosting: Hosting, name: str, **wanted: Any) -> Any:
    url = f"{hosting.sample.cloud.endpoint}/_localcloud/{name}"
    answer = urllib3.request("POST", url, json=wanted)
    assert answer.status == 200, answer.data
    return answer.json()


def routing(kind: str, wait: int = 60, **more: Any) -> dict[str, Any]:
    configuration = {"Type": kind, "WaitIntervalInSeconds": wait, **more}
    return {"BlueGreenUpdatePolicy": {"TrafficRoutingConfiguration": configuration}}


def percent(value: int) -> dict[str, Any]:
    return {"Type": "CAPACITY_PERCENT", "Value": value}


CANARY = routing("CANARY", CanarySize=percent(20))


@pytest.fixture
def errors_alarm(hosting: Hosting) -> Any:
    """Makes an alarm that watches the errors of an endpoint."""
    client = hosting.sample.cloud.client("cloudwatch")
    made = []

    def make(endpoint: str, **more: Any) -> str:
        name = f"errors-{token()[:8]}"
        dimensions = {"EndpointName": endpoint, "VariantName": "v1"}
        arguments = {
            "Namespace": "AWS/SageMaker",
            "MetricName": "Invocation5XXErrors",
            "Dimensions": [{"Name": key, "Value": value} for key, value in dimensions.items()],
            "Statistic": "Sum",
            "Period": 60,
            "EvaluationPeriods": 1,
            "Threshold": 1.0,
            "ComparisonOperator": "GreaterThanOrEqualToThreshold",
            "TreatMissingData": "notBreaching",
            **more,
        }
        client.put_metric_alarm(AlarmName=name, **arguments)
        made.append(name)
        return name

    yield make
    client.delete_alarms(AlarmNames=made)


class Load:
    """Asks an endpoint steadily and keeps what it was told."""

    def __init__(self, hosting: Hosting, endpoint: str) -> None:
        self._hosting, self._endpoint = hosting, endpoint
        self._pool = ThreadPoolExecutor(10)
        self._client = hosting.runtime

    def run(self, seconds: float = SECONDS) -> Counter[str]:
        """What was answered, and how often."""
        began = time.monotonic()
        futures = []
        for number in range(int(RATE * seconds)):
            time.sleep(max(0.0, began + number / RATE - time.monotonic()))
            futures.append(self._pool.submit(self._ask))
        return Counter(future.result() for future in futures)

    def _ask(self) -> str:
        try:
            answer = self._client.invoke_endpoint(EndpointName=self._endpoint, Body="1", ContentType="text/csv")
        except ClientError as error:
            return error.response["Error"]["Code"]
        return answer["Body"].read().decode()


def test_no_request_is_lost_while_traffic_shifts(hosting: Hosting) -> None:
    name = hosting.endpoint(hosting.config(hosting.model(2)))
    load = Load(hosting, name)
    config = hosting.config(hosting.model(3))
    hosting.client.update_endpoint(EndpointName=name, EndpointConfigName=config, DeploymentConfig=CANARY)

    answers = load.run()

    described = hosting.until(name, "InService")
    assert described["EndpointConfigName"] == config
    assert described["LastDeploymentConfig"] == CANARY
    assert set(answers) == {'{"predictions": [2.0]}', '{"predictions": [3.0]}'}
    assert answers.total() == RATE * SECONDS
    assert hosting.ask(name, "1") == [3.0]


def test_an_alarm_brings_the_old_model_back(hosting: Hosting, errors_alarm: Any) -> None:
    config = hosting.config(hosting.model(2))
    name = hosting.endpoint(config)
    alarm = errors_alarm(name)
    deployment = {**CANARY, "AutoRollbackConfiguration": {"Alarms": [{"AlarmName": alarm}]}}
    load = Load(hosting, name)
    hosting.client.update_endpoint(
        EndpointName=name, EndpointConfigName=hosting.config(hosting.model("broken")), DeploymentConfig=deployment
    )

    answers = load.run()

    described = hosting.until(name, "InService")
    assert described["EndpointConfigName"] == config
    assert alarm in described["FailureReason"]
    assert "Threshold Crossed" in described["FailureReason"]
    # The canary had a fifth of the traffic at most, and only until the alarm fired.
    assert set(answers) == {'{"predictions": [2.0]}', "ModelError"}
    assert 1 <= answers["ModelError"] <= RATE
    assert hosting.ask(name, "1") == [2.0]


def test_a_canary_has_exactly_its_share(hosting: Hosting) -> None:
    seen: list[dict[str, Any]] = []
    hosting.sample.cloud.internal.events.subscribe("eventbridge", seen.append)
    name = hosting.endpoint(hosting.config(hosting.model(2)))
    pace = control(hosting, "hosting", longest_wait=120, endpoint=name)
    assert (pace["longest_wait"], pace["endpoints"][name]) == (3, 120), "no other endpoint waits longer"
    try:
        config = hosting.config(hosting.model(3))
        hosting.client.update_endpoint(EndpointName=name, EndpointConfigName=config, DeploymentConfig=CANARY)
        deadline = time.monotonic() + 20
        while True:
            described = hosting.client.describe_endpoint(EndpointName=name)
            pending = described.get("PendingDeploymentSummary", {}).get("ProductionVariants", [{}])
            (status,) = pending[0].get("VariantStatus", [{}])
            if status.get("Status") == "Baking" or time.monotonic() > deadline:
                break
            time.sleep(0.05)
        assert status["StatusMessage"] == (
            "Baking for 60 seconds (WaitIntervalInSeconds) with traffic enabled on "
            "canary capacity of 1 instance(s)."
        )
        answers = Counter(hosting.ask(name, "1")[0] for _ in range(20))
        assert answers == {2.0: 16, 3.0: 4}
        with pytest.raises(ClientError, match="Cannot update in-progress endpoint"):
            hosting.client.delete_endpoint(EndpointName=name)

        ended = control(hosting, "waits", subject=name)
        assert [(item["kind"], item["subject"]) for item in ended] == [("baking", name)]
        deadline = time.monotonic() + 20
        while not control(hosting, "waits", subject=name) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert hosting.until(name, "InService")["EndpointConfigName"] == config
        told = [event for event in seen if event["detail"].get("EndpointName") == name]
        states = [event for event in told if event["detail-type"] == "SageMaker Endpoint State Change"]
        assert [event["detail"]["EndpointStatus"] for event in states] == [
            "CREATING", "IN_SERVICE", "UPDATING", "IN_SERVICE",
        ]  # fmt: skip
        steps = [event for event in told if event["detail-type"] == "SageMaker Endpoint Deployment State Change"]
        assert [event["detail"]["PendingDeploymentSummary"]["EndpointConfigName"] for event in steps] == [
            config
        ] * 2
    finally:
        control(hosting, "hosting", longest_wait=3, endpoint=name)


def test_a_model_that_does_not_load_leaves_the_old_one(hosting: Hosting) -> None:
    config = hosting.config(hosting.model(2))
    name = hosting.endpoint(config)
    hosting.client.update_endpoint(EndpointName=name, EndpointConfigName=hosting.config(hosting.model(None)))
    described = hosting.until(name, "InService")
    assert described["EndpointConfigName"] == config
    assert "did not pass the ping health check" in described["FailureReason"]
    assert hosting.ask(name, "1") == [2.0]


def test_what_updating_refuses(hosting: Hosting, endpoint: str, errors_alarm: Any) -> None:
    config = hosting.config(hosting.model(2))
    other = hosting.config(ProductionVariants=[variant("other", hosting.model(2))])
    linear = routing("LINEAR", LinearStepSize=percent(5))
    late = routing("CANARY", wait=400, CanarySize=percent(10))
    late["BlueGreenUpdatePolicy"]["MaximumExecutionTimeoutInSeconds"] = 600
    nobody = {**CANARY, "AutoRollbackConfiguration": {"Alarms": [{"AlarmName": "nobody"}]}}
    for deployment, wanted, words in (
        (routing("CANARY", CanarySize=percent(60)), config, "less than or equal to 50%"),
        (routing("CANARY"), config, "CanarySize is required"),
        (routing("ALL_AT_ONCE", CanarySize=percent(10)), config, "must not be specified"),
        (linear, config, "10-50%"),
        (late, config, "should be larger than the total waiting time"),
        (nobody, config, "Alarm nobody in AutoRollbackConfiguration does not exist"),
        (CANARY, other, "must have the same variant names"),
        (CANARY, "nowhere", "Could not find endpoint configuration"),
    ):
        with pytest.raises(ClientError, match=words):
            hosting.client.update_endpoint(
                EndpointName=endpoint, EndpointConfigName=wanted, DeploymentConfig=deployment
            )


def test_weights_and_capacities(hosting: Hosting) -> None:
    variants = [variant("a", hosting.model(1)), variant("b", hosting.model(10))]
    name = hosting.endpoint(hosting.config(ProductionVariants=variants))
    hosting.client.update_endpoint_weights_and_capacities(
        EndpointName=name,
        DesiredWeightsAndCapacities=[
            {"VariantName": "a", "DesiredWeight": 0.0},
            {"VariantName": "b", "DesiredInstanceCount": 3},
        ],
    )
    described = hosting.client.describe_endpoint(EndpointName=name)
    assert described["EndpointStatus"] == "Updating"
    assert "PendingDeploymentSummary" not in described
    deadline = time.monotonic() + 20
    while not control(hosting, "waits", subject=name, kind="scaling") and time.monotonic() < deadline:
        time.sleep(0.05)
    described = hosting.until(name, "InService")
    assert [item["CurrentWeight"] for item in described["ProductionVariants"]] == [0.0, 1.0]
    assert described["ProductionVariants"][1]["CurrentInstanceCount"] == 3
    assert {hosting.ask(name, "1")[0] for _ in range(4)} == {10.0}
    for change, words in (
        ({"VariantName": "c", "DesiredWeight": 1.0}, "not present within endpoint"),
        ({"VariantName": "a", "DesiredInstanceCount": 0}, "only asynchronous endpoints scale to zero"),
    ):
        with pytest.raises(ClientError, match=words):
            hosting.client.update_endpoint_weights_and_capacities(
                EndpointName=name, DesiredWeightsAndCapacities=[change]
            )


def test_metrics_and_alarms_say_what_happened(hosting: Hosting, errors_alarm: Any) -> None:
    cloud = hosting.sample.cloud
    sns, sqs, cloudwatch = cloud.client("sns"), cloud.client("sqs"), cloud.client("cloudwatch")
    topic = sns.create_topic(Name=f"alarms-{token()[:8]}")["TopicArn"]
    queue = sqs.create_queue(QueueName=f"alarms-{token()[:8]}")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"})
    config = hosting.config(hosting.model("broken"))
    name = hosting.endpoint(config)
    alarm = errors_alarm(name, AlarmActions=[topic], OKActions=[topic])

    def state() -> dict[str, Any]:
        return cloudwatch.describe_alarms(AlarmNames=[alarm])["MetricAlarms"][0]

    assert state()["StateValue"] in ("INSUFFICIENT_DATA", "OK")
    control(hosting, "metrics", seconds=0)  # evaluates
    with pytest.raises(ClientError, match="ModelError"):
        hosting.ask(name)
    control(hosting, "metrics", seconds=0)
    assert state()["StateValue"] == "ALARM"
    control(hosting, "metrics", seconds=120)
    assert state()["StateValue"] == "OK"

    messages = []
    deadline = time.monotonic() + 10
    while len(messages) < 3 and time.monotonic() < deadline:
        found = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10, WaitTimeSeconds=1).get("Messages", [])
        messages += [json.loads(item["Body"]) for item in found]
    assert [(item["OldStateValue"], item["NewStateValue"]) for item in messages] == [
        ("INSUFFICIENT_DATA", "OK"), ("OK", "ALARM"), ("ALARM", "OK"),
    ]  # fmt: skip
    assert messages[1]["AlarmName"] == alarm
    assert messages[1]["Trigger"]["MetricName"] == "Invocation5XXErrors"

    own = {"EndpointName": name, "VariantName": "v1"}
    for given in (own, {**own, "EndpointConfigName": config}):
        statistics = cloudwatch.get_metric_statistics(
            Namespace="AWS/SageMaker",
            MetricName="ModelLatency",
            Dimensions=[{"Name": key, "Value": value} for key, value in given.items()],
            StartTime=time.time() - 600,
            EndTime=time.time() + 60,
            Period=3600,
            Statistics=["SampleCount"],
            ExtendedStatistics=["p99"],
        )
        (datapoint,) = statistics["Datapoints"]
        assert (datapoint["SampleCount"], datapoint["Unit"]) == (1.0, "Microseconds")
        assert datapoint["ExtendedStatistics"]["p99"] > 0
