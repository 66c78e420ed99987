"""AWS in memory, and the two services that moto does not know well enough: Service Catalog and CodeBuild."""

import base64
import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto import mock_aws
from watch_projects import handler as entry

from tests.unit.clients import REGION, client

BUCKET = "ml-projects-state-111122223333-eu-west-1"
INSTALLATION = f"objects/{'c' * 64}/installation.json"
STUDIO = "arn:aws:iam::111122223333:role/service-role/studio"
NOW = datetime.now(UTC)


@dataclass
class ServiceCatalog:
    """Provisioned products, in pages of two."""

    products: list[dict[str, Any]] = field(default_factory=list)
    requests: list[dict[str, Any]] = field(default_factory=list)
    refusal: str = ""

    def search_provisioned_products(self, **request: Any) -> dict[str, Any]:
        self.requests.append(request)
        if self.refusal:
            raise ClientError({"Error": {"Code": self.refusal, "Message": "no"}}, "SearchProvisionedProducts")
        start = int(request.get("PageToken", "0"))
        page = {"ProvisionedProducts": self.products[start : start + 2]}
        return page | ({"NextPageToken": str(start + 2)} if start + 2 < len(self.products) else {})


@dataclass
class CodeBuild:
    """Builds, newest first; like AWS, one idempotency token starts one build."""

    builds: dict[str, dict[str, Any]] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    limit: int = 1000
    refusal: str = "AccountLimitExceededException"
    clock: Any = field(default_factory=lambda: itertools.count(1))

    def start_build(self, **request: Any) -> dict[str, Any]:
        token = request["idempotencyToken"]
        if token not in self.tokens:
            if sum(build["buildStatus"] == "IN_PROGRESS" for build in self.builds.values()) >= self.limit:
                raise ClientError({"Error": {"Code": self.refusal, "Message": "enough"}}, "StartBuild")
            self.tokens[token] = self.add(request["environmentVariablesOverride"])
        return {"build": {"id": self.tokens[token]}}

    def add(self, variables: list[dict[str, str]]) -> str:
        number = next(self.clock)
        build_id = f"ml-projects-teardown:{number}"
        self.builds[build_id] = {
            "id": build_id,
            "buildStatus": "IN_PROGRESS",
            "startTime": NOW - timedelta(hours=1) + timedelta(seconds=number),
            "environment": {"environmentVariables": variables},
        }
        return build_id

    def get_paginator(self, name: str) -> Any:
        assert name == "list_builds_for_project"
        return self

    def paginate(self, **request: Any) -> Iterator[dict[str, Any]]:
        assert request == {"projectName": "ml-projects-teardown", "sortOrder": "DESCENDING"}
        ids = list(reversed(self.builds))
        yield from ({"ids": ids[start : start + 100]} for start in range(0, len(ids) or 1, 100))

    def batch_get_builds(self, ids: list[str]) -> dict[str, Any]:
        assert 1 <= len(ids) <= 100
        return {"builds": [self.builds[build_id] for build_id in ids]}

    def running(self) -> list[str]:
        return [build_id for build_id, build in self.builds.items() if build["buildStatus"] == "IN_PROGRESS"]

    def variables(self, build_id: str) -> dict[str, str]:
        return {
            item["name"]: item["value"] for item in self.builds[build_id]["environment"]["environmentVariables"]
        }


@dataclass
class World:
    """The function and what is around it."""

    s3: Any
    catalog: ServiceCatalog
    codebuild: CodeBuild
    context: Any

    def call(self, event: dict[str, Any]) -> dict[str, Any]:
        return dict(entry.handler(event, self.context))

    def usage(self) -> list[dict[str, Any]]:
        return list(self.call({"query": "usage"})["projects"])

    def destroy(self, **settings: bool) -> dict[str, Any]:
        return self.call({"tf": {"action": "delete", "prev_input": {}}, "deletion_protection": False, **settings})

    def clock(self, time: datetime = NOW) -> dict[str, Any]:
        event = {"source": "aws.events", "detail-type": "Scheduled Event", "time": time.isoformat(), "detail": {}}
        return self.call(event)

    def end(self, build_id: str, status: str = "SUCCEEDED") -> dict[str, Any]:
        self.codebuild.builds[build_id]["buildStatus"] = status
        arn = f"arn:aws:codebuild:{REGION}:111122223333:build/{build_id}"
        detail = {"build-id": arn, "build-status": status}
        return self.call(
            {"source": "aws.codebuild", "detail-type": "CodeBuild Build State Change", "detail": detail}
        )

    def put(self, key: str, body: str) -> None:
        self.s3.put_object(Bucket=BUCKET, Key=key, Body=body.encode())

    def state(self, project_id: str, *modes: str) -> None:
        body = {"version": 4, "resources": [{"mode": mode, "type": "x"} for mode in modes]}
        self.put(f"projects/{project_id}/terraform.tfstate", json.dumps(body))

    def applied(self, project_id: str, name: str = "churn", release: str = "1.0.0", stack: str = "") -> None:
        given = {"SageMakerProjectId": project_id, "SageMakerProjectName": name, "GitRepoURL": ""}
        if stack:
            given["Stack"] = stack
        parameters = " ".join(f"{key}={base64.b64encode(it.encode()).decode()}" for key, it in given.items())
        values = {
            "release": release,
            "product": "model-build",
            "runner_sha256": "a" * 64,
            "settings_sha256": "b" * 64,
            "parameters": parameters,
            "applied": "2026-11-20T12:00:00Z",
        }
        self.put(f"projects/{project_id}/applied", "".join(f"{key}={value}\n" for key, value in values.items()))

    def launched(self, project_id: str, name: str = "churn", **changes: Any) -> None:
        entry_ = {
            "Id": f"pp-{project_id}",
            "Name": f"{name}-{project_id}",
            "Type": "CFN_STACK",
            "Status": "AVAILABLE",
            "ProductId": "prod-1",
            "ProductName": "Model build",
            "ProvisioningArtifactName": "1.0.0",
            "PhysicalId": f"arn:aws:cloudformation:{REGION}:111122223333:stack/SC-1/{project_id}",
            "UserArn": "arn:aws:sts::111122223333:assumed-role/studio",
            "CreatedTime": NOW,
            "Tags": [
                {"Key": "sagemaker:project-id", "Value": project_id},
                {"Key": "sagemaker:project-name", "Value": name},
            ],
        }
        self.catalog.products.append(entry_ | changes)


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    monkeypatch.setenv("WATCH_BUILD_PROJECT", "ml-projects-teardown")
    monkeypatch.setenv("WATCH_INSTALLATION_KEY", INSTALLATION)
    monkeypatch.setenv("WATCH_STATE_BUCKET", BUCKET)
    with mock_aws():
        s3 = client("s3")
        s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
        s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
        catalog, codebuild = ServiceCatalog(), CodeBuild()
        clients = {"s3": s3, "servicecatalog": catalog, "codebuild": codebuild}
        monkeypatch.setattr(entry, "_client", clients.__getitem__)
        context = SimpleNamespace(
            function_name="ml-projects-watch",
            memory_limit_in_mb=512,
            invoked_function_arn=f"arn:aws:lambda:{REGION}:111122223333:function:ml-projects-watch",
            aws_request_id="1",
            get_remaining_time_in_millis=lambda: 120_000,
        )
        made = World(s3, catalog, codebuild, context)
        installed = {"products": {"prod-1": "model-build"}, "principals": [STUDIO], "releases": ["1.0.0", "1.1.0"]}
        made.put(INSTALLATION, json.dumps(installed))
        yield made
