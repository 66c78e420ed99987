"""The CommandRunner: its checks, what the command gets, and what becomes of its output."""

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

COMMAND_RUNNER = "AWSUtility::CloudFormation::CommandRunner"
FAILED = "Either the command failed to execute, the value written to /command-output.txt was invalid"


def template(**properties: Any) -> dict[str, Any]:
    return {
        "Resources": {"Run": {"Type": COMMAND_RUNNER, "Properties": {"Timeout": 20, **properties}}},
        "Outputs": {"Word": {"Value": {"Fn::GetAtt": ["Run", "Output"]}}},
    }


def failure(stacks: Any, **properties: Any) -> str:
    stack = stacks.create(template(**properties))
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    return str(stacks.reason(stack["StackId"], "Run", "CREATE_FAILED"))


@pytest.fixture
def log_group(cloud: Any) -> Iterator[str]:
    logs = cloud.client("logs")
    logs.create_log_group(logGroupName="/test/runner")
    yield "/test/runner"
    logs.delete_log_group(logGroupName="/test/runner")


def test_the_command_runs_as_the_profiles_role_and_is_logged(
    stacks: Any, runner: str, cloud: Any, log_group: str
) -> None:
    text = """
    aws sts get-caller-identity --query Arn --output text
    echo "endpoint $AWS_ENDPOINT_URL region $AWS_REGION home $HOME"
    echo done > /command-output.txt
    """
    stack = stacks.create(template(Command=text, Role=runner, LogGroup=log_group))
    assert stack["StackStatus"] == "CREATE_COMPLETE"
    assert stack["Outputs"][0]["OutputValue"] == "done"
    streams = cloud.client("logs").describe_log_streams(logGroupName=log_group)["logStreams"]
    instance_id, _, file = streams[0]["logStreamName"].partition("/")
    assert file == "cloud-init-output.log"
    events = cloud.client("logs").get_log_events(logGroupName=log_group, logStreamName=streams[0]["logStreamName"])
    lines = [event["message"] for event in events["events"]]
    assert f"arn:aws:sts::123456789012:assumed-role/{runner}/{instance_id}" in lines
    assert any(f"endpoint {cloud.endpoint} region eu-central-1" in line for line in lines)
    assert "Contents of /command-output.txt = done" in lines
    instances = cloud.client("ec2").describe_instances(InstanceIds=[instance_id])["Reservations"][0]["Instances"]
    assert instances[0]["State"]["Name"] == "terminated"


def test_the_output_is_kept_until_the_resource_is_deleted(stacks: Any, runner: str, cloud: Any) -> None:
    ssm = cloud.client("ssm")
    stack = stacks.create(template(Command="echo kept > /command-output.txt", Role=runner))
    identifier = stacks.physical(stack["StackId"])["Run"]
    assert identifier.isalpha()
    assert len(identifier) == 10
    assert ssm.get_parameter(Name=identifier, WithDecryption=True)["Parameter"]["Value"] == "kept"
    stacks.delete(stack["StackId"])
    with pytest.raises(ssm.exceptions.ParameterNotFound):
        ssm.get_parameter(Name=identifier)


@pytest.mark.parametrize(
    "text", ["true", "exit_code=1; false", "> /command-output.txt", "echo > /command-output.txt"]
)
def test_an_empty_output_fails_at_once(stacks: Any, runner: str, text: str) -> None:
    started = time.monotonic()
    reason = failure(stacks, Command=text, Role=runner, Timeout=60)
    assert FAILED in reason
    assert "HandlerErrorCode: NotStabilized" in reason
    assert time.monotonic() - started < 30


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("echo one > /command-output.txt", "one"),
        ("printf 'no newline' > /command-output.txt", "no newline"),
        ("echo 'cut\"here' > /command-output.txt", "cut\\"),
        ("(exit 3); echo survived > /command-output.txt", "survived"),
        ("echo first > /command-output.txt; false", "first"),
    ],
)
def test_the_output_is_what_stands_before_a_quotation_mark(stacks: Any, runner: str, text: str, word: str) -> None:
    assert stacks.create(template(Command=text, Role=runner))["Outputs"][0]["OutputValue"] == word


def test_an_exit_skips_the_signal_so_that_the_whole_timeout_passes(stacks: Any, runner: str) -> None:
    started = time.monotonic()
    assert FAILED in failure(stacks, Command="echo done > /command-output.txt; exit 0", Role=runner, Timeout=3)
    assert time.monotonic() - started >= 3


def test_a_command_that_takes_too_long_is_ended(stacks: Any, runner: str, cloud: Any, log_group: str) -> None:
    text = "echo begun; sleep 300; echo done > /command-output.txt"
    assert FAILED in failure(stacks, Command=text, Role=runner, Timeout=2, LogGroup=log_group)
    lines = [
        event["message"] for event in cloud.client("logs").filter_log_events(logGroupName=log_group)["events"]
    ]
    assert lines[0] == "begun"
    assert "ended after 2 seconds" in lines[-1]


def test_a_terminated_instance_takes_its_command_along(
    stacks: Any, runner: str, cloud: Any, log_group: str
) -> None:
    text = "echo begun; sleep 300; echo done > /command-output.txt"
    stack_id = stacks.start(template(Command=text, Role=runner, Timeout=8, LogGroup=log_group))
    logs, ec2 = cloud.client("logs"), cloud.client("ec2")
    deadline = time.monotonic() + 20
    while not (events := logs.filter_log_events(logGroupName=log_group)["events"]) and time.monotonic() < deadline:
        time.sleep(0.1)
    instance_id = events[0]["logStreamName"].split("/")[0]
    running = ec2.describe_instances(InstanceIds=[instance_id])["Reservations"][0]["Instances"][0]
    assert running["State"]["Name"] == "running"
    assert running["IamInstanceProfile"]["Arn"].endswith(f"/{runner}")
    ec2.terminate_instances(InstanceIds=[instance_id])
    assert stacks.settled(stack_id)["StackStatus"] == "ROLLBACK_COMPLETE"
    lines = [event["message"] for event in logs.filter_log_events(logGroupName=log_group)["events"]]
    assert "ended with status -15" in lines[-1], "the operating system shuts down"


def test_nothing_is_logged_without_the_log_group(stacks: Any, runner: str, cloud: Any) -> None:
    stacks.create(template(Command="echo done > /command-output.txt", Role=runner, LogGroup="/no/such/group"))
    groups = [item["logGroupName"] for item in cloud.client("logs").describe_log_groups()["logGroups"]]
    assert "/no/such/group" not in groups


def test_nothing_is_logged_without_permission(stacks: Any, runner: str, cloud: Any, log_group: str) -> None:
    iam = cloud.client("iam")
    policy = iam.get_role_policy(RoleName=runner, PolicyName="logs")["PolicyDocument"]
    iam.delete_role_policy(RoleName=runner, PolicyName="logs")
    try:
        stack = stacks.create(template(Command="echo x > /command-output.txt", Role=runner, LogGroup=log_group))
    finally:
        iam.put_role_policy(RoleName=runner, PolicyName="logs", PolicyDocument=json.dumps(policy))
    assert stack["StackStatus"] == "CREATE_COMPLETE"
    assert cloud.client("logs").describe_log_streams(logGroupName=log_group)["logStreams"] == []


@pytest.mark.parametrize(
    ("properties", "message"),
    [
        ({"Command": "true", "Role": "nobody"}, "The Role property specified is not a valid Instance Profile."),
        (
            {"Command": "true", "SecurityGroupId": "sg-1"},
            "No SubnetId provided, when using SecurityGroupId, property SubnetId is required.",
        ),
        ({"Command": "true", "SubnetId": "subnet-00000000"}, "Index: 0, Size: 0"),
        ({"Command": "true", "SubnetId": "subnet-00000000", "SecurityGroupId": "sg-00000000"}, FAILED),
        ({"Command": "#" * 4097}, "must contain at most 4096 bytes"),
        ({}, "required key [Command] not found"),
        ({"Command": "true", "Script": "x"}, "extraneous key [Script] is not permitted"),
        ({"Command": "true", "Output": "x"}, "Encountered unsupported properties in {/}: [Output]"),
        ({"Command": ["true"]}, "expected type: String, found: list"),
        ({"Command": "echo x > /command-output.txt", "Timeout": 43201}, FAILED),
    ],
)
def test_properties_are_checked_before_anything_runs(
    stacks: Any, properties: dict[str, Any], message: str
) -> None:
    assert message in failure(stacks, **properties)


def test_a_command_of_4096_bytes_is_accepted(stacks: Any, runner: str) -> None:
    text = "echo full > /command-output.txt #"
    stack = stacks.create(template(Command=text + "x" * (4096 - len(text)), Role=runner))
    assert stack["Outputs"][0]["OutputValue"] == "full"


def test_an_account_without_default_vpc_needs_a_subnet(
    cloud: Any, stacks_in: Callable[[str], Any], runner: str
) -> None:
    """In a region of its own: the default VPC of the others stays."""
    stacks, ec2 = stacks_in("eu-west-3"), cloud.internal.client("ec2", region="eu-west-3")
    for subnet in ec2.describe_subnets()["Subnets"]:
        ec2.delete_subnet(SubnetId=subnet["SubnetId"])
    vpc_id = ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
    assert "Index: 0, Size: 0" in failure(stacks, Command="true")
    ec2.delete_vpc(VpcId=vpc_id)
    assert "No default VPC found in this region, please specify a subnet" in failure(stacks, Command="true")
    own = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnet_id = ec2.create_subnet(VpcId=own, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
    stack = stacks.create(template(Command="echo own > /command-output.txt", Role=runner, SubnetId=subnet_id))
    assert stack["Outputs"][0]["OutputValue"] == "own"


def test_nothing_of_a_run_is_left(stacks: Any, runner: str, cloud: Any) -> None:
    ec2 = cloud.client("ec2")
    groups = len(ec2.describe_security_groups()["SecurityGroups"])
    stacks.create(template(Command="touch left; echo x > /command-output.txt", Role=runner))
    assert len(ec2.describe_security_groups()["SecurityGroups"]) == groups
    folders = [path for path in (cloud.internal.directory / "ec2").iterdir() if path.is_dir()]
    assert folders == []
