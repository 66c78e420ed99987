"""Processing jobs."""

import json
from typing import Any, ClassVar

from localcloud.services.sagemaker.aws_model import answer_shape
from localcloud.services.sagemaker.jobs.container import Command, Container
from localcloud.services.sagemaker.jobs.job import Job
from localcloud.services.sagemaker.jobs.stream import LogStream
from localcloud.services.sagemaker.jobs.transfer import TransferError, download, nothing_found, upload_tree

_CONFIG = "/opt/ml/config"
_MESSAGE = "/opt/ml/output/message"
_HIDDEN = {"Tags"}


class ProcessingJob(Job):
    """A processing job: inputs from S3, a program, outputs to S3."""

    kind: ClassVar[str] = "processing-job"
    log_group: ClassVar[str] = "/aws/sagemaker/ProcessingJobs"
    exit_message: str | None = None

    def describe(self) -> dict[str, Any]:
        """The answer of DescribeProcessingJob."""
        return {
            **{name: value for name, value in self.request.items() if name not in _HIDDEN},
            "ProcessingJobArn": self.arn,
            "ProcessingJobStatus": self.status,
            "ExitMessage": self.exit_message,
            "FailureReason": self.failure_reason,
            "CreationTime": self.created,
            "ProcessingStartTime": self.started,
            "ProcessingEndTime": self.ended,
            "LastModifiedTime": self.modified,
        }

    def summary(self) -> dict[str, Any]:
        """The job's entry in ListProcessingJobs."""
        return {
            "ProcessingJobName": self.name,
            "ProcessingJobArn": self.arn,
            "CreationTime": self.created,
            "ProcessingEndTime": self.ended,
            "LastModifiedTime": self.modified,
            "ProcessingJobStatus": self.status,
            "FailureReason": self.failure_reason,
            "ExitMessage": self.exit_message,
        }

    def _bring_in(self, container: Container, s3: Any) -> None:
        for item in self.request.get("ProcessingInputs", []):
            source = item["S3Input"]
            if download(s3, source["S3Uri"], container.path(source["LocalPath"])) == 0:
                missing = nothing_found(source["S3Uri"], self.region, self.role_arn)
                raise TransferError(f"ClientError: Data download failed: {missing}")
        for output in self._outputs():
            container.path(output["S3Output"]["LocalPath"]).mkdir(parents=True, exist_ok=True)
        config = container.path(_CONFIG)
        config.mkdir(parents=True, exist_ok=True)
        known = answer_shape("DescribeProcessingJob").members
        request = {name: value for name, value in self.request.items() if name in known and name not in _HIDDEN}
        (config / "processingjobconfig.json").write_text(json.dumps({"ProcessingJobArn": self.arn, **request}))
        hosts = {"current_host": "algo-1", "hosts": ["algo-1"]}
        (config / "resourceconfig.json").write_text(json.dumps(hosts))

    def _command(self, container: Container, environment: dict[str, str], log: LogStream) -> Command:  # noqa: ARG002
        app = self.request["AppSpecification"]
        words = [*app.get("ContainerEntrypoint", []), *app.get("ContainerArguments", [])]
        own = {name: container.rewrite(value) for name, value in self.request.get("Environment", {}).items()}
        return Command(
            argv=[container.rewrite(word) for word in words],
            environment={**environment, **own},
            cwd=container.path("/opt/ml/processing"),
        )

    def _bring_out(self, container: Container, s3: Any) -> None:
        self._read_message(container)
        kms_key = self.request.get("ProcessingOutputConfig", {}).get("KmsKeyId")
        for output in self._outputs():
            target = output["S3Output"]
            upload_tree(s3, container.path(target["LocalPath"]), target["S3Uri"], kms_key)

    def _reason(self, container: Container, status: int) -> str:  # noqa: ARG002 - a processing job does not say it
        self._read_message(container)
        return "AlgorithmError: See job logs for more information"

    def _read_message(self, container: Container) -> None:
        message = container.path(_MESSAGE)
        if message.is_file():
            self.exit_message = message.read_text(errors="replace")[:1024]

    def _outputs(self) -> list[dict[str, Any]]:
        outputs = self.request.get("ProcessingOutputConfig", {}).get("Outputs", [])
        return [output for output in outputs if "S3Output" in output]
