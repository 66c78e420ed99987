"""What projects need is not taken away under them, through the real provider and the real function."""

import base64
import json
import re
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

pytestmark = [pytest.mark.terraform, pytest.mark.xdist_group("package-1")]

PROJECT = "projects/p-abc123"


@pytest.fixture
def bucket(installation: Any) -> Iterator[str]:
    """The state bucket; what a test leaves under projects/ goes away with all versions."""
    name = installation.package.outputs()["state_bucket"]
    yield name
    s3 = installation.client("s3")
    listed = s3.list_object_versions(Bucket=name, Prefix="projects/")
    for entry in listed.get("Versions", []) + listed.get("DeleteMarkers", []):
        s3.delete_object(Bucket=name, Key=entry["Key"], VersionId=entry["VersionId"])


@pytest.fixture
def project(installation: Any, bucket: str) -> None:
    """A project on release 1.0.0, as the runner leaves it in the bucket."""
    state = {"version": 4, "serial": 1, "resources": [{"mode": "managed", "type": "aws_s3_bucket"}]}
    parameters = {"SageMakerProjectId": "p-abc123", "SageMakerProjectName": "churn"}
    applied = {
        "release": "1.0.0",
        "product": "model-build",
        "runner_sha256": "a" * 64,
        "settings_sha256": "b" * 64,
        "parameters": " ".join(
            f"{key}={base64.b64encode(it.encode()).decode()}" for key, it in parameters.items()
        ),
        "applied": "2026-11-20T12:00:00Z",
    }
    s3 = installation.client("s3")
    s3.put_object(Bucket=bucket, Key=f"{PROJECT}/terraform.tfstate", Body=json.dumps(state).encode())
    lines = "".join(f"{key}={value}\n" for key, value in applied.items())
    s3.put_object(Bucket=bucket, Key=f"{PROJECT}/applied", Body=lines.encode())


def managed(state: Path) -> list[tuple[str, str, int]]:
    resources = json.loads(state.read_text(encoding="utf-8"))["resources"]
    return [
        (resource["type"], resource["name"], len(resource["instances"]))
        for resource in resources
        if resource["mode"] == "managed"
    ]


def ask(installation: Any, event: dict[str, Any]) -> dict[str, Any]:
    answer = installation.client("lambda").invoke(
        FunctionName=installation.package.outputs()["watch_function"], Payload=json.dumps(event).encode()
    )
    return dict(json.loads(answer["Payload"].read()))


def test_everything_is_destroyed_after_the_guard(package: Any) -> None:
    """Whatever Terraform could destroy beside the guard, it would destroy before a refusal ends it."""
    graph = package.terraform("graph").stdout
    resources = {name for name in re.findall(r'^  "([^"]+)" \[label', graph, re.MULTILINE) if name[:5] != "data."}
    needs: dict[str, set[str]] = {}
    for dependent, needed in re.findall(r'^  "([^"]+)" -> "([^"]+)"', graph, re.MULTILINE):
        needs.setdefault(dependent, set()).add(needed)
    reached, next_ones = set(), {"aws_lambda_invocation.guard"}
    while next_ones:
        reached |= next_ones
        next_ones = {needed for one in next_ones for needed in needs.get(one, set())} - reached

    assert sorted(resources - reached) == [], "Add these to depends_on of the guard (guard.tf)."


@pytest.fixture
def launched(installation: Any, bucket: str) -> Iterator[str]:
    """A user of the Studio role has launched the product, in a version that makes next to nothing; the role."""
    [role_arn] = installation.values["studio_execution_role_arns"]
    catalog = installation.client("servicecatalog")
    product = installation.package.outputs()["products"]["model-build"]
    artifact = _sample_version(installation, bucket, product)
    session = installation.client("sts").assume_role(RoleArn=role_arn, RoleSessionName="someone")["Credentials"]
    as_user = boto3.client(
        "servicecatalog",
        endpoint_url=installation.cloud.environment["AWS_ENDPOINT_URL"],
        region_name=installation.cloud.region,
        aws_access_key_id=session["AccessKeyId"],
        aws_secret_access_key=session["SecretAccessKey"],
        aws_session_token=session["SessionToken"],
    )
    tags = {"sagemaker:project-id": "p-def456", "sagemaker:project-name": "Fraud"}
    provisioned = as_user.provision_product(
        ProductId=product,
        ProvisioningArtifactId=artifact,
        ProvisionedProductName="Fraud-p-def456",
        Tags=[{"Key": key, "Value": value} for key, value in tags.items()],
    )["RecordDetail"]["ProvisionedProductId"]
    _until(lambda: _statuses(catalog) == {provisioned: "AVAILABLE"})
    yield role_arn
    catalog.terminate_provisioned_product(ProvisionedProductId=provisioned)
    _until(lambda: not _statuses(catalog))
    catalog.delete_provisioning_artifact(ProductId=product, ProvisioningArtifactId=artifact)


def _sample_version(installation: Any, bucket: str, product: str) -> str:
    template = {"Resources": {"Nothing": {"Type": "AWS::CloudFormation::WaitConditionHandle"}}}
    key = "projects/sample.template.json"
    installation.client("s3").put_object(
        Bucket=bucket, Key=key, Body=json.dumps(template).encode(), Tagging="servicecatalog:provisioning=true"
    )
    created = installation.client("servicecatalog").create_provisioning_artifact(
        ProductId=product,
        Parameters={
            "Name": "sample",
            "Type": "CLOUD_FORMATION_TEMPLATE",
            "Info": {
                "LoadTemplateFromURL": f"https://{bucket}.s3.{installation.cloud.region}.amazonaws.com/{key}",
            },
        },
        IdempotencyToken="sample",
    )
    return str(created["ProvisioningArtifactDetail"]["Id"])


def _statuses(catalog: Any) -> dict[str, str]:
    return {item["Id"]: item["Status"] for item in catalog.search_provisioned_products()["ProvisionedProducts"]}


def _until(reached: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not reached():
        assert time.monotonic() < deadline, "it did not happen within a minute"
        time.sleep(0.2)


@pytest.fixture
def other_product(installation: Any) -> Iterator[str]:
    """Another product that package 1 could offer; its key."""
    folder = installation.package.folder / "products"
    shutil.copytree(folder / "model-build", folder / "other-build")
    yield "other-build"
    shutil.rmtree(folder / "other-build")


@pytest.mark.usefixtures("project")
def test_a_release_a_role_and_a_product_in_use_are_not_removed(
    installation: Any, launched: str, other_product: str
) -> None:
    other = f"arn:aws:iam::{installation.cloud.account_id}:role/other"
    done = installation.package.terraform(
        "plan",
        "-input=false",
        "-no-color",
        "-out=refused.tfplan",
        "-var=release_dir=tests/releases/1.1.0",
        f'-var=studio_execution_role_arns=["{other}"]',
        f'-var=products={{"{other_product}"={{"name"="Other"}}}}',
        expected=(1,),
    )

    said = " ".join(done.stderr.split())
    assert "release 1.0.0: churn (p-abc123)" in said
    assert "retained_release_dirs" in said
    assert f"{launched}: Fraud (p-def456)" in said
    assert "product model-build: Fraud (p-def456)" in said
    assert "Keep it in products, or delete them first" in said
    # Asked at once, though the plan updates the function: it is the release's.
    assert "refused.tfplan" not in done.stdout


@pytest.mark.usefixtures("project")
def test_nothing_is_destroyed_while_a_project_exists(installation: Any) -> None:
    folder = installation.package.folder
    # With a copy of the state: Terraform forgets the outputs as soon as it begins to destroy.
    shutil.copy(folder / "terraform.tfstate", folder / "refused.tfstate")
    account = installation.inventory()

    done = installation.package.terraform(
        "destroy", "-auto-approve", "-input=false", "-no-color", "-state=refused.tfstate", expected=(1,)
    )

    assert "Nothing was destroyed: 1 project(s) exist" in done.stderr
    assert "churn (p-abc123, model-build 1.0.0, no provisioned product)" in " ".join(done.stderr.split())
    assert "Destruction complete" not in done.stdout
    assert managed(folder / "refused.tfstate") == managed(folder / "terraform.tfstate")
    assert installation.inventory() == account


def test_history_is_not_destroyed_by_the_way(installation: Any, bucket: str) -> None:
    s3 = installation.client("s3")
    s3.put_object(Bucket=bucket, Key=f"{PROJECT}/runs/20261120T120000Z-destroy.json", Body=b"{}")

    refused = ask(installation, {"tf": {"action": "delete"}, "deletion_protection": False})
    protected = ask(installation, {"tf": {"action": "delete"}, "deletion_protection": True})
    released = ask(
        installation, {"tf": {"action": "delete"}, "deletion_protection": False, "delete_history": True}
    )

    assert (refused["errorType"], protected["errorType"]) == ("HistoryLeft", "StillProtected")
    assert "delete_history = true" in refused["errorMessage"]
    assert released == {"outcome": "released"}


@pytest.mark.usefixtures("project")
def test_a_schedule_starts_a_plan_and_failures_are_told(installation: Any) -> None:
    """The sample release's runner is none, so the build fails: a message about it, and one about a failed run."""
    outputs = installation.package.outputs()
    sqs, events = installation.client("sqs"), installation.client("events")
    queue = sqs.create_queue(QueueName="told")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    topic = outputs["notification_topic_arn"]
    subscribed = installation.client("sns").subscribe(
        TopicArn=topic, Protocol="sqs", Endpoint=arn, ReturnSubscriptionArn=True
    )
    record = {
        "project": {"id": "p-abc123", "name": "churn"},
        "action": "destroy",
        "outcome": "failed",
        "reason": 'deleting the bucket "x":\nBucketNotEmpty',
        "log": {"group": "/sagemaker-projects/runner", "stream": "p-abc123/destroy/1"},
    }
    put = {
        "Source": "sagemaker-projects",
        "DetailType": "SageMaker Project Run Ended",
        "Detail": json.dumps(record),
    }
    try:
        events.put_events(Entries=[put])
        clock = {"source": "aws.events", "detail-type": "Scheduled Event", "time": "2026-11-20T06:00:00Z"}
        assert ask(installation, clock) == {"outcome": "ended", "started": ["p-abc123"], "unreadable": []}

        told = _messages(sqs, queue, 2)
    finally:
        installation.client("sns").unsubscribe(SubscriptionArn=subscribed["SubscriptionArn"])
        sqs.delete_queue(QueueUrl=queue)

    [run] = [message for message in told if "run" in message]
    assert run["message"].startswith("Project churn (p-abc123): destroy failed.")
    assert run["run"] == record
    [build] = [message for message in told if "build" in message]
    assert "ended with FAILED" in build["message"]


def _messages(sqs: Any, queue: str, number: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    deadline = time.monotonic() + 60
    while len(found) < number and time.monotonic() < deadline:
        answer = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10, WaitTimeSeconds=1)
        for message in answer.get("Messages", []):
            found.append(json.loads(json.loads(message["Body"])["Message"]))
            sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
    return found
