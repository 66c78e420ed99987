"""An account with projects: moto for most of it, and answers checked against botocore's models for the rest."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse
from botocore.exceptions import ClientError
from botocore.validate import ParamValidator
from moto import mock_aws

from projects.platform import Clients, Platform

ACCOUNT, REGION, NAME = "123456789012", "eu-central-1", "sagemaker-projects"
BUCKET, TABLE = f"ml-projects-state-{ACCOUNT}-{REGION}", f"{NAME}-locks"
PRODUCT = "prod-abcdefghijklm"
NOW = datetime.now(UTC).replace(microsecond=0)


def stack_arn(project: str) -> str:
    return f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/SC-{ACCOUNT}-pp-{project}/1"


class World:
    """The account, and the means to fill it."""

    def __init__(self, platform: Platform) -> None:
        self.platform = platform
        self.listed: dict[str, dict[str, Any]] = {}
        self.provisioned: dict[str, dict[str, Any]] = {}
        self.offered = ["none", "1.0.0", "1.1.0"]
        self.builds: dict[str, str] = {}
        self.started: list[dict[str, Any]] = []
        self.room, self.refusal = 60, "AccountLimitExceededException"  # how many builds may run at a time
        self.stacks: dict[str, dict[str, Any]] = {}
        self._answers: list[tuple[Any, str, Any]] = []
        self.answers("sagemaker", "ListProjects", lambda _: {"ProjectSummaryList": list(self.listed.values())})
        self.answers("sagemaker", "DescribeProject", self._describe)
        self.answers("sagemaker", "ListCodeRepositories", lambda _: {"CodeRepositorySummaryList": []})
        self.answers("sagemaker", "ListPipelines", lambda _: {"PipelineSummaries": []})
        self.answers("servicecatalog", "SearchProvisionedProducts", self._search)
        self.answers("servicecatalog", "ListProvisioningArtifacts", self._artifacts)
        self.buildspec = "case ${ACTION:-destroy} in"
        self.answers("codebuild", "BatchGetProjects", self._build_project)
        self.answers("codebuild", "StartBuild", self._start_build)
        self.answers("codebuild", "BatchGetBuilds", self._builds)
        self.answers("cloudformation", "DescribeStacks", lambda _: {"Stacks": list(self.stacks.values())})

    def client(self, service: str) -> Any:
        return self.platform.client(service)

    def answers(self, service: str, operation: str, answer: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
        """Answer an operation here, with what fits the service's model."""
        client = self.client(service)

        def handle(model: Any, params: dict[str, Any], **_: Any) -> tuple[AWSResponse, dict[str, Any]]:
            body = params["body"]
            given = answer(json.loads(body) if isinstance(body, (bytes, str)) else body)
            problems = ParamValidator().validate(given, model.output_shape)
            assert not problems.has_errors(), problems.generate_report()
            return AWSResponse("", 200, {}, None), given

        name = client.meta.service_model.service_id.hyphenize()
        client.meta.events.register_first(f"before-call.{name}.{operation}", handle)
        self._answers.append((client.meta.events, f"before-call.{name}.{operation}", handle))

    def leave(self) -> None:
        """Take the answers back: the clients outlive the account."""
        for events, name, handle in self._answers:
            events.unregister(name, handle)

    def project(
        self, identifier: str, name: str, status: str = "CreateCompleted", artifact: str = "1.0.0"
    ) -> None:
        """A SageMaker project with its provisioned product and its stack."""
        self.listed[identifier] = {
            "ProjectName": name,
            "ProjectArn": f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:project/{name}",
            "ProjectId": identifier,
            "CreationTime": NOW,
            "ProjectStatus": status,
        }
        self.product(identifier, name, artifact)
        self.stack(identifier)

    def product(self, identifier: str, name: str, artifact: str = "1.0.0") -> None:
        self.provisioned[f"pp-{identifier}"] = {
            "Id": f"pp-{identifier}",
            "Name": f"{name}-{identifier}",
            "Status": "AVAILABLE",
            "ProductId": PRODUCT,
            "ProductName": "Model build",
            "ProvisioningArtifactName": artifact,
            "PhysicalId": stack_arn(identifier),
        }

    def stack(self, identifier: str) -> None:
        self.stacks[identifier] = {
            "StackId": stack_arn(identifier),
            "StackName": f"SC-{ACCOUNT}-pp-{identifier}",
            "CreationTime": NOW,
            "StackStatus": "CREATE_COMPLETE",
            "Parameters": [{"ParameterKey": "SageMakerProjectId", "ParameterValue": identifier}],
        }

    def run(self, identifier: str, action: str, ago: timedelta, **values: Any) -> str:
        """A run record; its key."""
        start = datetime.now(UTC) - ago
        key = f"projects/{identifier}/runs/{start.strftime('%Y%m%dT%H%M%SZ')}-{action}.json"
        record = {
            "schema": 1,
            "project": {"id": identifier, "name": "any"},
            "product": "model-build",
            "release": "1.0.0",
            "action": action,
            "start": start.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "end": start.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "outcome": "succeeded",
            "changes": None,
            "kept": [],
            "reason": None,
            "log": {"group": f"/{NAME}/runner", "stream": f"{identifier}/{action}/x"},
        } | values
        self.put(key, json.dumps(record))
        return key

    def state(self, identifier: str, *modes: str) -> None:
        resources = [{"mode": mode, "type": "x", "instances": [{}]} for mode in modes]
        self.put(f"projects/{identifier}/terraform.tfstate", json.dumps({"version": 4, "resources": resources}))

    def applied(self, identifier: str, release: str = "1.0.0") -> None:
        lines = [f"release={release}", "product=model-build", "runner_sha256=aa", "settings_sha256=bb"]
        lines += ["parameters=GitRepoName=YS9i SageMakerProjectId=cA==", "applied=2026-12-01T10:00:00Z"]
        self.put(f"projects/{identifier}/applied", "\n".join(lines) + "\n")

    def put(self, key: str, body: str) -> None:
        self.client("s3").put_object(Bucket=BUCKET, Key=key, Body=body.encode())

    def item(self, identifier: str, kind: str, **values: str) -> None:
        item = {"LockID": {"S": f"{BUCKET}/projects/{identifier}/{kind}"}}
        self.client("dynamodb").put_item(
            TableName=TABLE, Item=item | {name: {"S": value} for name, value in values.items()}
        )

    def _describe(self, asked: dict[str, Any]) -> dict[str, Any]:
        found = next(item for item in self.listed.values() if item["ProjectName"] == asked["ProjectName"])
        own = self.provisioned.get(f"pp-{found['ProjectId']}")
        return {
            **{key: found[key] for key in found},
            "ServiceCatalogProvisioningDetails": {"ProductId": PRODUCT},
            **({"ServiceCatalogProvisionedProductDetails": {"ProvisionedProductId": own["Id"]}} if own else {}),
        }

    def _search(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Two on a page, to see that all pages are read."""
        assert asked["AccessLevelFilter"] == {"Key": "Account", "Value": "self"}
        every, start = list(self.provisioned.values()), int(asked.get("PageToken", "0"))
        more = {"NextPageToken": str(start + 2)} if start + 2 < len(every) else {}
        return {"ProvisionedProducts": every[start : start + 2], **more}

    def _artifacts(self, asked: dict[str, Any]) -> dict[str, Any]:
        assert asked["ProductId"] == PRODUCT
        details = [
            {"Id": f"pa-{name}", "Name": name, "Active": True, "Guidance": "DEFAULT"} for name in self.offered
        ]
        return {"ProvisioningArtifactDetails": details}

    def _build_project(self, asked: dict[str, Any]) -> dict[str, Any]:
        source = {"type": "NO_SOURCE", "buildspec": self.buildspec}
        return {"projects": [{"name": name, "source": source} for name in asked["names"] if self.buildspec]}

    def _start_build(self, asked: dict[str, Any]) -> dict[str, Any]:
        running = len(self.started) - len(self.builds)
        if running >= self.room:
            error = {"Code": self.refusal, "Message": "Cannot have more builds in queue"}
            raise ClientError({"Error": error}, "StartBuild")
        self.started.append(asked)
        return {"build": {"id": f"{asked['projectName']}:{len(self.started)}"}}

    def _builds(self, asked: dict[str, Any]) -> dict[str, Any]:
        return {
            "builds": [{"id": one, "buildStatus": self.builds.get(one, "IN_PROGRESS")} for one in asked["ids"]]
        }


@pytest.fixture(scope="session")
def shared_clients() -> Iterator[Clients]:
    """Making them takes longer than most tests."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        _credentials(monkeypatch)
        yield Clients()


def _credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ENDPOINT_URL", "AWS_PROFILE", "AWS_REGION"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": REGION,
    }.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def world(shared_clients: Clients, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    _credentials(monkeypatch)
    with mock_aws():
        s3, dynamodb = shared_clients("s3"), shared_clients("dynamodb")
        s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
        dynamodb.create_table(
            TableName=TABLE,
            KeySchema=[{"AttributeName": "LockID", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "LockID", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        made = World(Platform(NAME, ACCOUNT, REGION, BUCKET, shared_clients))
        yield made
        made.leave()
