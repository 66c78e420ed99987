"""Training jobs."""

import json
import re
from pathlib import Path
from typing import Any, ClassVar

from localcloud.services.sagemaker.jobs import script_mode
from localcloud.services.sagemaker.jobs.container import Command, Container
from localcloud.services.sagemaker.jobs.job import FAILED, Job
from localcloud.services.sagemaker.jobs.stream import LogStream
from localcloud.services.sagemaker.jobs.transfer import (
    TransferError,
    download,
    nothing_found,
    pack,
    upload_file,
    upload_tree,
)
from localcloud.services.sagemaker.resources import Tags, now

_MESSAGES = {
    "Starting": "Starting the training job",
    "Downloading": "Downloading input data",
    "Training": "Training image download completed. Training in progress.",
    "Uploading": "Uploading generated training model",
    "Completed": "Training job completed",
    "Failed": "Training job failed",
    "Stopped": "Training job stopped",
    "MaxRuntimeExceeded": "Training job runtime exceeded MaxRuntimeInSeconds provided",
}
_HIDDEN = {"Tags"}


class TrainingJob(Job):
    """A training job: channels from S3, a program, a model to S3."""

    kind: ClassVar[str] = "training-job"
    log_group: ClassVar[str] = "/aws/sagemaker/TrainingJobs"

    def __init__(self, name: str, request: dict[str, Any], tags: Tags, *, account_id: str, region: str) -> None:
        super().__init__(name, request, tags, account_id=account_id, region=region)
        self.transitions: list[dict[str, Any]] = []
        self.metrics: dict[str, dict[str, Any]] = {}
        self.model_artifacts: str | None = None
        self._overrun = False
        self._argv: list[str] = []
        self._script: Path | None = None
        definitions = request["AlgorithmSpecification"].get("MetricDefinitions", [])
        self._patterns = [(item["Name"], re.compile(item["Regex"])) for item in definitions]
        self._progress("Starting")

    def describe(self) -> dict[str, Any]:
        """The answer of DescribeTrainingJob."""
        seconds = int((self.ended - self.started).total_seconds()) if self.ended and self.started else None
        return {
            "EnableNetworkIsolation": False,
            "EnableInterContainerTrafficEncryption": False,
            "EnableManagedSpotTraining": False,
            **{name: value for name, value in self.request.items() if name not in _HIDDEN},
            "TrainingJobArn": self.arn,
            "TrainingJobStatus": self.status,
            "SecondaryStatus": self.secondary_status,
            "SecondaryStatusTransitions": self.transitions,
            "FailureReason": self.failure_reason,
            "ModelArtifacts": {"S3ModelArtifacts": self.model_artifacts} if self.model_artifacts else None,
            "FinalMetricDataList": list(self.metrics.values()) or None,
            "CreationTime": self.created,
            "TrainingStartTime": self.started,
            "TrainingEndTime": self.ended,
            "LastModifiedTime": self.modified,
            "TrainingTimeInSeconds": seconds,
            "BillableTimeInSeconds": seconds,
        }

    def summary(self) -> dict[str, Any]:
        """The job's entry in ListTrainingJobs."""
        return {
            "TrainingJobName": self.name,
            "TrainingJobArn": self.arn,
            "CreationTime": self.created,
            "TrainingEndTime": self.ended,
            "LastModifiedTime": self.modified,
            "TrainingJobStatus": self.status,
            "SecondaryStatus": self.secondary_status,
        }

    @property
    def secondary_status(self) -> str:
        """The last of the secondary states; Stopping while it is being stopped."""
        return "Stopping" if self.status == "Stopping" else str(self.transitions[-1]["Status"])

    def _progress(self, secondary: str) -> None:
        status = "MaxRuntimeExceeded" if secondary == "Stopped" and self._overrun else secondary
        time = now()
        if self.transitions:
            self.transitions[-1]["EndTime"] = time
        message = self.failure_reason if status == FAILED and self.failure_reason else _MESSAGES[status]
        entry: dict[str, Any] = {"Status": status, "StartTime": time, "StatusMessage": message}
        if self.finished.is_set() or status in ("Completed", "Failed", "Stopped", "MaxRuntimeExceeded"):
            entry["EndTime"] = time
        self.transitions.append(entry)

    def _bring_in(self, container: Container, s3: Any) -> None:
        for channel in self.request.get("InputDataConfig", []):
            uri = channel["DataSource"]["S3DataSource"]["S3Uri"]
            if download(s3, uri, container.path(f"/opt/ml/input/data/{channel['ChannelName']}")) == 0:
                missing = nothing_found(uri, self.region, self.role_arn)
                raise TransferError(f"ClientError: Data download failed: {missing}")
        config = container.path("/opt/ml/input/config")
        context = self._context()
        (config / "hyperparameters.json").write_text(json.dumps(context.hyperparameters))
        (config / "inputdataconfig.json").write_text(json.dumps(context.input_data_config))
        (config / "resourceconfig.json").write_text(json.dumps(context.resource_config))
        if script_mode.program_of(context.hyperparameters, context.environment):
            self._script = script_mode.place_source(context, container, s3)

    def _context(self) -> script_mode.TrainingContext:
        channels = self.request.get("InputDataConfig", [])
        instance = self.request["ResourceConfig"].get("InstanceType", "local")
        return script_mode.TrainingContext(
            job_name=self.name,
            job_arn=self.arn,
            region=self.region,
            hyperparameters=self.request.get("HyperParameters", {}),
            environment=self.request.get("Environment", {}),
            channels=tuple(channel["ChannelName"] for channel in channels),
            input_data_config={
                channel["ChannelName"]: {
                    "TrainingInputMode": channel.get("InputMode", "File"),
                    "S3DistributionType": "FullyReplicated",
                    "RecordWrapperType": channel.get("RecordWrapperType", "None"),
                    **({"ContentType": channel["ContentType"]} if "ContentType" in channel else {}),
                }
                for channel in channels
            },
            resource_config={
                "current_host": "algo-1",
                "current_instance_type": instance,
                "current_group_name": "homogeneousCluster",
                "hosts": ["algo-1"],
                "network_interface_name": "lo",
                "instance_groups": [
                    {"instance_group_name": "homogeneousCluster", "instance_type": instance, "hosts": ["algo-1"]}
                ],
            },
        )

    def _command(self, container: Container, environment: dict[str, str], log: LogStream) -> Command:
        context = self._context()
        if self._script is not None:
            requirements = self._script.parent / "requirements.txt"
            if requirements.is_file():
                log.write("localcloud: requirements.txt is not installed; the libraries of this Python are used")
            command = script_mode.command(context, container, self._script, environment)
            log.write("Invoking script with the following command:")
            log.write(" ".join(command.argv))
        else:
            algorithm = self.request["AlgorithmSpecification"]
            words = [*algorithm["ContainerEntrypoint"], *algorithm.get("ContainerArguments", [])]
            own = {name: container.rewrite(value) for name, value in context.environment.items()}
            names = {"TRAINING_JOB_NAME": self.name, "TRAINING_JOB_ARN": self.arn}
            argv = [container.rewrite(word) for word in words]
            command = Command(argv, {**environment, **own, **names}, container.path("/opt/ml"))
        self._argv = command.argv
        return command

    def _line(self, line: str) -> None:
        super()._line(line)
        for name, pattern in self._patterns:
            match = pattern.search(line)
            if match is None or not match.groups():
                continue
            try:
                value = float(match.group(1))
            except ValueError:
                continue  # not a number: CloudWatch would not take it either
            self.metrics[name] = {"MetricName": name, "Value": value, "Timestamp": now()}

    def _bring_out(self, container: Container, s3: Any) -> None:
        target = self.request["OutputDataConfig"]
        base = f"{target['S3OutputPath'].rstrip('/')}/{self.name}/output"
        kms_key = target.get("KmsKeyId") or None
        model = container.path("/opt/ml/model")
        if target.get("CompressionType") == "NONE":
            upload_tree(s3, model, f"{base}/model", kms_key)
            self.model_artifacts = f"{base}/model/"
        else:
            archive = container.home / "model.tar.gz"
            pack(model, archive)
            upload_file(s3, archive, f"{base}/model.tar.gz", kms_key)
            self.model_artifacts = f"{base}/model.tar.gz"
        self._bring_out_data(container, s3, base, kms_key)

    @staticmethod
    def _bring_out_data(container: Container, s3: Any, base: str, kms_key: str | None) -> None:
        data = container.path("/opt/ml/output/data")
        if any(data.iterdir()):
            archive = container.home / "output.tar.gz"
            pack(data, archive)
            upload_file(s3, archive, f"{base}/output.tar.gz", kms_key)

    def _timed_out(self, container: Container, s3: Any) -> None:
        self._overrun = True
        self._bring_out(container, s3)  # what has been trained so far is kept

    def _reason(self, container: Container, status: int) -> str:
        written = container.path("/opt/ml/output/failure")
        if written.is_file():
            text = written.read_text(errors="replace").strip()
        elif self._script is not None:
            shown = [word.replace(str(container.root), "") for word in ["python", *self._argv[1:]]]
            text = script_mode.failure(shown, status, list(self.last_lines))
        else:
            text = ""
        return f"AlgorithmError: {text}, exit code: {status}"
