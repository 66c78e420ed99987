"""Stand-ins for the services, as far as the commands use them."""

import io
import json
from typing import Any

from botocore.exceptions import ClientError

from deploy.context import Context
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
        return described(int(ModelPackageName.rsplit("/", 1)[1]))


class Bucket:
    """S3: one folder of bytes, and the keys that were written, in order."""

    def __init__(self, **objects: bytes) -> None:
        self.objects = dict(objects)
        self.written: list[str] = []

    def get_object(self, Bucket: str, Key: str) -> dict[str, Any]:
        if Key not in self.objects:
            raise ClientError({"Error": {"Code": "NoSuchKey", "Message": Key}}, "GetObject")
        return {"Body": io.BytesIO(self.objects[Key])}

    def head_object(self, Bucket: str, Key: str) -> dict[str, Any]:
        if Key not in self.objects:
            raise ClientError({"Error": {"Code": "404", "Message": "Not Found"}}, "HeadObject")
        return {}

    def put_object(self, Bucket: str, Key: str, Body: bytes, **_: Any) -> dict[str, Any]:
        self.objects[Key] = Body
        self.written.append(Key)
        return {}

    def copy(self, source: dict[str, str], bucket: str, key: str, ExtraArgs: dict[str, str]) -> None:
        self.put_object(bucket, key, self.objects[source["Key"]])

    def json(self, key: str) -> Any:
        return json.loads(self.objects[key])
