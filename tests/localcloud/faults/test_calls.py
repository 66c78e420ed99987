"""API calls that fail, get lost or are late on demand."""

import time
import uuid
from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError

from localcloud.faults.client import ControlError


@pytest.mark.parametrize(
    ("service", "operation", "call", "code", "status"),
    [
        ("dynamodb", "ListTables", "list_tables", "ThrottlingException", 400),
        ("sts", "GetCallerIdentity", "get_caller_identity", "Throttling", 400),
        ("s3", "ListBuckets", "list_buckets", "SlowDown", 503),
        ("lambda", "ListFunctions", "list_functions", "TooManyRequestsException", 429),
        ("ec2", "DescribeVpcs", "describe_vpcs", "InternalError", 500),
        ("sagemaker", "ListProjects", "list_projects", "AccessDeniedException", 403),
    ],
)
def test_an_error_has_the_services_own_form(  # noqa: PLR0917 - pytest's cases
    control: Any, once: Any, service: str, operation: str, call: str, code: str, status: int
) -> None:
    control.add({"on": "call", "service": service, "operation": operation, "code": code, "message": "as told"})

    with pytest.raises(ClientError) as failed:
        getattr(once(service), call)()

    answer = failed.value.response
    assert (answer["Error"]["Code"], answer["Error"]["Message"]) == (code, "as told")
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == status
    getattr(once(service), call)()
    assert control.hits() == 1


def test_the_third_and_fourth_call(control: Any, once: Any) -> None:
    control.add({"on": "call", "service": "sts", "skip": 2, "times": 2, "name": "range"})

    def works() -> bool:
        try:
            once("sts").get_caller_identity()
        except ClientError:
            return False
        return True

    assert [works() for _ in range(5)] == [True, True, False, False, True]
    (rule,) = control.listed()
    assert (rule["name"], rule["seen"], rule["hits"]) == ("range", 5, 2)


def test_only_who_is_meant_is_struck(control: Any, once: Any, cloud: Any) -> None:
    control.add({"on": "call", "service": "s3", "principal": "studio-*", "times": None})
    internal = cloud.internal
    studio = internal.principals.assume(internal.studio_execution_role_arn, "ada")

    once("s3").list_buckets()
    with pytest.raises(ClientError):
        once("s3", studio).list_buckets()
    control.clear()
    once("s3", studio).list_buckets()


def test_parameters_choose_the_call(control: Any, once: Any) -> None:
    bucket, s3 = f"faults-{uuid.uuid4().hex[:8]}", once("s3")
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    control.add(
        {"on": "call", "operation": "PutObject", "parameters": {"Key": "*/terraform.tfstate"}, "code": "SlowDown"}
    )

    s3.put_object(Bucket=bucket, Key="projects/p-1/applied", Body=b"x")
    with pytest.raises(ClientError, match="SlowDown"):
        s3.put_object(Bucket=bucket, Key="projects/p-1/terraform.tfstate", Body=b"x")

    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 1


@pytest.mark.parametrize(("kind", "made"), [("drop", False), ("lose_answer", True)])
def test_a_lost_call_and_a_lost_answer(control: Any, once: Any, cloud: Any, kind: str, made: bool) -> None:
    name, logs = f"/faults/{uuid.uuid4().hex[:8]}", once("logs")
    control.add({"on": "call", "service": "logs", "operation": "CreateLogGroup", "kind": kind, "name": kind})

    with pytest.raises(ConnectionClosedError):
        logs.create_log_group(logGroupName=name)

    assert bool(logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"]) == made
    call = [item for item in cloud.internal.call_log.read() if item["fault"] == kind][-1]
    assert (call["operation"], call["error"]) == ("CreateLogGroup", "ConnectionDropped")


def test_an_answer_can_be_late(control: Any, once: Any) -> None:
    control.add({"on": "call", "service": "sts", "kind": "delay", "seconds": 0.5})
    begun = time.monotonic()
    once("sts").get_caller_identity()
    assert time.monotonic() - begun >= 0.5


def test_clients_of_aws_try_again(control: Any, cloud: Any) -> None:
    control.add({"on": "call", "service": "sts", "code": "Throttling", "times": 1})
    assert cloud.aws("sts", "get-caller-identity")["Account"] == "123456789012"
    assert control.hits() == 1


def test_the_git_host_is_in_the_same_list(control: Any, cloud: Any) -> None:
    with control.faults({"on": "git", "path": "/api/v3/.*", "status": 502, "times": None}) as added:
        assert added[0]["on"] == "git"
        opener = control._opener
        with pytest.raises(OSError, match="502"):
            opener.open(f"{cloud.git_url}/api/v3/user", timeout=5)
        assert control.hits() == 1
    assert control.listed() == []


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ({"kind": "error"}, "on: one of call"),
        ({"on": "call", "kind": "explode"}, "kind: a fault on call is one of"),
        ({"on": "call", "servise": "s3"}, "unknown fields: servise"),
        ({"on": "call", "seen": 3}, "unknown fields: seen"),
        ({"on": "call", "times": 0}, "times"),
        ({"on": "call", "kind": "kill", "child": "king"}, "child: one of"),
        ({"on": "call", "skip": "2"}, "skip: not '2'"),
        ({"on": "output", "matches": "("}, "matches:"),
    ],
)
def test_what_is_no_fault_is_refused(control: Any, rule: dict[str, Any], message: str) -> None:
    with pytest.raises(ControlError) as refused:
        control.add({"on": "call"}, rule)
    assert message in str(refused.value)
    assert control.listed() == [], "all of them or none"
