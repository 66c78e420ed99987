"""A secret of its own planted in every kind of place, by the clients that would put it there."""

import base64
import bz2
import gzip
import io
import json
import secrets
import tarfile
import time
import urllib.request
import zipfile
from typing import Any

from tests.local_process import RunningCloud

_BUILD = """version: 0.2
phases:
  build:
    commands:
      - echo "$(echo {said} | base64 -d)"
      - echo "$(echo {written} | base64 -d)" > written
      - mkdir work && echo "$(echo {planned} | base64 -d)" | gzip > work/plan && rm -rf work
      - echo "$(echo {temporary} | base64 -d)" > "$(mktemp)"
"""
# What it starts runs on until its environment is closed.
_FUNCTION = """import subprocess, sys
def {handler}(event, context):
    wait = [sys.executable, "-c", "import time; time.sleep(600)", event["argument"]]
    subprocess.Popen(wait, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return event["answer"][::-1]
"""


class Garden:
    """Plants; every method is called once, and its name says where."""

    def __init__(self, cloud: RunningCloud) -> None:
        self.cloud = cloud
        self.planted: dict[str, str] = {}
        self._suffix = secrets.token_hex(3)

    def new(self, place: str) -> str:
        """A secret for a place of ``canary.places``."""
        self.planted[place] = f"canary_{secrets.token_hex(16)}"
        return self.planted[place]

    def plant(self) -> None:
        """Plant in all places."""
        self._buckets()
        self._tables_and_logs()
        self._deployments()
        self._machines()
        self._messages()
        self._models()
        self._identities()
        self._calls()
        self._function()
        self._build()
        self._git()
        self._files()

    def _buckets(self) -> None:
        s3 = self.cloud.client("s3")
        state, artifacts = f"a-state-{self._suffix}", f"artifacts-{self._suffix}"
        for bucket in (state, artifacts):
            s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": self.cloud.region})
        s3.put_bucket_versioning(Bucket=state, VersioningConfiguration={"Status": "Enabled"})
        key = "projects/p-1/terraform.tfstate"
        s3.put_object(Bucket=state, Key=key, Body=json.dumps({"v": self.new("state, all versions")}).encode())
        s3.put_object(Bucket=state, Key=key, Body=b"{}")  # an older version has it
        record = gzip.compress(self.new("run records").encode())
        s3.put_object(Bucket=state, Key="projects/p-1/runs/1-apply.json", Body=record)
        s3.delete_object(Bucket=state, Key="projects/p-1/runs/1-apply.json")  # under a delete marker
        s3.put_object(Bucket=state, Key="objects/a.zip", Body=zipped(self.new("state bucket, the rest").encode()))
        model = tarred(self.new("artifacts and models").encode())
        s3.put_object(Bucket=artifacts, Key="model.tar.gz", Body=model)
        s3.put_bucket_tagging(
            Bucket=artifacts, Tagging={"TagSet": [{"Key": "k", "Value": self.new("buckets' settings")}]}
        )

    def _tables_and_logs(self) -> None:
        dynamodb, logs = self.cloud.client("dynamodb"), self.cloud.client("logs")
        dynamodb.create_table(
            TableName="locks",
            AttributeDefinitions=[{"AttributeName": "LockID", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "LockID", "KeyType": "HASH"}],
            BillingMode="PAY_PER_REQUEST",
        )
        value = bz2.compress(self.new("locks, leases, requests (DynamoDB)").encode())
        dynamodb.put_item(TableName="locks", Item={"LockID": {"S": "a"}, "Info": {"B": value}})
        logs.create_log_group(logGroupName="/group")
        logs.create_log_stream(logGroupName="/group", logStreamName="stream")
        line = f"Authorization: Basic {encoded('x-access-token:' + self.new('logs that are there'))}"
        event = {"timestamp": int(time.time() * 1000), "message": line}
        logs.put_log_events(logGroupName="/group", logStreamName="stream", logEvents=[event])

    def _deployments(self) -> None:
        template = {
            "Parameters": {"Value": {"Type": "String"}},
            "Resources": {"Topic": {"Type": "AWS::SNS::Topic"}},
            "Outputs": {"Value": {"Value": {"Ref": "Value"}}},
        }
        value = self.new("stacks (CloudFormation)")
        cloudformation = self.cloud.client("cloudformation")
        cloudformation.create_stack(
            StackName="stack",
            TemplateBody=json.dumps(template),
            Parameters=[{"ParameterKey": "Value", "ParameterValue": value}],
        )
        cloudformation.get_waiter("stack_create_complete").wait(StackName="stack", WaiterConfig={"Delay": 1})
        self.cloud.client("servicecatalog").create_portfolio(
            DisplayName="portfolio", ProviderName="team", Description=self.new("catalog and its records")
        )
        self.cloud.client("codeconnections").create_connection(
            ConnectionName="connection",
            ProviderType="GitHub",
            Tags=[{"Key": "k", "Value": self.new("pipelines (CodePipeline)")}],
        )

    def _machines(self) -> None:
        ec2, ssm = self.cloud.client("ec2"), self.cloud.client("ssm")
        image = ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
        user_data = f"#!/bin/bash\nexport TOKEN={self.new('machines and user data (EC2)')}\n"
        ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1, InstanceType="t2.medium", UserData=user_data)
        value = self.new("commands, documents, parameters (SSM)").encode().hex()
        ssm.put_parameter(Name="parameter", Type="String", Value=value)

    def _messages(self) -> None:
        self.cloud.client("cloudwatch").put_metric_alarm(
            AlarmName="alarm",
            AlarmDescription=self.new("alarms, metrics, scaling"),
            Namespace="a",
            MetricName="a",
            Statistic="Sum",
            Period=60,
            EvaluationPeriods=1,
            Threshold=1,
            ComparisonOperator="GreaterThanThreshold",
        )
        sqs, events = self.cloud.client("sqs"), self.cloud.client("events")
        queue = sqs.create_queue(QueueName="queue")["QueueUrl"]
        sqs.send_message(QueueUrl=queue, MessageBody=json.dumps({"v": self.new("events, topics, queues")}))
        events.put_rule(Name="rule", EventPattern='{"source": ["a"]}')

    def _models(self) -> None:
        self.cloud.client("sagemaker").create_model_package_group(
            ModelPackageGroupName="group", ModelPackageGroupDescription=self.new("SageMaker")
        )
        self.cloud.client("rds").create_db_cluster(
            DBClusterIdentifier="cluster",
            Engine="aurora-postgresql",
            MasterUsername="team",
            MasterUserPassword=self.new("databases (RDS)"),
        )
        self.cloud.client("secretsmanager").create_secret(Name="a", SecretString=self.new("Secrets Manager"))

    def _identities(self) -> None:
        iam = self.cloud.client("iam")
        trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": _services()}}
        self._role = iam.create_role(
            RoleName="works",
            AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]}),
            Description=self.new("roles, keys, sessions"),
        )["Role"]["Arn"]
        statement = {"Effect": "Allow", "Action": ["logs:*"], "Resource": "*"}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        iam.put_role_policy(RoleName="works", PolicyName="logs", PolicyDocument=policy)

    def _calls(self) -> None:
        """What is gone again, and was there for a moment."""
        ssm = self.cloud.client("ssm")
        ssm.put_parameter(Name="gone", Type="String", Value=self.new("requests to AWS"))
        ssm.delete_parameter(Name="gone")
        # Not sensitive by AWS's model: the call log has it.
        ssm.put_parameter(Name="told", Type="String", Value="a", Description=self.new("the call log"))
        ssm.delete_parameter(Name="told")

    def _function(self) -> None:
        client = self.cloud.client("lambda")
        handler = self.new("processes started: arguments")
        client.create_function(
            FunctionName="function",
            Role=self._role,
            Runtime="python3.13",
            Handler=f"app.{handler}",
            Code={"ZipFile": zipped(_FUNCTION.format(handler=handler).encode(), "app.py")},
            Environment={"Variables": {"VALUE": self.new("processes started: environment")}},
            Description=self.new("functions: settings and code"),
            Timeout=20,
        )
        answer = self.new("answers of AWS")
        event = {"argument": self.new("processes seen: arguments"), "answer": answer[::-1]}
        given = client.invoke(FunctionName="function", Payload=json.dumps(event).encode())
        assert json.loads(given["Payload"].read()) == answer
        self.planted["processes seen: environment"] = self.planted["processes started: environment"]

    def _build(self) -> None:
        client = self.cloud.client("codebuild")
        places = {
            "said": "log lines written",
            "written": "files before their removal",
            "planned": "plans of projects",
            "temporary": "temporary files",
        }
        values = {name: encoded(self.new(place)) for name, place in places.items()}
        client.create_project(
            name="project",
            source={"type": "NO_SOURCE", "buildspec": _BUILD.format(**values)},
            artifacts={"type": "NO_ARTIFACTS"},
            environment={
                "type": "LINUX_CONTAINER",
                "image": "aws/codebuild/amazonlinux-x86_64-standard:5.0",
                "computeType": "BUILD_GENERAL1_SMALL",
                "environmentVariables": [{"name": "VALUE", "value": self.new("builds (CodeBuild)")}],
            },
            serviceRole=self._role,
        )
        build = client.start_build(projectName="project")["build"]["id"]
        deadline = time.monotonic() + 60
        while not (found := client.batch_get_builds(ids=[build])["builds"][0])["buildComplete"]:
            assert time.monotonic() < deadline
            time.sleep(0.2)
        assert found["buildStatus"] == "SUCCEEDED", found

    def _git(self) -> None:
        """A file on a branch that is gone, a description, and one that was replaced."""
        described, replaced = self.new("repositories' settings"), self.new("requests to the git host, answers")
        self._github("POST", "/orgs/example-org/repos", name="garden", auto_init=True, description=replaced)
        repository = "/repos/example-org/garden"
        self._github("PATCH", repository, description=described)
        head = self._github("GET", f"{repository}/git/ref/heads/main")["object"]["sha"]
        self._github("POST", f"{repository}/git/refs", ref="refs/heads/other", sha=head)
        content = encoded(self.new("repositories' objects"))
        self._github("PUT", f"{repository}/contents/token", content=content, message="Add", branch="other")
        self._github("DELETE", f"{repository}/git/refs/heads/other")

    def _files(self) -> None:
        folder = self.cloud.directory.parent
        (folder / "package-1").mkdir()
        state = json.dumps({"resources": [{"value": self.new("package 1: state")}]})
        (folder / "package-1" / "terraform.tfstate").write_text(state)
        (folder / "package-1" / "a.tfplan").write_bytes(zipped(self.new("package 1: plans").encode(), "tfplan"))
        (self.cloud.directory / "notes").write_text(self.new("files, the rest"))

    def _github(self, method: str, path: str, **body: Any) -> Any:
        request = urllib.request.Request(  # noqa: S310 - the address of the test's own host
            f"{self.cloud.git_url}/api/v3{path}",
            method=method,
            data=json.dumps(body).encode() if body else None,
            headers={"Authorization": f"Bearer {self.cloud.environment['GITHUB_TOKEN']}"},
        )
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request) as answer:
            return json.loads(answer.read() or b"null")


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def zipped(data: bytes, name: str = "member") -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, data)
    return file.getvalue()


def tarred(data: bytes) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as archive:
        member = tarfile.TarInfo("member")
        member.size = len(data)
        archive.addfile(member, io.BytesIO(data))
    return file.getvalue()


def _services() -> list[str]:
    return ["lambda.amazonaws.com", "codebuild.amazonaws.com"]
