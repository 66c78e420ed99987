"""What the journey's tests share: the platform as it was set up, and the projects launched on it.

What is asserted comes from the AWS CLI and git. Only waiting is done with the SDK: it looks every second, and a
command takes more of a processor than what is waited for.
"""

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from demo.children import Child
from demo.cloud import Clients
from demo.platform import Progress, Terraform
from tests.journey.canaries import Planted
from tests.journey.clients import Aws, Git, eventually

NAME = "sagemaker-projects"
PRODUCT = "Model build with GitHub and Terraform"
OWNER = "example-org"
RUNNER_LOG = f"/{NAME}/runner"
# Terraform's own waiting included, with a dozen launches at once on two cores.
LAUNCH_SECONDS = 480
DELIVERY_SECONDS = 240
_ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Platform:
    """The local cloud after package 1.

    Attributes:
        engineer: the AWS CLI as the platform engineer.
        scientist: the AWS CLI as a data scientist, with the role of Studio's users.
        watcher: the SDK as the platform engineer, for waiting.
        apply: Terraform's run, which may still wait for lifecycle rules.
        pid: process id of the local cloud.
        planted: secrets that are looked for everywhere in the end.
        name: package 1's, the beginning of what it owns.
        product_name: of the product that projects are made of.

    """

    terraform: Terraform
    progress: Progress
    engineer: Aws
    scientist: Aws
    watcher: Clients
    git: Git
    account: str
    region: str
    apply: Child
    pid: int
    planted: Planted
    name: str = NAME
    product_name: str = PRODUCT

    @property
    def state_bucket(self) -> str:
        return f"{self.name.replace('sagemaker', 'ml')}-state-{self.account}-{self.region}"

    @property
    def lock_table(self) -> str:
        return f"{self.name}-locks"

    @cached_property
    def product(self) -> dict[str, Any]:
        """The product as a data scientist finds it."""
        found = self.scientist("servicecatalog", "search-products")["ProductViewSummaries"]
        return next(product for product in found if product["Name"] == self.product_name)

    def artifacts(self) -> dict[str, str]:
        """What the product offers: release and the id of its provisioning artifact."""
        described = self.scientist("servicecatalog", "describe-product", "--id", self.product["ProductId"])
        return {item["Name"]: item["Id"] for item in described["ProvisioningArtifacts"]}

    def program(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """One of the platform's own commands, as the platform engineer: ``projects list --json``."""
        return subprocess.run(
            [sys.executable, "-m", *arguments, "--name", self.name],
            cwd=_ROOT,
            env=dict(self.engineer.environment),
            capture_output=True,
            text=True,
            check=False,
            timeout=LAUNCH_SECONDS,
        )

    def launch(self, name: str, *, product: str = "", git: bool = True, **parameters: str) -> "Launch":
        """Create a project as a data scientist; what is not given is left to the form's defaults."""
        if git:
            parameters.setdefault("GitRepoName", f"{OWNER}/{name}")
        details = {
            "ProductId": product or self.product["ProductId"],
            "ProvisioningParameters": [{"Key": key, "Value": value} for key, value in parameters.items()],
        }
        answer = self.scientist(
            *("sagemaker", "create-project", f"--project-name={name}"),
            *("--service-catalog-provisioning-details", json.dumps(details)),
        )
        return Launch(self, name, answer["ProjectId"], answer["ProjectArn"], parameters.get("GitRepoName", ""))


@dataclass
class Launch:
    """A project that was asked for."""

    platform: Platform
    name: str
    identifier: str
    arn: str
    repository: str
    branch: str = "main"
    described: dict[str, Any] = field(default_factory=dict)

    @property
    def prefix(self) -> str:
        """Beginning of the names of what it owns."""
        return f"ml-{self.identifier}"

    @property
    def sagemaker_name(self) -> str:
        """Name of its SageMaker pipeline and its model package group."""
        return f"{self.name}-{self.identifier}"

    @property
    def artifact_bucket(self) -> str:
        return f"{self.prefix}-{self.platform.account}-{self.platform.region}"

    def describe(self) -> dict[str, Any]:
        return dict(self.platform.scientist("sagemaker", "describe-project", "--project-name", self.name))

    def settle(self, within: float = LAUNCH_SECONDS) -> "Launch":
        """Wait until the creation has ended, well or not."""

        self._wait(lambda status: status not in ("Pending", "CreateInProgress"), "creation", within)
        self.described = self.describe()
        return self

    def completed(self) -> "Launch":
        """Wait until the project stands; a failure is told with the end of the runner's log."""
        self.settle()
        assert self.described["ProjectStatus"] == "CreateCompleted", (
            f"{self.reason()}\n{self.runner_log()[-3000:]}"
        )
        return self

    def failed(self, within: float = LAUNCH_SECONDS) -> "Launch":
        """Wait until the creation has failed."""
        self.settle(within)
        assert self.described["ProjectStatus"] == "CreateFailed", self.described
        return self

    def update(self, release: str, **parameters: str) -> None:
        """Ask for an update: the release that it is on afterwards, and what changes on the form."""
        details = {
            "ProvisioningArtifactId": self.platform.artifacts()[release],
            "ProvisioningParameters": [{"Key": key, "Value": value} for key, value in parameters.items()],
        }
        self.platform.scientist(
            *("sagemaker", "update-project", "--project-name", self.name),
            *("--service-catalog-provisioning-update-details", json.dumps(details)),
        )

    def updated(self, status: str = "UpdateCompleted") -> "Launch":
        """Wait until the update has ended, as it is to end."""
        self._wait(lambda now: now in ("UpdateCompleted", "UpdateFailed"), "update")
        self.described = self.describe()
        assert self.described["ProjectStatus"] == status, f"{self.reason()}\n{self.runner_log()[-3000:]}"
        return self

    def delete(self) -> None:
        """Delete it and wait until it is gone."""
        described = self._deleted()
        assert described["ProjectStatus"] == "DeleteCompleted", described

    def ask_for_deletion(self) -> None:
        """Delete it and wait for the end of that, well or not; ``described`` says which."""
        self.described = self._deleted()

    def _deleted(self) -> dict[str, Any]:
        self.platform.scientist("sagemaker", "delete-project", "--project-name", self.name)
        self._wait(lambda status: status in ("DeleteFailed", "DeleteCompleted"), "deletion")
        return self.describe()

    def _wait(self, over: Callable[[str], bool], what: str, within: float = LAUNCH_SECONDS) -> None:
        sagemaker = self.platform.watcher("sagemaker")

        def reached() -> bool:
            return over(sagemaker.describe_project(ProjectName=self.name)["ProjectStatus"])

        eventually(reached, within, f"the end of the {what} of {self.name}")

    def reason(self) -> str:
        """Why it failed, as describe-project says."""
        details = self.described["ServiceCatalogProvisionedProductDetails"]
        return str(details.get("ProvisionedProductStatusMessage", ""))

    def stack(self) -> dict[str, Any]:
        """Its CloudFormation stack."""
        product = self.describe()["ServiceCatalogProvisionedProductDetails"]["ProvisionedProductId"]
        name = f"SC-{self.platform.account}-{product}"
        found = self.platform.engineer("cloudformation", "describe-stacks", "--stack-name", name)
        return dict(found["Stacks"][0])

    def runner_log(self) -> str:
        return self.platform.engineer.log(f"/{self.platform.name}/runner", f"{self.identifier}/")

    def said(self, words: str) -> None:
        """Wait until its runner has said something."""
        logs = self.platform.watcher("logs")

        def heard() -> bool:
            events = logs.filter_log_events(
                logGroupName=f"/{self.platform.name}/runner", logStreamNamePrefix=f"{self.identifier}/"
            )["events"]
            return any(words in event["message"] for event in events)

        eventually(heard, LAUNCH_SECONDS, f"{words!r} in the runner's log of {self.name}")

    def run_records(self, action: str = "apply") -> list[dict[str, Any]]:
        """The runner's records of one action, oldest first."""
        prefix = f"projects/{self.identifier}/runs/"
        listed = self.platform.engineer(
            "s3api", "list-objects-v2", "--bucket", self.platform.state_bucket, "--prefix", prefix
        )
        keys = sorted(
            item["Key"] for item in listed.get("Contents", []) if item["Key"].endswith(f"-{action}.json")
        )
        return [
            json.loads(self.platform.engineer.read(f"s3://{self.platform.state_bucket}/{key}")) for key in keys
        ]

    def resources(self) -> dict[str, dict[str, str]]:
        """Everything that carries the project's id, with its tags, by ARN."""
        found = self.platform.engineer(
            *("resourcegroupstaggingapi", "get-resources"),
            *("--tag-filters", f"Key=sagemaker:project-id,Values={self.identifier}"),
        )["ResourceTagMappingList"]
        return {item["ResourceARN"]: {tag["Key"]: tag["Value"] for tag in item["Tags"]} for item in found}

    def applied(self) -> dict[str, str]:
        """The record of what was applied last."""
        text = self.platform.engineer.read(f"s3://{self.platform.state_bucket}/projects/{self.identifier}/applied")
        return dict(line.split("=", 1) for line in text.splitlines())

    def state(self) -> dict[str, Any]:
        """Terraform's state of the project."""
        return dict(json.loads(self.platform.engineer.read(f"s3://{self.platform.state_bucket}/{self.state_key}")))

    @property
    def state_key(self) -> str:
        return f"projects/{self.identifier}/terraform.tfstate"

    def inventory(self) -> dict[str, Any]:
        """What a project is: resources with tags, state, settings, policies; not what its pushes add."""
        engineer, prefix = self.platform.engineer, self.prefix
        versions = engineer(
            *("s3api", "list-object-versions", "--bucket", self.platform.state_bucket),
            *("--prefix", self.state_key),
        )["Versions"]
        roles = [f"{prefix}-{name}" for name in ("seed", "build", "pipeline", "execution")]
        return {
            "resources": self.resources(),
            "state": [version["VersionId"] for version in versions],
            "pipeline": engineer("codepipeline", "get-pipeline", "--name", f"{prefix}-build")["pipeline"],
            "build": engineer("codebuild", "batch-get-projects", "--names", f"{prefix}-build")["projects"],
            "function": engineer("lambda", "get-function-configuration", "--function-name", f"{prefix}-seed"),
            "policies": {
                role: engineer("iam", "list-role-policies", "--role-name", role)["PolicyNames"] for role in roles
            },
            "runs": len(self.run_records()),
        }

    def executions(self) -> list[dict[str, Any]]:
        """Executions of its CodePipeline pipeline, oldest first."""
        found = self.platform.engineer(
            "codepipeline", "list-pipeline-executions", "--pipeline-name", f"{self.prefix}-build"
        )["pipelineExecutionSummaries"]
        return sorted(found, key=lambda execution: execution["startTime"])

    def trainings(self) -> list[dict[str, Any]]:
        """Executions of its SageMaker pipeline, oldest first."""
        found = self.platform.engineer(
            "sagemaker", "list-pipeline-executions", "--pipeline-name", self.sagemaker_name
        )["PipelineExecutionSummaries"]
        return sorted(found, key=lambda execution: execution["StartTime"])

    def models(self) -> list[dict[str, Any]]:
        """Registered versions, oldest first."""
        found = self.platform.engineer(
            "sagemaker", "list-model-packages", "--model-package-group-name", self.sagemaker_name
        )["ModelPackageSummaryList"]
        return sorted(found, key=lambda package: package["ModelPackageVersion"])

    def delivered(self, number: int) -> "Delivered":
        """Wait until execution ``number`` (0 is the first) and what it started have ended."""

        pipeline = self.platform.watcher("codepipeline")
        sagemaker = self.platform.watcher("sagemaker")

        def delivered() -> bool:
            listed = pipeline.list_pipeline_executions(pipelineName=f"{self.prefix}-build")
            found = listed["pipelineExecutionSummaries"]
            return len(found) > number and all(execution["status"] != "InProgress" for execution in found)

        def trained() -> bool:
            listed = sagemaker.list_pipeline_executions(PipelineName=self.sagemaker_name)
            found = listed["PipelineExecutionSummaries"]
            return len(found) > number and not any(
                execution["PipelineExecutionStatus"] in ("Executing", "Stopping") for execution in found
            )

        eventually(delivered, DELIVERY_SECONDS, f"the end of execution {number} of {self.prefix}-build")
        execution = self.executions()[number]
        assert execution["status"] == "Succeeded", execution
        eventually(trained, DELIVERY_SECONDS, f"the end of training {number} of {self.name}")
        return Delivered(execution, self.trainings()[number])


@dataclass(frozen=True)
class Delivered:
    """A commit's way to its end, as the two pipelines list it."""

    execution: dict[str, Any]
    training: dict[str, Any]
