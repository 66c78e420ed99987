"""The clean-up after jobs, against moto's logs and S3, and SageMaker's answers in botocore's shapes."""

import runpy
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import boto3
import pytest
from moto import mock_aws

MODULE = Path(__file__).resolve().parents[3] / "foundation" / "modules" / "logs-and-jobs"
handler = runpy.run_path(str(MODULE / "scripts" / "clean_up.py"))["handler"]
NOW = datetime.now(UTC)
RAN = {"CreationTime": NOW - timedelta(hours=1), "LastModifiedTime": NOW}
TRAINING = RAN | {
    "OutputDataConfig": {"S3OutputPath": "s3://data/models/"},
    "CheckpointConfig": {"S3Uri": "s3://elsewhere/checkpoints/old"},
}
PROCESSING = RAN | {
    "ProcessingOutputConfig": {"Outputs": [{"S3Output": {"S3Uri": "s3://data/models/report/scan/out"}}]}
}
KEYS = (
    "models/old/output/model.tar.gz",
    "models/older/model.tar.gz",
    "models/report/scan/out/a.json",
    "raw/old/x",
)


class Jobs:
    """Failed jobs `old` and `scan`, and an endpoint `alive`, as SageMaker lists and describes them."""

    def __init__(self):
        self.deleted, self.asked = [], []
        self.training, self.processing = dict(TRAINING), dict(PROCESSING)

    def get_paginator(self, operation):
        return SimpleNamespace(paginate=lambda **query: [self._page(operation, query)])

    def _page(self, operation, query):
        if operation == "list_endpoints":
            return {"Endpoints": [{"EndpointName": "alive"}]}
        self.asked.append((operation, query["StatusEquals"], query["LastModifiedTimeBefore"]))
        failed = query["StatusEquals"] == "Failed"
        if operation == "list_training_jobs":
            return {"TrainingJobSummaries": [{"TrainingJobName": "old"}] if failed else []}
        return {"ProcessingJobSummaries": [{"ProcessingJobName": "scan"}] if failed else []}

    def describe_training_job(self, TrainingJobName):
        return self.training

    def describe_processing_job(self, ProcessingJobName):
        return self.processing

    def delete_training_job(self, TrainingJobName):
        self.deleted.append(TrainingJobName)

    def delete_processing_job(self, ProcessingJobName):
        self.deleted.append(ProcessingJobName)


@pytest.fixture
def clients(monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        made = {name: boto3.client(name, region_name="us-east-1") for name in ("s3", "logs")}
        made["s3"].create_bucket(Bucket="data")
        for key in KEYS:
            made["s3"].put_object(Bucket="data", Key=key)
        for group in ("Endpoints/alive", "Endpoints/gone", "Endpoints/owned", "TrainingJobs"):
            made["logs"].create_log_group(logGroupName=f"/aws/sagemaker/{group}")
        yield made | {"sagemaker": Jobs()}


def run(clients, mode, *, older_than_days=30):
    events = {
        "mode": mode,
        "older_than_days": older_than_days,
        "retention_days": 90,
        "output_prefixes": ["data/models/"],
        "kept_log_groups": ["/aws/sagemaker/Endpoints/owned"],
    }
    return handler(events, None, clients)


def keys(clients):
    return {item["Key"] for item in clients["s3"].list_objects_v2(Bucket="data")["Contents"]}


def test_reporting_changes_nothing(clients):
    found = run(clients, "report")

    assert found["jobs"] == ["training-job/old", "processing-job/scan"]
    assert found["outputs"] == [
        "s3://data/models/old/output/model.tar.gz",
        "s3://data/models/report/scan/out/a.json",
    ]
    assert keys(clients) == set(KEYS)
    assert clients["sagemaker"].deleted == []
    assert all("retentionInDays" not in group for group in clients["logs"].describe_log_groups()["logGroups"])


def test_deleting_takes_what_the_job_alone_wrote_where_it_was_told(clients):
    run(clients, "delete")

    assert keys(clients) == {"models/older/model.tar.gz", "raw/old/x"}
    assert clients["sagemaker"].deleted == ["old", "scan"]


def test_only_jobs_that_ended_badly_and_long_ago_are_asked_for(clients):
    run(clients, "report", older_than_days=7)

    assert {status for _, status, _ in clients["sagemaker"].asked} == {"Failed", "Stopped"}
    assert all(
        abs(datetime.now(UTC) - timedelta(days=7) - before) < timedelta(minutes=1)
        for *_, before in clients["sagemaker"].asked
    )


def test_young_log_groups_stay_and_all_get_a_retention(clients):
    found = run(clients, "delete")

    assert found["log_groups_without_endpoint"] == []
    groups = clients["logs"].describe_log_groups()["logGroups"]
    assert [group["retentionInDays"] for group in groups] == [90, 90, 90, 90]


def test_a_name_does_not_make_others_objects_the_jobs(clients):
    """A job called like a folder of the team, or one that wrote to where something was before or came after."""
    sagemaker = clients["sagemaker"]
    sagemaker.processing["ProcessingOutputConfig"] = {
        "Outputs": [{"S3Output": {"S3Uri": "s3://data/models/report/scan"}}]
    }
    sagemaker.processing |= {
        "CreationTime": NOW - timedelta(days=40),
        "ProcessingEndTime": NOW - timedelta(days=39),
    }
    sagemaker.training |= {"CreationTime": NOW + timedelta(hours=1), "TrainingEndTime": NOW + timedelta(hours=2)}

    found = run(clients, "delete")

    assert found["outputs"] == []
    assert keys(clients) == set(KEYS)


def test_only_a_trainings_own_folder_is_its_output(clients):
    clients["sagemaker"].training["OutputDataConfig"] = {"S3OutputPath": "s3://data/models/old"}

    run(clients, "delete")

    assert "models/old/output/model.tar.gz" in keys(clients)


def test_a_stopped_training_that_left_a_model_is_kept_with_it(clients):
    clients["sagemaker"].training["ModelArtifacts"] = {
        "S3ModelArtifacts": "s3://data/models/old/output/model.tar.gz"
    }

    found = run(clients, "delete")

    assert found["jobs"] == ["processing-job/scan"]
    assert "models/old/output/model.tar.gz" in keys(clients)
    assert clients["sagemaker"].deleted == ["scan"]


def test_old_log_groups_of_endpoints_that_are_gone_go(clients):
    found = run(clients, "delete", older_than_days=-1)

    assert found["log_groups_without_endpoint"] == ["/aws/sagemaker/Endpoints/gone"]
    names = [group["logGroupName"] for group in clients["logs"].describe_log_groups()["logGroups"]]
    assert names == [f"/aws/sagemaker/{group}" for group in ("Endpoints/alive", "Endpoints/owned", "TrainingJobs")]


def test_an_old_log_group_with_a_young_event_stays(clients):
    clients["logs"].create_log_stream(logGroupName="/aws/sagemaker/Endpoints/gone", logStreamName="variant/i-1")
    soon = int((NOW + timedelta(hours=1)).timestamp() * 1000)
    clients["logs"].put_log_events(
        logGroupName="/aws/sagemaker/Endpoints/gone",
        logStreamName="variant/i-1",
        logEvents=[{"timestamp": soon, "message": "hello"}],
    )

    assert run(clients, "delete", older_than_days=0)["log_groups_without_endpoint"] == []


def test_a_projects_log_group_stays(clients):
    clients["logs"].tag_log_group(
        logGroupName="/aws/sagemaker/Endpoints/gone", tags={"sagemaker:project-id": "p-abc"}
    )

    assert run(clients, "delete", older_than_days=-1)["log_groups_without_endpoint"] == []
