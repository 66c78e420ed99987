"""What happens to requests besides their answer: capture, shadow variants, queues, batches, monitoring."""

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
import urllib3
from botocore.exceptions import ClientError

from tests.localcloud.sagemaker.conftest import token
from tests.localcloud.sagemaker.hosting.conftest import IMAGE, Hosting, variant

MONITOR = "048819808253.dkr.ecr.eu-central-1.amazonaws.com/sagemaker-model-monitor-analyzer"


def until(look: Callable[[], Any], seconds: float = 15.0) -> Any:
    """What ``look`` gives as soon as it gives something."""
    deadline = time.monotonic() + seconds
    while not (found := look()) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert found, "nothing came"
    return found


def objects(hosting: Hosting, prefix: str) -> dict[str, str]:
    """Keys and texts below a prefix of the bucket."""
    s3, bucket = hosting.sample.cloud.client("s3"), hosting.sample.bucket
    found = s3.list_objects_v2(Bucket=bucket, Prefix=prefix).get("Contents", [])
    keys = [item["Key"] for item in found]
    return {key: s3.get_object(Bucket=bucket, Key=key)["Body"].read().decode() for key in keys}


def capture(hosting: Hosting, prefix: str, **more: Any) -> dict[str, Any]:
    return {
        "InitialSamplingPercentage": 100,
        "DestinationS3Uri": f"s3://{hosting.sample.bucket}/{prefix}",
        "CaptureOptions": [{"CaptureMode": "Input"}, {"CaptureMode": "Output"}],
        "CaptureContentTypeHeader": {"CsvContentTypes": ["text/csv"], "JsonContentTypes": ["application/json"]},
        **more,
    }


def captured(hosting: Hosting, prefix: str) -> list[dict[str, Any]]:
    texts = objects(hosting, prefix).values()
    return [json.loads(line) for text in texts for line in text.splitlines()]


def test_a_shadow_hears_what_production_answers(hosting: Hosting) -> None:
    prefix = f"captured-{token()[:8]}"
    config = hosting.config(hosting.model(2), shadow=hosting.model(5), DataCaptureConfig=capture(hosting, prefix))
    name = hosting.endpoint(config)
    assert [hosting.ask(name, str(number), InferenceId=f"r{number}") for number in (1, 2)] == [[2.0], [4.0]]

    until(lambda: len(captured(hosting, prefix)) == 4)
    (key, *_) = objects(hosting, f"{prefix}/{name}/v1/")
    assert key.split("/")[3:7] == time.strftime("%Y/%m/%d/%H", time.gmtime()).split("/")
    assert key.endswith(".jsonl")
    first = captured(hosting, f"{prefix}/{name}/v1/")[0]
    assert first["captureData"] == {
        "endpointInput": {"observedContentType": "text/csv", "mode": "INPUT", "data": "1", "encoding": "CSV"},
        "endpointOutput": {
            "observedContentType": "application/json",
            "mode": "OUTPUT",
            "data": '{"predictions": [2.0]}',
            "encoding": "JSON",
        },
    }
    assert first["eventMetadata"]["inferenceId"] == "r1"
    assert first["eventVersion"] == "0"
    shadows = captured(hosting, f"{prefix}/{name}/shadow/")
    assert {line["captureData"]["endpointOutput"]["data"] for line in shadows} == {
        '{"predictions": [5.0]}', '{"predictions": [10.0]}',
    }  # fmt: skip
    described = hosting.client.describe_endpoint(EndpointName=name)
    assert described["ShadowProductionVariants"][0]["VariantName"] == "shadow"
    assert described["DataCaptureConfig"]["CaptureStatus"] == "Started"
    metrics = hosting.sample.cloud.client("cloudwatch").list_metrics(
        MetricName="Invocations", Dimensions=[{"Name": "EndpointName", "Value": name}]
    )["Metrics"]
    named = [item for metric in metrics for item in metric["Dimensions"] if item["Name"] == "VariantName"]
    assert {item["Value"] for item in named} == {"v1", "shadow"}


def test_an_asynchronous_endpoint_reads_and_writes_s3(hosting: Hosting) -> None:
    cloud, bucket = hosting.sample.cloud, hosting.sample.bucket
    sns, sqs = cloud.client("sns"), cloud.client("sqs")
    topics = {kind: sns.create_topic(Name=f"{kind}-{token()[:8]}")["TopicArn"] for kind in ("success", "error")}
    queue = sqs.create_queue(QueueName=f"async-{token()[:8]}")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    for topic in topics.values():
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"})
    output = {
        "S3OutputPath": f"s3://{bucket}/async/out",
        "S3FailurePath": f"s3://{bucket}/async/failed",
        "NotificationConfig": {"SuccessTopic": topics["success"], "ErrorTopic": topics["error"]},
    }
    config = hosting.config(hosting.model(2), AsyncInferenceConfig={"OutputConfig": output})
    name = hosting.endpoint(config)
    s3 = cloud.client("s3")
    s3.put_object(Bucket=bucket, Key="async/in.csv", Body=b"7")

    def message() -> Any:
        found = sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=1).get("Messages", [])
        return json.loads(found[0]["Body"]) if found else None

    asked = hosting.runtime.invoke_endpoint_async(
        EndpointName=name, InputLocation=f"s3://{bucket}/async/in.csv", ContentType="text/csv", InferenceId="mine"
    )
    assert asked["ResponseMetadata"]["HTTPStatusCode"] == 202
    told = until(message)
    assert (told["invocationStatus"], told["inferenceId"]) == ("Completed", "mine")
    assert told["responseParameters"]["outputLocation"] == asked["OutputLocation"]
    key = asked["OutputLocation"].removeprefix(f"s3://{bucket}/")
    assert json.loads(s3.get_object(Bucket=bucket, Key=key)["Body"].read()) == {"predictions": [14.0]}

    failing = hosting.runtime.invoke_endpoint_async(
        EndpointName=name, InputLocation=f"s3://{bucket}/async/in.csv", ContentType="application/json"
    )
    told = until(message)
    assert told["invocationStatus"] == "Failed"
    assert "Received server error (500)" in told["failureReason"]
    assert told["failureLocation"] == failing["FailureLocation"]
    with pytest.raises(ClientError, match="asynchronous endpoint"):
        hosting.ask(name)

    # An asynchronous endpoint may have no instance at all: requests wait for one.
    change = {"VariantName": "v1", "DesiredInstanceCount": 0}
    hosting.client.update_endpoint_weights_and_capacities(EndpointName=name, DesiredWeightsAndCapacities=[change])
    hosting.until(name, "InService")
    waiting = hosting.runtime.invoke_endpoint_async(
        EndpointName=name, InputLocation=f"s3://{bucket}/async/in.csv", ContentType="text/csv"
    )
    key = waiting["OutputLocation"].removeprefix(f"s3://{bucket}/")
    time.sleep(0.5)
    assert key not in objects(hosting, "async/out")
    change["DesiredInstanceCount"] = 1
    hosting.client.update_endpoint_weights_and_capacities(EndpointName=name, DesiredWeightsAndCapacities=[change])
    until(lambda: key in objects(hosting, "async/out"))


def test_a_batch_is_transformed(hosting: Hosting) -> None:
    client, bucket = hosting.client, hosting.sample.bucket
    s3 = hosting.sample.cloud.client("s3")
    prefix = f"batch-{token()[:8]}"
    for number, text in enumerate(("1\n2\n", "3\n")):
        s3.put_object(Bucket=bucket, Key=f"{prefix}/in/part-{number}.csv", Body=text)

    def run(model: str) -> dict[str, Any]:
        name = f"transform-{token()[:8]}"
        source = {"S3DataType": "S3Prefix", "S3Uri": f"s3://{bucket}/{prefix}/in/"}
        client.create_transform_job(
            TransformJobName=name,
            ModelName=model,
            BatchStrategy="SingleRecord",
            TransformInput={
                "DataSource": {"S3DataSource": source}, "ContentType": "text/csv", "SplitType": "Line",
            },
            TransformOutput={
                "S3OutputPath": f"s3://{bucket}/{prefix}/out", "Accept": "text/csv", "AssembleWith": "Line",
            },
            TransformResources={"InstanceType": "ml.m5.large", "InstanceCount": 1},
        )  # fmt: skip

        def ended() -> Any:
            job = client.describe_transform_job(TransformJobName=name)
            return job if job["TransformJobStatus"] not in ("InProgress", "Stopping") else None

        return until(ended, 30)

    assert run(hosting.model(2))["TransformJobStatus"] == "Completed"
    assert objects(hosting, f"{prefix}/out") == {
        f"{prefix}/out/part-0.csv.out": "2.0\n4.0\n",
        f"{prefix}/out/part-1.csv.out": "6.0\n",
    }
    failed = run(hosting.model("broken"))
    assert (failed["TransformJobStatus"], failed["FailureReason"]) == (
        "Failed", "AlgorithmError: See job logs for more information",
    )  # fmt: skip
    events = hosting.sample.cloud.client("logs").filter_log_events(
        logGroupName="/aws/sagemaker/TransformJobs", logStreamNamePrefix=failed["TransformJobName"]
    )["events"]
    assert any("Bad HTTP status received from algorithm: 500" in event["message"] for event in events)


def test_captured_data_is_compared_with_the_baseline(hosting: Hosting) -> None:
    client, bucket, cloud = hosting.client, hosting.sample.bucket, hosting.sample.cloud
    prefix = f"monitored-{token()[:8]}"
    name = hosting.endpoint(
        hosting.config(hosting.model(2), DataCaptureConfig=capture(hosting, f"{prefix}/captured"))
    )
    features = [
        {"name": column, "inferred_type": "Fractional", "completeness": 1.0,
         "num_constraints": {"is_non_negative": True}}
        for column in ("length", "width")
    ]  # fmt: skip
    constraints = json.dumps({"version": 0.0, "features": features})
    cloud.client("s3").put_object(Bucket=bucket, Key=f"{prefix}/constraints.json", Body=constraints)
    definition = {
        "DataQualityBaselineConfig": {
            "ConstraintsResource": {"S3Uri": f"s3://{bucket}/{prefix}/constraints.json"},
        },
        "DataQualityAppSpecification": {"ImageUri": MONITOR},
        "DataQualityJobInput": {"EndpointInput": {"EndpointName": name, "LocalPath": "/opt/ml/processing/input"}},
        "DataQualityJobOutputConfig": {
            "MonitoringOutputs": [
                {
                    "S3Output": {
                        "S3Uri": f"s3://{bucket}/{prefix}/reports",
                        "LocalPath": "/opt/ml/processing/output",
                    }
                }
            ]
        },
        "JobResources": {
            "ClusterConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 10}
        },
        "RoleArn": hosting.role_arn,
    }
    client.create_data_quality_job_definition(JobDefinitionName=prefix, **definition)
    schedule = {
        "ScheduleConfig": {"ScheduleExpression": "cron(0 * ? * * *)"},
        "MonitoringJobDefinitionName": prefix,
        "MonitoringType": "DataQuality",
    }
    client.create_monitoring_schedule(MonitoringScheduleName=prefix, MonitoringScheduleConfig=schedule)

    def run() -> str:
        url = f"{cloud.endpoint}/_localcloud/monitoring"
        answer = urllib3.request("POST", url, json={"schedule": prefix})
        assert answer.status == 200, answer.data
        return answer.json()["MonitoringExecutionStatus"]

    assert run() == "Failed"  # nothing was captured
    hosting.ask(name, "1,2")
    until(lambda: len(captured(hosting, f"{prefix}/captured")) == 1)
    assert run() == "Completed"
    hosting.ask(name, "-1,2")
    until(lambda: len(captured(hosting, f"{prefix}/captured")) == 2)
    assert run() == "CompletedWithViolations"

    reports = objects(hosting, f"{prefix}/reports/{name}/{prefix}/")
    (written,) = [text for key, text in reports.items() if key.endswith("constraint_violations.json")]
    assert {
        (item["feature_name"], item["constraint_check_type"]) for item in json.loads(written)["violations"]
    } == {("length", "non_negative_check")}
    executions = client.list_monitoring_executions(MonitoringScheduleName=prefix)["MonitoringExecutionSummaries"]
    assert [item["MonitoringExecutionStatus"] for item in executions] == [
        "CompletedWithViolations", "Completed", "Failed",
    ]  # fmt: skip
    described = client.describe_monitoring_schedule(MonitoringScheduleName=prefix)
    assert (described["EndpointName"], described["MonitoringScheduleStatus"]) == (name, "Scheduled")
    client.delete_monitoring_schedule(MonitoringScheduleName=prefix)
    client.delete_data_quality_job_definition(JobDefinitionName=prefix)
    with pytest.raises(ClientError, match="not found"):
        client.describe_monitoring_schedule(MonitoringScheduleName=prefix)


def test_what_a_configuration_refuses(hosting: Hosting) -> None:
    model, bucket = hosting.model(2), hosting.sample.bucket
    serverless = {
        "VariantName": "v1", "ModelName": model, "ServerlessConfig": {"MemorySizeInMB": 2048, "MaxConcurrency": 5},
    }  # fmt: skip
    odd = {**serverless, "ServerlessConfig": {"MemorySizeInMB": 2000, "MaxConcurrency": 5}}
    for arguments, words in (
        ({"ProductionVariants": [variant("v1", "nobody")]}, "Could not find model"),
        ({"ProductionVariants": [{"VariantName": "v1", "ModelName": model}]}, "InstanceType is required"),
        ({"ProductionVariants": [odd]}, "MemorySizeInMB"),
        ({"ProductionVariants": [{**serverless, "InstanceType": "ml.m5.large"}]}, "must not be set"),
        (
            {"ProductionVariants": [serverless], "DataCaptureConfig": capture(hosting, "no")},
            "not supported for serverless",
        ),
        ({"ProductionVariants": [variant("a", model), variant("a", model)]}, "must be unique"),
        (
            {
                "ProductionVariants": [variant("a", model), variant("b", model)],
                "ShadowProductionVariants": [variant("c", model)],
            },
            "You can only specify one variant",
        ),
        (
            {"ProductionVariants": [variant("a", model, InstanceType="ml.m5d.large")], "KmsKeyId": "alias/some"},
            "local storage",
        ),
        (
            {
                "ProductionVariants": [variant("a", model), variant("b", model)],
                "AsyncInferenceConfig": {"OutputConfig": {"S3OutputPath": f"s3://{bucket}/out"}},
            },
            "one production variant",
        ),
    ):
        with pytest.raises(ClientError, match=words):
            hosting.config(**arguments)


def test_what_a_model_refuses(hosting: Hosting, sample: Any) -> None:
    container = {"Image": IMAGE, "ModelDataUrl": f"s3://{hosting.sample.bucket}/nothing.tar.gz"}
    for arguments, words in (
        ({"PrimaryContainer": container}, "Could not find model data at"),
        ({"PrimaryContainer": {"Image": "sklearn"}}, "Invalid image URI"),
        ({"PrimaryContainer": container, "Containers": [container]}, "Specify only one"),
        ({"PrimaryContainer": container, "ExecutionRoleArn": sample.role_arn}, "Could not access model data"),
        ({"PrimaryContainer": container, "ExecutionRoleArn": f"{sample.role_arn}x"}, "Could not assume role"),
    ):
        with pytest.raises(ClientError, match=words):
            hosting.model(**arguments)


def test_a_serverless_endpoint_answers(hosting: Hosting) -> None:
    serverless = {
        "VariantName": "v1",
        "ModelName": hosting.model(2),
        "ServerlessConfig": {"MemorySizeInMB": 2048, "MaxConcurrency": 1},
    }
    name = hosting.endpoint(hosting.config(ProductionVariants=[serverless]))
    assert hosting.ask(name, "4") == [8.0]
    (described,) = hosting.client.describe_endpoint(EndpointName=name)["ProductionVariants"]
    assert described["CurrentServerlessConfig"] == {"MemorySizeInMB": 2048, "MaxConcurrency": 1}
    with pytest.raises(ClientError, match="4194304"):
        hosting.runtime.invoke_endpoint(EndpointName=name, Body=b"1" * (4 * 1024 * 1024 + 1))
