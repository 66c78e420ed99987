"""What a running step works with: its role's session, its arguments' values, the job it waits for."""

import string
from typing import Any

from botocore import xform_name
from botocore.exceptions import ClientError, ParamValidationError

from localcloud.cloud import Cloud
from localcloud.services.sagemaker import roles
from localcloud.services.sagemaker.errors import ValidationError
from localcloud.services.sagemaker.jobs.job import COMPLETED, STOPPED, Job
from localcloud.services.sagemaker.jobs.transfer import TransferError, read_text, split_uri
from localcloud.services.sagemaker.pipelines.execution import STOPPING, Execution, StepRun
from localcloud.services.sagemaker.pipelines.expressions import ExpressionError
from localcloud.services.sagemaker.resources import Tags, merged_tags, random_id
from localcloud.services.sagemaker.store import SageMakerStore

_LONGEST_JOB_NAME = 63
_SUFFIX_LENGTH = 10
_SESSION_STEP_LENGTH = 20
_POLL_SECONDS = 0.05


class StepFailedError(Exception):
    """The step fails; the message is its FailureReason (which may be empty)."""


class StepStoppedError(Exception):
    """The execution was stopped while the step ran."""


class StepContext:
    """One run of one step.

    Everything is done as the pipeline's execution role, in a session named as SageMaker Pipelines names it
    (``sagemaker-pipeline-<execution id>-<first letters of the step>``).
    """

    def __init__(self, cloud: Cloud, store: SageMakerStore, execution: Execution, run: StepRun) -> None:
        self.store = store
        self.execution = execution
        self.run = run
        self.step = run.step
        self._cloud = cloud
        session = f"sagemaker-pipeline-{execution.id}-{run.step.name[:_SESSION_STEP_LENGTH]}"
        try:
            self._role = roles.assume(
                cloud, execution.role_arn, session, store.region_name, source_arn=execution.arn
            )
        except ValidationError as error:
            raise StepFailedError(f"ClientError: {error.message}") from error
        self._sagemaker: Any = None

    def resolve(self, value: Any) -> Any:
        """A value with its expressions replaced.

        Raises:
            StepFailedError: something an expression refers to is not there.

        """
        try:
            return self.execution.values.resolve(value, self._read)
        except ExpressionError as error:
            raise StepFailedError(f"ClientError: {error}") from error

    def call(self, operation: str, **arguments: Any) -> dict[str, Any]:
        """Call a SageMaker operation (``CreateProcessingJob``) as the execution role.

        Raises:
            StepFailedError: SageMaker refuses; worded as SageMaker Pipelines does.

        """
        if self._sagemaker is None:
            self._sagemaker = self._role.client("sagemaker")
        method = getattr(self._sagemaker, xform_name(operation))
        try:
            answer: dict[str, Any] = method(**arguments)
        except ClientError as error:
            raise StepFailedError(_refused(operation, error.response["Error"]["Message"])) from error
        except ParamValidationError as error:
            raise StepFailedError(_refused(operation, error)) from error
        answer.pop("ResponseMetadata", None)
        return answer

    def job_name(self, prefix: str | None) -> str:
        """A new name for the step's job.

        ``pipelines-<execution id>-<step>-<suffix>``, the step's name cut so that it fits; with a prefix of its own
        ``<prefix>-<execution id>-<suffix>``
        (https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-access.html).
        """
        suffix = random_id(_SUFFIX_LENGTH, string.ascii_letters + string.digits)
        if prefix is not None:
            return f"{prefix}-{self.execution.id}-{suffix}"
        room = _LONGEST_JOB_NAME - len(f"pipelines-{self.execution.id}--{suffix}")
        step = self.step.name.replace("_", "-")[:room].rstrip("-")
        return f"pipelines-{self.execution.id}-{step}-{suffix}"

    def tags(self, own: Tags) -> Tags:
        """The tags of what the step creates: the pipeline's, the execution's ARN, the step's own."""
        inherited = [
            *self.execution.tags,
            {"Key": "sagemaker:pipeline-execution-arn", "Value": self.execution.arn},
        ]
        return merged_tags(inherited, own)

    def follow(self, job: Job, stop_operation: str, **stop_arguments: str) -> None:
        """Wait until a job has ended.

        Raises:
            StepStoppedError: the execution was stopped, and the job with it.
            StepFailedError: the job failed or was stopped by somebody else.

        """
        asked = False
        while not job.finished.wait(_POLL_SECONDS):
            if self._cloud.stopping:
                raise StepStoppedError
            if self.execution.status == STOPPING and not asked:
                asked = True
                self.call(stop_operation, **stop_arguments)
        if job.status == STOPPED and asked:
            raise StepStoppedError
        if job.status == STOPPED:
            raise StepFailedError(f"ClientError: The job {job.arn} was stopped.")
        if job.status != COMPLETED:
            raise StepFailedError(job.failure_reason or "")

    def check_readable(self, operation: str, uri: str) -> None:
        """Ask S3, as the execution role, for an object that an operation will want to read.

        Raises:
            StepFailedError: the role cannot see it.

        """
        try:
            bucket, key = split_uri(uri)
            self._role.client("s3").head_object(Bucket=bucket, Key=key)
        except TransferError as error:
            raise StepFailedError(_refused(operation, error)) from error
        except ClientError as error:
            details = (
                f"Access denied for bucket: {bucket}, object key: {key}. Please ensure that the object exists "
            )
            details += f"and that the role {self.execution.role_arn} may read it ({error})."
            raise StepFailedError(_refused(operation, details)) from error

    def _read(self, uri: str) -> str:
        try:
            return read_text(self._role.client("s3"), uri)
        except TransferError as error:
            raise ExpressionError(str(error).removeprefix("ClientError: ")) from error


def _refused(operation: str, details: object) -> str:
    return f"ClientError: Failed to invoke sagemaker:{operation}. Error Details: {details}"
