"""Models that answer, and what the tests of hosting do with them."""

import io
import json
import tarfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.localcloud.sagemaker.conftest import Sample, token, trust

IMAGE = "492215442770.dkr.ecr.eu-central-1.amazonaws.com/sagemaker-scikit-learn:1.9-0-cpu-py3"
ENVIRONMENT = {"SAGEMAKER_PROGRAM": "inference.py", "SAGEMAKER_SUBMIT_DIRECTORY": "/opt/ml/model/code"}
_INFERENCE = Path(__file__).with_name("inference.py")


def archive(factor: Any) -> bytes:
    """A model.tar.gz whose model multiplies; None cannot be loaded, "broken" fails each request."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        content = json.dumps(factor).encode()
        info = tarfile.TarInfo("model.json")
        info.size = len(content)
        tar.addfile(info, io.BytesIO(content))
        tar.add(_INFERENCE, arcname="code/inference.py")
    return buffer.getvalue()


@dataclass
class Hosting:
    """Makes models, configurations and endpoints with names of their own, and takes them away."""

    sample: Sample
    role_arn: str
    endpoints: list[str] = field(default_factory=list)

    @property
    def client(self) -> Any:
        return self.sample.sagemaker

    @property
    def runtime(self) -> Any:
        return self.sample.cloud.client("sagemaker-runtime")

    def model(self, factor: Any = 2, **more: Any) -> str:
        name = f"model-{token()[:8]}"
        key = f"models/{name}/model.tar.gz"
        self.sample.cloud.client("s3").put_object(Bucket=self.sample.bucket, Key=key, Body=archive(factor))
        container = {
            "Image": IMAGE,
            "ModelDataUrl": f"s3://{self.sample.bucket}/{key}",
            "Environment": ENVIRONMENT,
        }
        arguments = {"PrimaryContainer": container, "ExecutionRoleArn": self.role_arn, **more}
        self.client.create_model(ModelName=name, **arguments)
        return name

    def config(self, *models: str, shadow: str | None = None, **more: Any) -> str:
        """A configuration with variants v1, v2, … of equal weights."""
        name = f"config-{token()[:8]}"
        variants = [variant(f"v{number}", model) for number, model in enumerate(models, start=1)]
        if shadow is not None:
            more["ShadowProductionVariants"] = [variant("shadow", shadow)]
        arguments = {"ProductionVariants": variants, **more}
        self.client.create_endpoint_config(EndpointConfigName=name, **arguments)
        return name

    def endpoint(self, config: str, *, wait: str = "InService", **more: Any) -> str:
        name = f"endpoint-{token()[:8]}"
        self.client.create_endpoint(EndpointName=name, EndpointConfigName=config, **more)
        self.endpoints.append(name)
        self.until(name, wait)
        return name

    def until(self, name: str, *wanted: str, seconds: float = 40.0) -> dict[str, Any]:
        """Wait for one of these states."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            described = self.client.describe_endpoint(EndpointName=name)
            if described["EndpointStatus"] in wanted:
                return described
            time.sleep(0.05)
        raise AssertionError(f"{name} did not become {wanted}: {described}")

    def ask(self, name: str, text: str = "1,2", **more: Any) -> list[float]:
        answer = self.runtime.invoke_endpoint(EndpointName=name, Body=text, ContentType="text/csv", **more)
        return json.loads(answer["Body"].read())["predictions"]


def variant(name: str, model: str, **more: Any) -> dict[str, Any]:
    return {
        "VariantName": name,
        "ModelName": model,
        "InstanceType": "ml.m5.large",
        "InitialInstanceCount": 1,
        **more,
    }


@pytest.fixture(scope="session")
def serving_role(sample: Sample) -> str:
    """What an endpoint's role needs: its model, its log."""
    iam = sample.cloud.client("iam")
    role = iam.create_role(RoleName="sample-serving", AssumeRolePolicyDocument=trust("sagemaker.amazonaws.com"))
    bucket = f"arn:aws:s3:::{sample.bucket}"
    statements = [
        {"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": f"{bucket}/*"},
        {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": bucket},
        {"Effect": "Allow", "Action": ["cloudwatch:DescribeAlarms", "sns:Publish"], "Resource": "*"},
        {
            "Effect": "Allow",
            "Action": ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
            "Resource": "arn:aws:logs:*:*:log-group:/aws/sagemaker/*",
        },
    ]
    document = json.dumps({"Version": "2012-10-17", "Statement": statements})
    iam.put_role_policy(RoleName="sample-serving", PolicyName="serving", PolicyDocument=document)
    return role["Role"]["Arn"]


@pytest.fixture(scope="module")
def hosting(sample: Sample, serving_role: str) -> Iterator[Hosting]:
    made = Hosting(sample, serving_role)
    yield made
    for name in made.endpoints:
        try:
            made.client.delete_endpoint(EndpointName=name)
        except made.client.exceptions.ClientError as error:
            assert "Could not find endpoint" in str(error)


@pytest.fixture(scope="module")
def endpoint(hosting: Hosting) -> str:
    """An endpoint that doubles numbers."""
    return hosting.endpoint(hosting.config(hosting.model(2)))
