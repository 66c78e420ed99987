"""A bucket with the sample's code and data, a role, and a pipeline made of them."""

import io
import json
import tarfile
import time
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

SAMPLE = Path(__file__).parent / "sample"
TAGS = [
    {"Key": "sagemaker:project-name", "Value": "Sample"},
    {"Key": "sagemaker:project-id", "Value": "p-sample1"},
]
_WRITING = {
    "Effect": "Allow",
    "Action": ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
    "Resource": "arn:aws:logs:*:*:log-group:/aws/sagemaker/*",
}
LOGS = json.dumps({"Version": "2012-10-17", "Statement": [_WRITING]})
FINAL = ("Succeeded", "Failed", "Stopped")


def trust(service: str) -> str:
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def token() -> str:
    return uuid.uuid4().hex


@dataclass
class Sample:
    """What the tests of pipelines work with."""

    cloud: Any
    role_arn: str
    bucket: str
    group: str = "sample-group"
    pipelines: list[str] = field(default_factory=list)

    @property
    def sagemaker(self) -> Any:
        return self.cloud.client("sagemaker")

    @property
    def definition(self) -> dict[str, Any]:
        text = (SAMPLE / "definition.json").read_text()
        for name, value in (("bucket", self.bucket), ("role", self.role_arn), ("group", self.group)):
            text = text.replace(f"@{name}@", value)
        return json.loads(text)

    def create(self, definition: dict[str, Any] | str | None = None, **more: Any) -> str:
        """Create a pipeline of its own name."""
        name = f"sample-{token()[:8]}"
        text = definition if isinstance(definition, str) else json.dumps(definition or self.definition)
        self.sagemaker.create_pipeline(
            PipelineName=name, PipelineDefinition=text, RoleArn=self.role_arn, ClientRequestToken=token(), **more
        )
        self.pipelines.append(name)
        return name

    def start(self, name: str, **parameters: str) -> str:
        """Start an execution and give its ARN."""
        given = [{"Name": key, "Value": value} for key, value in parameters.items()]
        answer = self.sagemaker.start_pipeline_execution(
            PipelineName=name, PipelineParameters=given, ClientRequestToken=token()
        )
        return answer["PipelineExecutionArn"]

    def wait(self, arn: str, seconds: float = 60.0) -> dict[str, Any]:
        """Wait for an execution's end."""
        deadline = time.monotonic() + seconds
        client = self.sagemaker
        while time.monotonic() < deadline:
            execution = client.describe_pipeline_execution(PipelineExecutionArn=arn)
            if execution["PipelineExecutionStatus"] in FINAL:
                return execution
            time.sleep(0.1)
        raise AssertionError(f"{arn} did not end within {seconds} s: {self.steps(arn)}")

    def steps(self, arn: str) -> dict[str, dict[str, Any]]:
        """The started steps by name."""
        answer = self.sagemaker.list_pipeline_execution_steps(PipelineExecutionArn=arn)
        return {step["StepName"]: step for step in answer["PipelineExecutionSteps"]}

    def until(self, arn: str, step: str, status: str, seconds: float = 20.0) -> dict[str, Any]:
        """Wait until a step is in a state."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            found = self.steps(arn).get(step, {})
            if found.get("StepStatus") == status:
                return found
            time.sleep(0.05)
        raise AssertionError(f"{step} is not {status}: {self.steps(arn)}")

    def read(self, uri: str) -> bytes:
        """An object's content."""
        bucket, key = uri.removeprefix("s3://").split("/", 1)
        body: bytes = self.cloud.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
        return body


def source_archive() -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        archive.add(SAMPLE / "train.py", arcname="train.py")
    return buffer.getvalue()


@pytest.fixture(scope="session")
def sample(cloud: Any) -> Sample:
    iam, s3 = cloud.client("iam"), cloud.client("s3")
    role = iam.create_role(RoleName="sample-execution", AssumeRolePolicyDocument=trust("sagemaker.amazonaws.com"))
    iam.put_role_policy(RoleName="sample-execution", PolicyName="logs", PolicyDocument=LOGS)
    bucket = "sample-artifacts"
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    for script in ("preprocess.py", "evaluate.py"):
        s3.put_object(Bucket=bucket, Key=f"code/{script}", Body=(SAMPLE / script).read_bytes())
    s3.put_object(Bucket=bucket, Key="code/source.tar.gz", Body=source_archive())
    s3.put_object(Bucket=bucket, Key="data/numbers.csv", Body=b"1\n2\n3\n4\n5\n6\n")
    return Sample(cloud, role["Role"]["Arn"], bucket)


@pytest.fixture(scope="module")
def pipeline(sample: Sample) -> str:
    return sample.create(Tags=TAGS)
