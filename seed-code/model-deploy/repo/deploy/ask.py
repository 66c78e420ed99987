"""Asking a deployed model, whatever kind it is: the same question gives the same kind of answer."""

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from deploy.context import Context
from deploy.errors import DeployError
from deploy.promotion import split

PATIENCE_SECONDS = 1200


@dataclass
class Model:
    """What is deployed: its kind, and the names that Terraform gave it."""

    context: Context
    kind: str
    endpoint_name: str | None
    model_name: str
    instance_type: str
    encrypt_volume: bool = True
    sleep: Callable[[float], None] = time.sleep

    def ask(self, body: bytes, content_type: str, accept: str) -> bytes:
        """Send one request and return the answer; raises DeployError with what the model or SageMaker said."""
        try:
            if self.kind == "batch":
                return self._transform(body, content_type, accept)
            if self.kind == "async":
                return self._later(body, content_type, accept)
            return self._now(body, content_type, accept)
        except (BotoCoreError, ClientError) as error:  # of the first kind: an answer that never came
            raise DeployError(f"{self.endpoint_name or self.model_name} did not answer: {error}") from error

    def _now(self, body: bytes, content_type: str, accept: str) -> bytes:
        answer = self.context.environment_client("sagemaker-runtime").invoke_endpoint(
            EndpointName=self.endpoint_name, Body=body, ContentType=content_type, Accept=accept
        )
        content: bytes = answer["Body"].read()
        return content

    def _later(self, body: bytes, content_type: str, accept: str) -> bytes:
        s3 = self.context.environment_client("s3")
        source = self._upload(s3, f"async/input/{uuid.uuid4()}", body)
        answer = self.context.environment_client("sagemaker-runtime").invoke_endpoint_async(
            EndpointName=self.endpoint_name, InputLocation=source, ContentType=content_type, Accept=accept
        )
        return self._wait_for(s3, answer["OutputLocation"], answer.get("FailureLocation"))

    def _wait_for(self, s3: Any, output: str, failure: str | None) -> bytes:
        for _ in range(PATIENCE_SECONDS // 5):
            for address, failed in ((output, False), (failure, True)):
                content = _object(s3, address) if address else None
                if content is not None and not failed:
                    return content
                if content is not None:
                    raise DeployError(f"{self.endpoint_name} failed: {content[:500].decode(errors='replace')}")
            self.sleep(5)
        raise DeployError(f"{self.endpoint_name} did not write {output} within {PATIENCE_SECONDS} seconds")

    def _transform(self, body: bytes, content_type: str, accept: str) -> bytes:
        s3 = self.context.environment_client("s3")
        name = uuid.uuid4().hex[:12]
        source = self._upload(s3, f"batch/input/{name}", body)
        target = f"{self.context.data_uri}/batch/output/{name}"
        self.transform(f"check-{name}", source, target, content_type, accept)
        content = _object(s3, f"{target}/{name}.out")
        if content is None:
            raise DeployError(f"the transform job wrote no {target}/{name}.out")
        return content

    def transform(self, name: str, source: str, target: str, content_type: str, accept: str) -> str:
        """Run a batch transform of the objects under ``source`` to its end; returns the job's name."""
        sagemaker = self.context.environment_client("sagemaker")
        job = f"{self.context.prefix}-{name}"
        key = self.context.environment_kms_key_arn
        disk = {"VolumeKmsKeyId": key} if key and self.encrypt_volume else {}
        sagemaker.create_transform_job(
            TransformJobName=job,
            ModelName=self.model_name,
            TransformInput={
                "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": source}},
                "ContentType": content_type,
            },
            TransformOutput={"S3OutputPath": target, "Accept": accept, **({"KmsKeyId": key} if key else {})},
            TransformResources={"InstanceType": self.instance_type, "InstanceCount": 1, **disk},
            Tags=[
                {"Key": "sagemaker:project-name", "Value": self.context.project_name},
                {"Key": "sagemaker:project-id", "Value": self.context.project_id},
            ],
        )
        for _ in range(PATIENCE_SECONDS // 5):
            described = sagemaker.describe_transform_job(TransformJobName=job)
            status = described["TransformJobStatus"]
            if status == "Completed":
                return job
            if status in ("Failed", "Stopped"):
                reason = described.get("FailureReason", "no reason given")
                raise DeployError(f"the transform job {job} ended as {status}: {reason}")
            self.sleep(5)
        raise DeployError(f"the transform job {job} did not end within {PATIENCE_SECONDS} seconds")

    def _upload(self, s3: Any, name: str, body: bytes) -> str:
        bucket, prefix = split(self.context.data_uri)
        key = self.context.environment_kms_key_arn
        encryption = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key} if key else {}
        s3.put_object(Bucket=bucket, Key=f"{prefix}/{name}", Body=body, **encryption)
        return f"s3://{bucket}/{prefix}/{name}"


def _object(s3: Any, uri: str) -> bytes | None:
    bucket, key = split(uri)
    try:
        content: bytes = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    except ClientError as error:
        if error.response["Error"]["Code"] in ("NoSuchKey", "404"):
            return None
        raise
    return content
