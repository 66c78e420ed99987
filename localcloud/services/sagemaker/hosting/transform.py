"""Batch transform: a model answers for every object below an S3 prefix.

https://docs.aws.amazon.com/sagemaker/latest/dg/batch-transform.html
"""

import logging
from collections.abc import Iterator
from datetime import datetime
from threading import Event
from typing import Any

from botocore.exceptions import ClientError

from localcloud.cloud import Cloud
from localcloud.service_role import ServiceRole
from localcloud.services.sagemaker import eventbridge, roles
from localcloud.services.sagemaker.errors import ResourceInUseError, ResourceNotFoundError, ValidationError
from localcloud.services.sagemaker.hosting import model as models
from localcloud.services.sagemaker.hosting.model import Model
from localcloud.services.sagemaker.hosting.server import ContainerGoneError, ModelServer, StartError
from localcloud.services.sagemaker.jobs.transfer import TransferError, keys_under, nothing_found, split_uri
from localcloud.services.sagemaker.resources import Resource, arn, merged_tags, now, random_id
from localcloud.services.sagemaker.store import SageMakerStore

_log = logging.getLogger(__name__)
_GROUP = "/aws/sagemaker/TransformJobs"
_STATE_CHANGE = "SageMaker Transform Job State Change"
_SESSION = "SageMaker"
_HEALTH_SECONDS = 60.0
_DEFAULT_PAYLOAD = 6
IN_PROGRESS, COMPLETED, FAILED, STOPPING, STOPPED = "InProgress", "Completed", "Failed", "Stopping", "Stopped"


class TransformError(Exception):
    """The job fails; the message is its FailureReason."""


class TransformJob(Resource):
    """A transform job.

    Attributes:
        name: its name.
        request: what it was created with.
        status: InProgress, Completed, Failed, Stopping or Stopped.

    """

    def __init__(self, request: dict[str, Any], store: SageMakerStore) -> None:
        name = request["TransformJobName"]
        tags = merged_tags([], request.get("Tags", []))
        super().__init__(arn(store.region_name, store.account_id, f"transform-job/{name}"), tags=tags)
        self.name = name
        self.request = request
        self.status = IN_PROGRESS
        self.failure_reason: str | None = None
        self.created = self.modified = now()
        self.started: datetime | None = None
        self.ended: datetime | None = None
        self.stop = Event()

    def describe(self) -> dict[str, Any]:
        """The answer of DescribeTransformJob."""
        return {
            **{name: value for name, value in self.request.items() if name != "Tags"},
            "TransformJobArn": self.arn,
            "TransformJobStatus": self.status,
            "FailureReason": self.failure_reason,
            "CreationTime": self.created,
            "TransformStartTime": self.started,
            "TransformEndTime": self.ended,
        }

    def summary(self) -> dict[str, Any]:
        """The job's entry in ListTransformJobs."""
        return {
            "TransformJobName": self.name,
            "TransformJobArn": self.arn,
            "CreationTime": self.created,
            "TransformEndTime": self.ended,
            "LastModifiedTime": self.modified,
            "TransformJobStatus": self.status,
            "FailureReason": self.failure_reason,
        }


class Transforms:
    """Operations on one account's and region's transform jobs."""

    def __init__(self, cloud: Cloud, store: SageMakerStore) -> None:
        self._cloud = cloud
        self._store = store

    def create(self, request: dict[str, Any]) -> TransformJob:
        """Create and start a job.

        Raises:
            ValidationError: the request breaks a rule, or its model does not exist.
            ResourceInUseError: there is a job of that name.

        """
        hosted = models.find(self._store, request["ModelName"])
        source = request["TransformInput"]
        if source["DataSource"]["S3DataSource"]["S3DataType"] != "S3Prefix":
            raise ValidationError("The local cloud imitates only transform input with the S3DataType S3Prefix.")
        if source.get("CompressionType", "None") != "None":
            raise ValidationError("The local cloud does not imitate compressed transform input.")
        if source.get("SplitType", "None") not in ("None", "Line"):
            raise ValidationError("The local cloud imitates the SplitTypes None and Line.")
        processing = request.get("DataProcessing") or {}
        if processing.get("JoinSource", "None") != "None" or any(
            processing.get(name, "$") != "$" for name in ("InputFilter", "OutputFilter")
        ):
            raise ValidationError("The local cloud does not imitate DataProcessing in transform jobs.")
        for uri in (source["DataSource"]["S3DataSource"]["S3Uri"], request["TransformOutput"]["S3OutputPath"]):
            try:
                split_uri(uri)
            except TransferError as error:
                raise ValidationError(f"Invalid S3 URI '{uri}'") from error
        role = roles.assume(self._cloud, hosted.role_arn, _SESSION, self._store.region_name)
        job = TransformJob(request, self._store)
        with self._store.lock:
            if job.name in self._store.transform_jobs:
                raise ResourceInUseError(
                    "Job name must be unique within an AWS account and region, and a job with this name already "
                    f"exists ({job.arn})"
                )
            self._store.transform_jobs[job.name] = job
        self._announce(job)
        self._cloud.spawn(job.arn, self._run, job, hosted, role)
        return job

    def find(self, name: str) -> TransformJob:
        """A job by name.

        Raises:
            ResourceNotFoundError: there is none.

        """
        job = self._store.transform_jobs.get(name)
        if job is None:
            own = arn(self._store.region_name, self._store.account_id, f"transform-job/{name}")
            raise ResourceNotFoundError(f"Could not find transform job '{own}'.")
        return job

    def stop(self, name: str) -> None:
        """Ask a job to stop; it does so between two requests.

        Raises:
            ResourceNotFoundError: there is none.
            ValidationError: it has ended already.

        """
        job = self.find(name)
        if job.status != IN_PROGRESS:
            raise ValidationError(f"The request was rejected because the job is in status {job.status}.")
        job.status = STOPPING
        job.stop.set()

    def _run(self, job: TransformJob, hosted: Model, role: ServiceRole) -> None:
        job.started = now()
        host = f"i-{random_id(17, '0123456789abcdef')}"
        log = role.log(_GROUP, f"{job.name}/{host}")
        data_log = role.log(_GROUP, f"{job.name}/{host}/data-log")
        server = ModelServer(self._cloud, job.name, role, log.write)
        try:
            self._transform(job, hosted, server, data_log.write)
        except (TransformError, TransferError, StartError) as error:
            status, reason = FAILED, str(error)
        except ClientError as error:
            status, reason = FAILED, f"ClientError: {error}"
        except Exception as error:  # noqa: BLE001 - the job's top: it must end in a final state, with a reason
            if not self._cloud.stopping:
                _log.exception("%s failed", job.arn)
            status, reason = FAILED, f"InternalServerError: {error!r}"
        else:
            status, reason = (STOPPED if job.stop.is_set() else COMPLETED), ""
        finally:
            server.stop()
        job.ended = job.modified = now()
        job.failure_reason = reason[:1024] or None
        job.status = status
        self._announce(job)

    def _transform(self, job: TransformJob, hosted: Model, server: ModelServer, tell: Any) -> None:
        request = job.request
        payload = request.get("MaxPayloadInMB", _DEFAULT_PAYLOAD)
        strategy = request.get("BatchStrategy", "MultiRecord")
        container = dict(hosted.container)
        container["Environment"] = {
            **(container.get("Environment") or {}),
            **request.get("Environment", {}),
            "SAGEMAKER_BATCH": "true",
            "SAGEMAKER_MAX_PAYLOAD_IN_MB": str(payload),
            "SAGEMAKER_BATCH_STRATEGY": "MULTI_RECORD" if strategy == "MultiRecord" else "SINGLE_RECORD",
        }
        s3 = server.role.client("s3")
        uri = request["TransformInput"]["DataSource"]["S3DataSource"]["S3Uri"]
        found = list(keys_under(s3, uri))
        if not found:
            missing = nothing_found(uri, self._store.region_name, server.role.role_arn)
            raise TransformError(f"ClientError: {missing}")
        server.start(container, _HEALTH_SECONDS)
        bucket, _ = split_uri(uri)
        for key, relative in found:
            if job.stop.is_set():
                return
            body = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
            answers = [self._ask(job, server, piece, key, tell) for piece in _pieces(request, body, payload)]
            joint = b"\n" if request["TransformOutput"].get("AssembleWith") == "Line" else b""
            content = joint.join(answer.rstrip(b"\n") if joint else answer for answer in answers)
            self._put(s3, request["TransformOutput"], relative, content + joint)

    @staticmethod
    def _ask(job: TransformJob, server: ModelServer, piece: bytes, key: str, tell: Any) -> bytes:
        source, target = job.request["TransformInput"], job.request["TransformOutput"]
        headers = {"Content-Type": source.get("ContentType") or "application/octet-stream"}
        if target.get("Accept"):
            headers["Accept"] = target["Accept"]
        client = job.request.get("ModelClientConfig") or {}
        server.acquire()
        try:
            answer = server.invoke(piece, headers, float(client.get("InvocationsTimeoutInSeconds", 600)))
        except ContainerGoneError as error:
            tell([f"{key}: {error}"])
            raise TransformError("AlgorithmError: See job logs for more information") from error
        finally:
            server.release()
        if answer.status >= 400:
            tell(
                [
                    f"{key}: Bad HTTP status received from algorithm: {answer.status}",
                    f"{key}: {answer.body.decode('utf-8', 'replace')}",
                ]
            )
            raise TransformError("AlgorithmError: See job logs for more information")
        return answer.body

    @staticmethod
    def _put(s3: Any, target: dict[str, Any], relative: str, content: bytes) -> None:
        bucket, prefix = split_uri(target["S3OutputPath"])
        name = "/".join(filter(None, (prefix.strip("/"), f"{relative}.out")))
        key = target.get("KmsKeyId")
        encryption = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key} if key else {}
        s3.put_object(Bucket=bucket, Key=name, Body=content, **encryption)

    def _announce(self, job: TransformJob) -> None:
        detail = {**job.describe(), "Tags": {tag["Key"]: tag["Value"] for tag in job.tags}}
        eventbridge.put(self._cloud, self._store, _STATE_CHANGE, [job.arn], detail)


def _pieces(request: dict[str, Any], body: bytes, payload: int) -> Iterator[bytes]:
    """What is sent at once: everything, a line, or as many lines as fit.

    Raises:
        TransformError: something is larger than MaxPayloadInMB.

    """
    limit = payload * 1024 * 1024 if payload else len(body) + 1
    lines = body.splitlines(keepends=True) if request["TransformInput"].get("SplitType") == "Line" else [body]
    if any(len(line) > limit for line in lines):
        raise TransformError("ClientError: too much data for max payload size")
    if request.get("BatchStrategy", "MultiRecord") == "SingleRecord":
        yield from lines
        return
    batch = b""
    for line in lines:
        if batch and len(batch) + len(line) > limit:
            yield batch
            batch = b""
        batch += line
    yield batch
