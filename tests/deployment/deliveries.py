"""A project's deploy pipeline and its endpoints, as whoever approves and asks sees them."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import ProxyHandler, Request, build_opener

from tests.journey.clients import Aws, eventually
from tests.journey.world import Launch

DELIVERY_SECONDS = 600
STAGES = ["Source", "Build", "Staging", "SmokeTest", "Approval", "Production", "Verify"]
_ENDED = ("Succeeded", "Failed", "Stopped", "Superseded", "Cancelled")


@dataclass(frozen=True)
class Delivery:
    """One execution of the deploy pipeline that has ended.

    Attributes:
        summary: as list-pipeline-executions has it.
        actions: as list-action-executions has them, by action.
        state: as get-pipeline-state had it then, by stage.
        logs: what the builds wrote, by action.

    """

    summary: dict[str, Any]
    actions: dict[str, dict[str, Any]]
    state: dict[str, dict[str, Any]]
    logs: dict[str, str]

    @property
    def status(self) -> str:
        return str(self.summary["status"])

    def statuses(self) -> dict[str, str]:
        """How the actions ended, by name."""
        return {name: action["status"] for name, action in self.actions.items()}

    def error(self, action: str) -> str:
        """Why an action failed, as list-action-executions says."""
        return str(self.actions[action]["output"]["executionResult"]["errorDetails"]["message"])


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
class Deploying:
    """The deployment of one project.

    Attributes:
        account: the AWS CLI in the account of staging and production.

    """

    launch: Launch
    account: Aws
    folder: Path

    @property
    def pipeline(self) -> str:
        return f"{self.launch.prefix}-deploy"

    @property
    def repository(self) -> str:
        return f"{self.launch.repository}-deploy"

    def name(self, environment: str) -> str:
        """Of an environment's endpoint."""
        return f"{self.launch.prefix}-{environment}-realtime"

    def decide(self, package: str, status: str = "Approved") -> None:
        """Approve or reject a registered model, as a data scientist."""
        self.launch.platform.scientist(
            *("sagemaker", "update-model-package", "--model-package-arn", package),
            *("--model-approval-status", status),
        )

    def start(self) -> str:
        """Start the pipeline by hand; the execution's id."""
        started = self.launch.platform.engineer(
            "codepipeline", "start-pipeline-execution", "--name", self.pipeline
        )
        return str(started["pipelineExecutionId"])

    def execution(self, number: int) -> str:
        """Wait for execution ``number`` (0 is the first); its id."""

        def begun() -> str:
            listed = self._listed()
            return str(listed[number]["pipelineExecutionId"]) if len(listed) > number else ""

        return eventually(begun, DELIVERY_SECONDS, f"execution {number} of {self.pipeline}")

    def started_by(self, act: Callable[[], object]) -> str:
        """Do something that starts the pipeline; the execution's id."""
        number = len(self._listed())
        act()
        return self.execution(number)

    def push(self, **environments: dict[str, Any]) -> None:
        """Change settings of environments in the deploy repository, with one commit."""
        git = self.launch.platform.git
        clone = self.folder / f"{self.launch.name}-deploy"
        if not clone.exists():
            git.clone(self.repository, clone)
        for environment, settings in environments.items():
            file = clone / "environments" / f"{environment}.json"
            file.write_text(json.dumps(json.loads(file.read_text()) | settings, indent=2) + "\n")
        git.commit_and_push(clone, f"Settings of {', '.join(environments)}")

    def awaits_approval(self, execution: str) -> dict[str, Any]:
        """Wait until an execution has reached the approval; the action's state, as the CLI shows it."""
        codepipeline = self.launch.platform.watcher("codepipeline")

        def reached() -> bool:
            stages = codepipeline.get_pipeline_state(name=self.pipeline)["stageStates"]
            approval = next(stage for stage in stages if stage["stageName"] == "Approval")
            latest = approval.get("latestExecution", {})
            if (latest.get("pipelineExecutionId"), latest.get("status")) == (execution, "InProgress"):
                return "token" in approval["actionStates"][0]["latestExecution"]
            ended = codepipeline.get_pipeline_execution(pipelineName=self.pipeline, pipelineExecutionId=execution)[
                "pipelineExecution"
            ]
            assert ended["status"] not in _ENDED, self._said(execution)
            return False

        eventually(reached, DELIVERY_SECONDS, f"the approval of {execution} of {self.pipeline}")
        return dict(self._state()["Approval"]["actionStates"][0]["latestExecution"])

    def approve(self, execution: str) -> dict[str, Any]:
        """Let production have it, once staging has passed its tests; what get-pipeline-state showed before."""
        state = self.awaits_approval(execution)
        # What was slow on a busy machine is no reason to take an update back.
        self.let_metrics_age()
        self.launch.platform.engineer(
            *("codepipeline", "put-approval-result", "--pipeline-name", self.pipeline),
            *("--stage-name", "Approval", "--action-name", "Approval", "--token", state["token"]),
            *("--result", json.dumps({"status": "Approved", "summary": "Staging looks well."})),
        )
        return state

    def runs(self, execution: str, action: str) -> str:
        """Wait until an action of an execution runs; the id of its build."""

        def running() -> str:
            found = self._actions(execution).get(action, {})
            result = found.get("output", {}).get("executionResult", {})
            return str(result.get("externalExecutionId", "")) if found.get("status") == "InProgress" else ""

        return eventually(running, DELIVERY_SECONDS, f"the build of {action} of {execution} of {self.pipeline}")

    def ended(self, execution: str) -> Delivery:
        """Wait until an execution has ended, well or not."""
        codepipeline = self.launch.platform.watcher("codepipeline")

        def over() -> bool:
            found = codepipeline.get_pipeline_execution(pipelineName=self.pipeline, pipelineExecutionId=execution)[
                "pipelineExecution"
            ]
            return found["status"] in _ENDED

        eventually(over, DELIVERY_SECONDS, f"the end of {execution} of {self.pipeline}")
        summary = next(item for item in self._listed() if item["pipelineExecutionId"] == execution)
        actions = self._actions(execution)
        return Delivery(summary, actions, self._state(), self._logs(actions))

    def deployed(self, execution: str) -> Delivery:
        """Approve it and wait until production has passed its tests."""
        self.approve(execution)
        delivery = self.ended(execution)
        assert delivery.status == "Succeeded", self._said(execution)
        return delivery

    def look(self, environment: str) -> Endpoint:
        """What runs in an environment, once no change is under way: Terraform waits for no roll-back's end."""

        def settled() -> Any:
            found = self.account("sagemaker", "describe-endpoint", "--endpoint-name", self.name(environment))
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

    def records(self, environment: str) -> list[dict[str, Any]]:
        """Records of an environment's deployments, oldest first."""
        engineer, bucket = self.launch.platform.engineer, self.launch.artifact_bucket
        listed = engineer(
            *("s3api", "list-objects-v2", "--bucket", bucket),
            *("--prefix", f"deploy/{environment}/deployments/"),
        )
        keys = sorted(item["Key"] for item in listed.get("Contents", []))
        return [json.loads(engineer.read(f"s3://{bucket}/{key}")) for key in keys]

    def let_metrics_age(self) -> None:
        """Let two minutes pass for metrics and alarms."""
        self.control("metrics", seconds=120)

    def control(self, name: str, **wanted: Any) -> None:
        """Tell the local cloud how time passes."""
        address = f"{self.launch.platform.terraform.handout.endpoint}/_localcloud/{name}"
        request = Request(address, json.dumps(wanted).encode(), method="POST")  # noqa: S310 - the local cloud's
        with build_opener(ProxyHandler({})).open(request, timeout=30) as answer:
            assert answer.status == 200

    def _listed(self) -> list[dict[str, Any]]:
        """Executions, oldest first."""
        found = self.launch.platform.watcher("codepipeline").list_pipeline_executions(pipelineName=self.pipeline)
        return sorted(found["pipelineExecutionSummaries"], key=lambda execution: execution["startTime"])

    def _state(self) -> dict[str, dict[str, Any]]:
        state = self.launch.platform.engineer("codepipeline", "get-pipeline-state", "--name", self.pipeline)
        return {stage["stageName"]: stage for stage in state["stageStates"]}

    def _actions(self, execution: str) -> dict[str, dict[str, Any]]:
        listed = self.launch.platform.engineer(
            *("codepipeline", "list-action-executions", "--pipeline-name", self.pipeline),
            *("--filter", json.dumps({"pipelineExecutionId": execution})),
        )["actionExecutionDetails"]
        return {action["actionName"]: action for action in listed}

    def _logs(self, actions: dict[str, dict[str, Any]]) -> dict[str, str]:
        engineer = self.launch.platform.engineer
        builds = {
            name: action["output"]["executionResult"]["externalExecutionId"]
            for name, action in actions.items()
            if action["input"]["actionTypeId"]["provider"] == "CodeBuild"
        }
        described = engineer("codebuild", "batch-get-builds", "--ids", *builds.values())["builds"]
        streams = {build["id"]: build["logs"] for build in described}
        return {
            name: engineer.log(streams[build]["groupName"], streams[build]["streamName"])
            for name, build in builds.items()
        }

    def _said(self, execution: str) -> str:
        """What a person looks at when it has failed."""
        actions = self._actions(execution)
        failed = [name for name, action in actions.items() if action["status"] == "Failed"]
        logs = self._logs(actions)
        return "\n".join([str(actions), *(logs.get(name, "")[-4000:] for name in failed)])
