"""Stand-ins for the services, as far as the commands use them."""

import hashlib
import io
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from deploy.context import Context
from deploy.deployment import Choice
from deploy.errors import DeployError
from deploy.package import Package

BUCKET = "ml-p-abc123-111122223333-eu-west-1"
GROUP = "penguins-p-abc123"
ARN = "arn:aws:sagemaker:eu-west-1:111122223333:model-package/penguins-p-abc123"
ROWS = [{"bill_length_mm": 39.1, "island": "Torgersen"}, {"bill_length_mm": 46.5, "island": "Dream"}]
PREDICTIONS = [3750.25, 4100.5]


def context(**changes: Any) -> Context:
    """The context of the staging build."""
    facts = {
        "project_name": "penguins",
        "project_id": "p-abc123",
        "model_package_group": GROUP,
        "bucket": BUCKET,
        "region": "eu-west-1",
        "commit": "c" * 40,
        "environment": "staging",
        "endpoint_role_arn": "arn:aws:iam::111122223333:role/projects/ml-p-abc123-staging-endpoint",
        "data_uri": f"s3://{BUCKET}/deploy/staging",
    }
    return Context(**{**facts, **changes})


def package(**changes: Any) -> Package:
    """A package as it was resolved."""
    facts = {
        "arn": f"{ARN}/3",
        "version": 3,
        "image": "image:1",
        "data_url": f"s3://{BUCKET}/deploy/models/3-abc/model.tar.gz",
        "environment": {"SAGEMAKER_PROGRAM": "inference.py"},
        "content_types": ["text/csv", "application/json", "application/jsonlines"],
        "response_types": ["text/csv", "application/json", "application/jsonlines"],
        "approver": "jo",
        "approval": "looks good",
        "commit": "a" * 40,
        "repository": "example-org/penguins",
        "execution": "arn:aws:sagemaker:eu-west-1:111122223333:pipeline/p/execution/e",
        "contract": f"s3://{BUCKET}/deploy/models/3-abc/contract.json",
        "sha256": hashlib.sha256(b"a model").hexdigest(),
    }
    return Package(**{**facts, **changes})


def described(version: int, **changes: Any) -> dict[str, Any]:
    """DescribeModelPackage's answer for a model of the model-build repository."""
    run = f"s3://{BUCKET}/pipelines/{GROUP}/executions/{version}"
    return {
        "ModelPackageArn": f"{ARN}/{version}",
        "ModelPackageVersion": version,
        "ModelApprovalStatus": "Approved",
        "LastModifiedBy": {"UserProfileName": "jo"},
        "InferenceSpecification": {
            "Containers": [
                {"Image": "image:1", "ModelDataUrl": f"{run}/model/model.tar.gz", "Environment": {"A": "b"}}
            ],
            "SupportedContentTypes": ["text/csv"],
            "SupportedResponseMIMETypes": ["text/csv"],
        },
        "DriftCheckBaselines": {
            "ModelDataQuality": {
                "Statistics": {"S3Uri": f"{run}/baseline/statistics.json"},
                "Constraints": {"S3Uri": f"{run}/baseline/constraints.json"},
            }
        },
        "CustomerMetadataProperties": {
            "commit": "a" * 40,
            "repository": "example-org/penguins",
            "pipeline_execution": "arn:execution",
            "contract": f"{run}/evaluation/contract.json",
        },
        **changes,
    }


class Registry:
    """SageMaker's registry: versions and their status, two on a page."""

    def __init__(self, **status: str) -> None:
        self.status = {int(name.removeprefix("v")): value for name, value in status.items()}

    def list_model_packages(self, **request: Any) -> dict[str, Any]:
        wanted = [one for one, status in self.status.items() if status == request["ModelApprovalStatus"]]
        start = int(request.get("NextToken", 0))
        page = [{"ModelPackageVersion": one, "ModelPackageArn": f"{ARN}/{one}"} for one in wanted[start : start + 2]]
        more = {"NextToken": str(start + 2)} if len(wanted) > start + 2 else {}
        return {"ModelPackageSummaryList": page, **more}

    def describe_model_package(self, ModelPackageName: str) -> dict[str, Any]:
        version = int(ModelPackageName.rsplit("/", 1)[1])
        if version not in self.status:
            raise ClientError({"Error": {"Code": "ValidationException", "Message": "gone"}}, "DescribeModelPackage")
        return described(version, ModelApprovalStatus=self.status[version])


class Bucket:
    """S3: one folder of bytes, and the keys that were written, in order."""

    def __init__(self, **objects: bytes) -> None:
        self.objects = dict(objects)
        self.written: list[str] = []
        self.broken = ""  # nothing is written where this is part of the key
        self.before_put: list[Callable[[], Any]] = []  # what others do just before something is written

    def get_object(self, Bucket: str, Key: str) -> dict[str, Any]:
        if Key not in self.objects:
            raise ClientError({"Error": {"Code": "NoSuchKey", "Message": Key}}, "GetObject")
        tag = hashlib.md5(self.objects[Key]).hexdigest()  # noqa: S324 - what S3 calls a tag
        return {"Body": io.BytesIO(self.objects[Key]), "ETag": tag}

    def head_object(self, Bucket: str, Key: str) -> dict[str, Any]:
        if Key not in self.objects:
            raise ClientError({"Error": {"Code": "404", "Message": "Not Found"}}, "HeadObject")
        return {}

    def put_object(
        self, Bucket: str, Key: str, Body: Any, IfNoneMatch: str = "", IfMatch: str = "", **_: Any
    ) -> dict[str, Any]:
        if self.broken and self.broken in Key:
            raise ClientError({"Error": {"Code": "SlowDown", "Message": Key}}, "PutObject")
        if self.before_put:
            self.before_put.pop()()
        changed = IfMatch and self.get_object(Bucket, Key)["ETag"] != IfMatch
        if changed or (IfNoneMatch and Key in self.objects):
            raise ClientError({"Error": {"Code": "PreconditionFailed", "Message": Key}}, "PutObject")
        self.objects[Key] = Body if isinstance(Body, bytes) else Body.read()
        self.written.append(Key)
        return {}

    def create_multipart_upload(self, Bucket: str, Key: str, **_: Any) -> dict[str, Any]:
        self.parts: list[bytes] = []
        return {"UploadId": "u"}

    def upload_part(self, Body: bytes, PartNumber: int, **_: Any) -> dict[str, Any]:
        assert PartNumber == len(self.parts) + 1
        self.parts.append(Body)
        return {"ETag": str(PartNumber)}

    def complete_multipart_upload(self, MultipartUpload: Any, **place: Any) -> dict[str, Any]:
        assert [part["ETag"] for part in MultipartUpload["Parts"]] == [str(n + 1) for n in range(len(self.parts))]
        return self.put_object(Body=b"".join(self.parts), **place)

    def json(self, key: str) -> Any:
        return json.loads(self.objects[key])


class StoppedError(BaseException):
    """The build is no more: nothing of its code runs on."""


class Stage:
    """Terraform, SageMaker and the pipeline: an endpoint that takes what is applied, or rolls back."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.commands: list[str] = []
        self.values: dict[str, Any] = {}
        self.running: str | None = None
        self.rolls_back = False
        self.alarm = False  # of errors; takes every update back that has alarms
        self.fails_after = False
        self.stops = False  # the build, while Terraform applies and before it has written its state
        self.state: list[str] = []  # what Terraform knows
        self.there: set[str] = set()  # models and configurations of SageMaker
        self.statuses: list[str] = []  # what the next questions are answered with, before InService
        self.pending: str | None = None  # generation that an update under way brings
        self.refuses: set[str] = set()  # operations without a permission
        self.registry = Registry(v1="Approved", v2="Approved", v3="Approved")

    def client(self, service: str) -> Any:
        return self.registry if service == "sagemaker" else self

    def at(self, folder: Path) -> "Stage":
        return self

    def run(self, command: str, *arguments: str, what: str) -> str:
        self.commands.append(command)
        if command == "init":
            return ""
        self.values = json.loads((self.folder / "deployment.auto.tfvars.json").read_text())
        if command != "apply":
            return ""
        self._make(self.values["environment"]["prefix"])
        if not self.rolls_back and (self.values["way_back"] or not self.alarm):
            self.running = self.values["current"]
        if self.stops:
            raise StoppedError
        self.state = self._addresses()
        if self.fails_after:
            raise DeployError(f"{what}: the alarm could not be made")
        return ""

    def _make(self, prefix: str) -> None:
        """Make what is not there; what is there and not known is refused, as SageMaker refuses it."""
        imported = [block["to"] for block in self.imports()]
        for key in self.values["generations"]:
            known = f'aws_sagemaker_model.generation["{key}"]' in [*self.state, *imported]
            assert known or f"{prefix}-{key}" not in self.there, "Cannot create already existing model"
        self.there = {f"{prefix}-{key}" for key in self.values["generations"]}

    def _addresses(self) -> list[str]:
        kinds = ("aws_sagemaker_model", "aws_sagemaker_endpoint_configuration")
        made = [f'{kind}.generation["{key}"]' for key in self.values["generations"] for kind in kinds]
        return [*made, 'aws_sagemaker_endpoint.this["realtime"]', 'aws_cloudwatch_log_group.endpoint["realtime"]']

    def addresses(self) -> list[str]:
        return self.state

    def imports(self) -> list[dict[str, str]]:
        file = self.folder / "adopted.tf.json"
        return list(json.loads(file.read_text())["import"]) if file.exists() else []

    def describe_model(self, ModelName: str) -> dict[str, Any]:
        return self._describe(ModelName)

    def describe_endpoint_config(self, EndpointConfigName: str) -> dict[str, Any]:
        return self._describe(EndpointConfigName)

    def _describe(self, name: str) -> dict[str, Any]:
        if name not in self.there:
            raise ClientError({"Error": {"Code": "ValidationException", "Message": name}}, "Describe")
        return {}

    def describe_log_groups(self, logGroupNamePrefix: str) -> dict[str, Any]:
        # One that only begins so is another one.
        own = [logGroupNamePrefix] if self.running else []
        return {"logGroups": [{"logGroupName": name} for name in [*own, f"{logGroupNamePrefix}-more"]]}

    def outputs(self) -> dict[str, Any]:
        current = self.values["current"]
        return {
            "kind": "realtime",
            "endpoint_name": f"{self.values['environment']['prefix']}-realtime",
            "endpoint_config_name": f"{self.values['environment']['prefix']}-{current}",
            "model_name": current,
            "instance_type": "ml.m5.large",
        }

    def describe_endpoint(self, EndpointName: str) -> dict[str, Any]:
        if self.running is None or not EndpointName.endswith("realtime"):
            raise ClientError({"Error": {"Code": "ValidationException", "Message": "none"}}, "DescribeEndpoint")
        if "DescribeEndpoint" in self.refuses:
            raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "DescribeEndpoint")
        reason = {"FailureReason": "The alarm latency fired."} if self.rolls_back else {}
        prefix = EndpointName.removesuffix("-realtime")
        status = "Updating" if self.pending else self.statuses.pop(0) if self.statuses else "InService"
        pending = (
            {"PendingDeploymentSummary": {"EndpointConfigName": f"{prefix}-{self.pending}"}} if self.pending else {}
        )
        return {"EndpointStatus": status, "EndpointConfigName": f"{prefix}-{self.running}", **reason, **pending}

    def list_action_executions(self, pipelineName: str, filter: dict[str, str]) -> dict[str, Any]:
        assert filter == {"pipelineExecutionId": "e-1"}
        if "ListActionExecutions" in self.refuses:
            raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "ListActionExecutions")
        return {"actionExecutionDetails": [APPROVAL]}


APPROVAL = {
    "input": {"actionTypeId": {"category": "Approval"}},
    "status": "Succeeded",
    "updatedBy": "arn:aws:sts::111122223333:assumed-role/ops/kim",
    "lastUpdateTime": datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
    "output": {"executionResult": {"externalExecutionSummary": "Staging looks well."}},
}


def choice(version: int, **changes: Any) -> Choice:
    """A package that was promoted, with a file of its own."""
    file = f"s3://{BUCKET}/deploy/models/{version}-x/model.tar.gz"
    return Choice(package(arn=f"{ARN}/{version}", version=version, data_url=file, **changes), None)


def promoted() -> Bucket:
    """The project's bucket with the files of three promoted versions."""
    return Bucket(**{f"deploy/models/{version}-x/model.tar.gz": b"a model" for version in (1, 2, 3)})
