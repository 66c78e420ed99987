"""The instance behind a command: its states, its end, and what its metadata service tells."""

import time
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

FETCH = """
cat > fetch.py <<'END'
import os
import botocore.session
from botocore.configprovider import ConfigValueStore
from botocore.utils import IMDSRegionProvider, InstanceMetadataFetcher
session = botocore.session.Session()
config = {"ec2_metadata_service_endpoint": os.environ["AWS_EC2_METADATA_SERVICE_ENDPOINT"],
          "ec2_metadata_v1_disabled": True}
found = InstanceMetadataFetcher(timeout=5, env=dict(os.environ), config=config).retrieve_iam_role_credentials()
assert found["access_key"] == os.environ["AWS_ACCESS_KEY_ID"], found
assert found["token"] == os.environ["AWS_SESSION_TOKEN"], found
print(found["role_name"], IMDSRegionProvider(session).provide(), found["expiry_time"][-1], sep="|")
END
python fetch.py > fetched && cp fetched /command-output.txt
"""
CURL = """
E=$AWS_EC2_METADATA_SERVICE_ENDPOINT
code() { curl -s -o /dev/null -w '%{http_code}' "$@"; }
T=$(curl -s -X PUT "$E/latest/api/token" -H 'X-aws-ec2-metadata-token-ttl-seconds: 60')
get() { curl -s -H "X-aws-ec2-metadata-token: $T" "$E/latest/$1"; }
echo "$(get meta-data/instance-id),$(get meta-data/placement/region),\\
$(get meta-data/placement/availability-zone),\\
$(get meta-data/iam/security-credentials/),$(code "$E/latest/meta-data/instance-id"),\\
$(code -H 'X-aws-ec2-metadata-token: no' "$E/latest/meta-data/instance-id"),\\
$(code -X PUT "$E/latest/api/token"),\\
$(code -X PUT "$E/latest/api/token" -H 'X-aws-ec2-metadata-token-ttl-seconds: 21601'),\\
$(code -H "X-aws-ec2-metadata-token: $T" "$E/latest/meta-data/nothing"),\\
$(get meta-data/placement/ | tr '\\n' ' '),\\
$(get dynamic/instance-identity/document | grep -c instanceId)" > /command-output.txt
"""


def test_an_instance_lives_as_long_as_its_command(runs: Any) -> None:
    stack_id = runs.start("touch begun; until [ -e go ]; do sleep 0.1; done; echo done > /command-output.txt")

    instance = runs.instance()

    assert instance["IamInstanceProfile"]["Arn"].endswith(f"/{runs.profile}")
    assert instance["MetadataOptions"]["HttpTokens"] == "required"
    tags = {item["Key"]: item["Value"] for item in instance["Tags"]}
    assert tags["aws:cloudformation:stack-name"].startswith("AWSUtility-CloudFormation-CommandRunner-")
    folder = next((runs.cloud.internal.directory / "ec2").glob(f"{instance['InstanceId']}-*"))
    (folder / "go").touch()
    assert runs.settled(stack_id)["Outputs"][0]["OutputValue"] == "done"
    assert runs.state(instance["InstanceId"]) == "terminated"


def test_what_is_terminated_shuts_down_first(runs: Any, tmp_path: Path) -> None:
    asked = tmp_path / "asked"
    command = f"trap 'touch {asked}; sleep 1; exit 1' TERM; echo begun; while :; do sleep 0.1; done"
    stack_id = runs.start(command, timeout=5)
    instance_id = runs.instance()["InstanceId"]
    time.sleep(0.5)

    answer = runs.ec2.terminate_instances(InstanceIds=[instance_id])["TerminatingInstances"][0]

    assert (answer["PreviousState"]["Name"], answer["CurrentState"]["Name"]) == ("running", "shutting-down")
    assert runs.state(instance_id) == "shutting-down"
    runs.becomes(instance_id, "terminated")
    assert asked.exists()
    again = runs.ec2.terminate_instances(InstanceIds=[instance_id])["TerminatingInstances"][0]
    assert again["CurrentState"]["Name"] == "terminated"
    assert runs.settled(stack_id)["StackStatus"] == "ROLLBACK_COMPLETE"


def test_the_whole_group_goes_with_the_instance(runs: Any, tmp_path: Path) -> None:
    # With job control a shell gives its children groups of their own, and these ignore what the shutdown sends.
    command = f"""set -m
    bash -c 'trap "" TERM; echo $$ > {tmp_path}/child; while :; do sleep 0.1; done' &
    wait"""
    stack_id = runs.start(command, timeout=4)
    instance_id = runs.instance()["InstanceId"]
    for _ in range(100):
        if (tmp_path / "child").exists() and (tmp_path / "child").read_text():
            break
        time.sleep(0.05)
    child = int((tmp_path / "child").read_text())
    assert _runs(child)

    runs.ec2.terminate_instances(InstanceIds=[instance_id], SkipOsShutdown=True)

    runs.becomes(instance_id, "terminated")
    assert not _runs(child)
    runs.settled(stack_id)


def _runs(pid: int) -> bool:
    """Whether a process runs; one that is dead and waits for its parent does not."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except FileNotFoundError:
        return False
    return stat.rsplit(")", 1)[1].split()[0] not in "ZX"


def test_unknown_instances(runs: Any) -> None:
    for operation in (runs.ec2.describe_instances, runs.ec2.terminate_instances):
        with pytest.raises(ClientError) as refused:
            operation(InstanceIds=["i-0123456789abcdef0"])
        assert refused.value.response["Error"]["Code"] == "InvalidInstanceID.NotFound"


def test_botocore_reads_credentials_and_region_from_the_metadata_service(runs: Any) -> None:
    stack = runs.settled(runs.start(FETCH))
    assert stack["StackStatus"] == "CREATE_COMPLETE"
    assert stack["Outputs"][0]["OutputValue"] == f"{runs.profile}|eu-central-1|Z"


def test_the_metadata_service_wants_a_token(runs: Any) -> None:
    stack_id = runs.start(CURL)
    stack = runs.settled(stack_id)
    found = [item.strip() for item in stack["Outputs"][0]["OutputValue"].replace("\\n", "").split(",")]
    assert found[0].startswith("i-")
    assert runs.state(found[0]) == "terminated"
    assert found[1] == "eu-central-1"
    assert found[2].startswith("eu-central-1")
    assert found[3] == runs.profile
    assert found[4:9] == ["401", "401", "400", "400", "404"]
    assert found[9] == "availability-zone region"
    assert found[10] == "1"


def test_each_instance_has_a_service_of_its_own(runs: Any) -> None:
    command = "echo $AWS_EC2_METADATA_SERVICE_ENDPOINT > /command-output.txt; sleep 1"
    stacks = [runs.settled(item) for item in [runs.start(command), runs.start(command)]]
    first, second = (stack["Outputs"][0]["OutputValue"] for stack in stacks)
    assert first != second
