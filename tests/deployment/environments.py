"""What runs in a project's environments, as whoever asks it sees it."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from localcloud.faults.client import FaultClient
from tests.journey.clients import Aws, eventually
from tests.journey.world import Launch

DELIVERY_SECONDS = 600


@dataclass(frozen=True)
class Endpoint:
    """What runs under one name.

    Attributes:
        described: describe-endpoint's answer.
        tags: the endpoint's.
        model: describe-model's answer for its only variant.

    """

    described: dict[str, Any]
    tags: dict[str, str]
    model: dict[str, Any]

    @property
    def config(self) -> str:
        return str(self.described["EndpointConfigName"])

    @property
    def version(self) -> int:
        """Of the model package; the generation's key begins with it."""
        return int(self.config.split("-")[-2])


@dataclass(frozen=True)
class Environments:
    """Staging and production of one project.

    Attributes:
        account: the AWS CLI in their account.

    """

    launch: Launch
    account: Aws
    folder: Path

    def name(self, environment: str) -> str:
        """Of an environment's endpoint."""
        return f"{self.launch.prefix}-{environment}-realtime"

    @property
    def control(self) -> FaultClient:
        """What the local cloud is told: how time passes, what goes wrong."""
        return FaultClient(self.launch.platform.terraform.handout.endpoint)

    def described(self, environment: str) -> dict[str, Any]:
        """An environment's endpoint as it is now."""
        return dict(self.account("sagemaker", "describe-endpoint", "--endpoint-name", self.name(environment)))

    def configurations(self, environment: str) -> list[str]:
        """Names of an environment's endpoint configurations."""
        prefix = f"{self.launch.prefix}-{environment}-"
        listed = self.account("sagemaker", "list-endpoint-configs", "--name-contains", prefix)
        return sorted(config["EndpointConfigName"] for config in listed["EndpointConfigs"])

    def look(self, environment: str) -> Endpoint:
        """What runs in an environment, once no change is under way: Terraform waits for no roll-back's end."""

        def settled() -> Any:
            found = self.described(environment)
            return None if found["EndpointStatus"] in ("Updating", "RollingBack") else found

        described = eventually(settled, DELIVERY_SECONDS, f"the end of a change of {self.name(environment)}")
        tags = self.account("sagemaker", "list-tags", "--resource-arn", described["EndpointArn"])["Tags"]
        config = self.account(
            *("sagemaker", "describe-endpoint-config"),
            *("--endpoint-config-name", described["EndpointConfigName"]),
        )
        model = self.account(
            *("sagemaker", "describe-model", "--model-name", config["ProductionVariants"][0]["ModelName"])
        )
        return Endpoint(described, {tag["Key"]: tag["Value"] for tag in tags}, model)

    def ask(self, environment: str, instances: list[dict[str, Any]]) -> list[float]:
        """Predictions of the environment's endpoint for rows."""
        request = self.folder / f"{self.launch.name}-{environment}-request.json"
        answer = self.folder / f"{self.launch.name}-{environment}-answer.json"
        request.write_text(json.dumps({"instances": instances}))
        self.account(
            *("sagemaker-runtime", "invoke-endpoint", "--endpoint-name", self.name(environment)),
            *("--content-type", "application/json", "--accept", "application/json"),
            *("--body", f"fileb://{request}", str(answer)),
        )
        return list(json.loads(answer.read_text())["predictions"])

    def state(self, environment: str) -> str:
        """Terraform's state of an environment."""
        key = f"deploy/{environment}/terraform.tfstate"
        return self.launch.platform.engineer.read(f"s3://{self.launch.artifact_bucket}/{key}")

    def records(self, environment: str) -> list[dict[str, Any]]:
        """Records of an environment's deployments, oldest first."""
        engineer, bucket = self.launch.platform.engineer, self.launch.artifact_bucket
        listed = engineer(
            *("s3api", "list-objects-v2", "--bucket", bucket),
            *("--prefix", f"deploy/{environment}/deployments/"),
        )
        keys = sorted(item["Key"] for item in listed.get("Contents", []))
        return [json.loads(engineer.read(f"s3://{bucket}/{key}")) for key in keys]
