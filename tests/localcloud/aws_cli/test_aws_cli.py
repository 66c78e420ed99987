"""The AWS CLI that instances and builds find is the real one, word for word."""

import runpy
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

REAL = Path(sys.executable).with_name("aws")
CLIENT = Path(__file__).resolve().parents[3] / "localcloud" / "aws_cli" / "client.py"


def run(
    program: Path | str, *arguments: str, environment: dict[str, str], **options: object
) -> tuple[int, bytes, bytes]:
    done = subprocess.run(
        [program, *arguments], env=environment, capture_output=True, check=False, timeout=60, **options
    )
    return done.returncode, done.stdout, done.stderr


def warm(environment: dict[str, str]) -> str:
    found = shutil.which("aws", path=environment["PATH"])
    assert found is not None
    assert Path(found) != REAL
    return found


@pytest.mark.parametrize(
    "arguments",
    [
        ("--version",),
        ("sts", "get-caller-identity"),
        ("sts", "get-caller-identity", "--query", "Account", "--output", "text"),
        ("s3api", "head-bucket", "--bucket", "nobody-made-this"),
        ("sts", "get-caller-identity", "--profile", "nobody"),
        ("s3", "levitate"),
        (),
    ],
    ids=" ".join,
)
def test_it_says_what_the_real_one_says(cloud, arguments: tuple[str, ...]) -> None:
    environment = cloud.environment

    assert run(warm(environment), *arguments, environment=environment) == run(
        REAL, *arguments, environment=environment
    )


def test_it_reads_and_writes_where_its_caller_stands(cloud, tmp_path: Path) -> None:
    environment = cloud.environment
    aws = warm(environment)
    cloud.client("s3").create_bucket(
        Bucket="warm-cli", CreateBucketConfiguration={"LocationConstraint": environment["AWS_REGION"]}
    )
    (tmp_path / "here").write_bytes(b"\x00\xff from a file\n")

    assert run(aws, "s3", "cp", "here", "s3://warm-cli/a", environment=environment, cwd=tmp_path)[0] == 0
    assert run(aws, "s3", "cp", "-", "s3://warm-cli/b", environment=environment, input=b"from a pipe")[0] == 0

    assert run(aws, "s3", "cp", "s3://warm-cli/a", "-", environment=environment)[1] == b"\x00\xff from a file\n"
    assert run(aws, "s3", "cp", "s3://warm-cli/b", "-", environment=environment)[1] == b"from a pipe"


def test_one_command_knows_nothing_of_another(cloud) -> None:
    environment = cloud.environment
    aws = warm(environment)
    nobody = {name: value for name, value in environment.items() if "ACCESS_KEY" not in name}

    assert run(aws, "sts", "get-caller-identity", environment=environment)[0] == 0
    status, _, words = run(aws, "sts", "get-caller-identity", environment=nobody)

    assert status != 0
    assert b"credentials" in words


def test_a_command_may_be_over_before_its_caller_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    here, there = socket.socketpair()

    class Connection:
        """Its peer has answered and gone when the request has been sent."""

        def __init__(self, _family: int) -> None: ...

        def connect(self, _path: str) -> None: ...

        def sendmsg(self, parts: list[bytes], _streams: object) -> int:
            sent = here.send(parts[0])
            there.recv(sent)
            there.sendall(bytes([3]))
            there.close()
            return sent

        sendall = here.sendall
        recv = here.recv

    monkeypatch.setattr(socket, "socket", Connection)

    with here, pytest.raises(SystemExit) as ended:
        runpy.run_path(str(CLIENT))
    assert ended.value.code == 3
