"""A repository, a project and a pipeline that belong together, each test its own."""

import json
import subprocess
import time
import urllib.request
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest


def policy(*statements: tuple[list[str], Any]) -> str:
    return json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {"Effect": "Allow", "Action": actions, "Resource": resource} for actions, resource in statements
            ],
        }
    )


def trust(service: str) -> str:
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


class Delivery:
    """Everything that a delivery needs, by the name of the test."""

    def __init__(self, cloud: Any, folder: Path) -> None:
        self.cloud = cloud
        self.name = f"d{uuid.uuid4().hex[:8]}"
        self.repository = f"example-org/{self.name}"
        self.bucket = f"artifacts-{self.name}"
        self.folder = folder / "work"
        self.pipelines = cloud.client("codepipeline")
        self._prepare()

    def _prepare(self) -> None:
        self.github("POST", "/orgs/example-org/repos", {"name": self.name, "private": True})
        region = {"LocationConstraint": "eu-central-1"}
        self.cloud.client("s3").create_bucket(Bucket=self.bucket, CreateBucketConfiguration=region)
        self.build_role = self.role(
            "codebuild",
            policy((["logs:*"], "*"), (["s3:GetObject", "s3:PutObject"], f"arn:aws:s3:::{self.bucket}/*")),
        )
        self.pipeline_role = self.role(
            "codepipeline",
            policy(
                (["codeconnections:UseConnection"], self.cloud.internal.default_connection_arn),
                (["codebuild:StartBuild", "codebuild:BatchGetBuilds"], "*"),
                (["sns:Publish"], f"arn:aws:sns:*:*:{self.name}"),
                (["s3:*"], [f"arn:aws:s3:::{self.bucket}", f"arn:aws:s3:::{self.bucket}/*"]),
            ),
        )
        self.cloud.client("codebuild").create_project(
            name=self.name,
            source={"type": "CODEPIPELINE"},
            artifacts={"type": "CODEPIPELINE"},
            environment={"type": "LINUX_CONTAINER", "image": "local", "computeType": "BUILD_GENERAL1_SMALL"},
            serviceRole=self.build_role,
        )
        self.git("init", "--quiet", "--initial-branch=main", str(self.folder), folder=self.folder.parent)
        self.git("config", "user.name", "Tester")
        self.git("config", "user.email", "tester@example.com")

    def role(self, service: str, document: str) -> str:
        iam = self.cloud.client("iam")
        name = f"{self.name}-{service}"
        created = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust(f"{service}.amazonaws.com"))
        iam.put_role_policy(RoleName=name, PolicyName="access", PolicyDocument=document)
        arn: str = created["Role"]["Arn"]
        return arn

    def github(self, method: str, path: str, body: Any = None) -> Any:
        request = urllib.request.Request(  # noqa: S310 - the address of the test's own host
            f"{self.cloud.git_url}/api/v3{path}",
            method=method,
            data=json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {self.cloud.internal.settings.github_token}"},
        )
        with urllib.request.urlopen(request) as answer:  # noqa: S310 - the test's own host
            return json.load(answer)

    def git(self, *arguments: str, folder: Path | None = None) -> str:
        done = subprocess.run(
            ["git", *arguments], cwd=folder or self.folder, check=True, capture_output=True, text=True
        )
        return done.stdout.strip()

    def commit(self, files: dict[str, str], branch: str = "main", message: str = "Change") -> str:
        """Commit and push files; the commit's id."""
        for name, content in files.items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content)
        self.git("checkout", "--quiet", "-B", branch)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "-m", message)
        token = self.cloud.internal.settings.github_token
        address = self.cloud.git_url.replace("http://", f"http://x-access-token:{token}@")
        self.git("push", "--quiet", f"{address}/{self.repository}.git", f"HEAD:{branch}")
        return self.git("rev-parse", "HEAD")

    def declaration(self, **changes: Any) -> dict[str, Any]:
        source: dict[str, Any] = {
            "name": "Source",
            "actionTypeId": {
                "category": "Source",
                "owner": "AWS",
                "provider": "CodeStarSourceConnection",
                "version": "1",
            },
            "namespace": "Source",
            "configuration": {
                "ConnectionArn": self.cloud.internal.default_connection_arn,
                "FullRepositoryId": self.repository,
                "BranchName": "main",
            },
            "outputArtifacts": [{"name": "source"}],
        }
        build: dict[str, Any] = {
            "name": "Build",
            "actionTypeId": {"category": "Build", "owner": "AWS", "provider": "CodeBuild", "version": "1"},
            "namespace": "Build",
            "configuration": {"ProjectName": self.name},
            "inputArtifacts": [{"name": "source"}],
            "outputArtifacts": [{"name": "built"}],
        }
        return {
            "name": self.name,
            "roleArn": self.pipeline_role,
            "pipelineType": "V2",
            "artifactStore": {"type": "S3", "location": self.bucket},
            "stages": [
                {"name": "Source", "actions": [source]},
                {"name": "Build", "actions": [build]},
            ],
            **changes,
        }

    def create(self, **changes: Any) -> None:
        self.pipelines.create_pipeline(pipeline=self.declaration(**changes))

    def executions(self) -> list[dict[str, Any]]:
        """Newest first."""
        found: list[dict[str, Any]] = self.pipelines.list_pipeline_executions(pipelineName=self.name)[
            "pipelineExecutionSummaries"
        ]
        return found

    def wait(self, number: int = 1, seconds: float = 30.0) -> dict[str, Any]:
        """Wait until there are `number` executions and the newest has ended."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            found = self.executions()
            if len(found) >= number and found[0]["status"] not in ("InProgress", "Stopping"):
                return found[0]
            time.sleep(0.1)
        raise AssertionError(f"still {self.executions()}")

    def until(self, condition: Callable[[], Any], seconds: float = 30.0) -> Any:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if found := condition():
                return found
            time.sleep(0.1)
        raise AssertionError("it did not happen in time")

    def actions(self, execution_id: str) -> dict[str, dict[str, Any]]:
        """The latest action executions of an execution, by name."""
        found = self.pipelines.list_action_executions(
            pipelineName=self.name, filter={"pipelineExecutionId": execution_id}
        )["actionExecutionDetails"]
        return {item["actionName"]: item for item in reversed(found)}

    def state(self, stage: str) -> dict[str, Any]:
        states = self.pipelines.get_pipeline_state(name=self.name)["stageStates"]
        found: dict[str, Any] = next(item for item in states if item["stageName"] == stage)
        return found


@pytest.fixture
def delivery(cloud: Any, tmp_path: Path) -> Delivery:
    return Delivery(cloud, tmp_path)
