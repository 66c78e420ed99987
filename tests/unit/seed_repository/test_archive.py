"""The released archive itself, pruned and compiled, in a clean interpreter with only what AWS Lambda provides."""

import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer

from release.build import build
from release.dependencies import Target
from release.import_check import provided_packages
from tests.unit.seed_repository.conftest import REGION, World
from tests.unit.seed_repository.git_server import TOKEN
from tests.unit.seed_repository.github_server import PRIVATE_KEY, GitHubServer

ROOT = Path(__file__).resolve().parents[3]
TABLE = "sagemaker-projects-seed-requests"
INVOKE = """
import json, sys
sys.path[:0] = sys.argv[1:]
from seed_repository.handler import handler

class Context:
    function_name = "ml-p-abc123def456-seed"
    function_version = "1"
    memory_limit_in_mb = 512
    invoked_function_arn = "arn:aws:lambda:eu-west-1:111122223333:function:ml-p-abc123def456-seed"
    aws_request_id = "5e0b6a1c-7a3d-4b32-9a0b-5c9a9a6d0c11"
    def get_remaining_time_in_millis(self):
        return 60_000

for event in json.load(sys.stdin):
    print("RESULT", json.dumps(handler(event, Context())), flush=True)
"""
Invoke = Callable[..., list[dict[str, Any]]]


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("release")
    release = build(ROOT, out, Target.here(), ROOT / "build" / "cache")
    assert release["lambdas"]["seed_repository"]["compiled"] is True
    return out / "lambda-seed-repository.zip"


@pytest.fixture
def invoke(archive: Path, world: World, tmp_path: Path) -> Iterator[Invoke]:
    """Invokes the archive's handler with some events, one after the other."""
    function, provided = tmp_path / "function", tmp_path / "provided"
    with zipfile.ZipFile(archive) as bundle:
        bundle.extractall(function)
    provided_packages(provided)
    server = ThreadedMotoServer(port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()

    def run(*events: dict[str, Any], **environment: str) -> list[dict[str, Any]]:
        done = subprocess.run(
            [sys.executable, "-I", "-S", "-c", INVOKE, str(function), str(provided)],
            input=json.dumps(events),
            capture_output=True,
            text=True,
            check=False,
            cwd=tmp_path,
            env={
                "PATH": os.defpath,
                "AWS_ENDPOINT_URL": f"http://{host}:{port}",
                "AWS_ACCESS_KEY_ID": "testing",
                "AWS_SECRET_ACCESS_KEY": "testing",
                "AWS_DEFAULT_REGION": REGION,
                **environment,
            },
        )
        assert done.returncode == 0, done.stderr[-3000:]
        for secret in (TOKEN, PRIVATE_KEY.splitlines()[3]):
            assert secret not in done.stdout + done.stderr
        lines = [line for line in done.stdout.splitlines() if line.startswith("RESULT ")]
        return [json.loads(line.removeprefix("RESULT ")) for line in lines]

    yield run
    server.stop()


def test_with_a_token_remembered_and_traced(world: World, github: GitHubServer, invoke: Invoke) -> None:
    keys = (("function", "HASH"), ("request", "RANGE"))
    boto3.client("dynamodb", region_name=REGION).create_table(
        TableName=TABLE,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name, _ in keys],
        KeySchema=[{"AttributeName": name, "KeyType": kind} for name, kind in keys],
    )
    trace = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"

    first, second = invoke(
        world.event, world.event, SEED_REQUESTS_TABLE=TABLE, LAMBDA_TASK_ROOT="/var/task", _X_AMZN_TRACE_ID=trace
    )

    assert first["status"] == "created"
    assert second == first
    assert github.requests.count("POST /acme/churn.git/git-receive-pack") == 1


def test_as_a_github_app_with_a_proposal(world: World, github: GitHubServer, invoke: Invoke) -> None:
    repository = github.create(**{"theirs.py": "precious\n"})
    world.store_app(github.install_app().id)
    world.event["repository"]["on_existing_content"] = "pull-request"

    (result,) = invoke(world.event)

    assert (result["status"], result["pull_request_url"]) == ("skipped", f"{github.url}/acme/churn/pull/1")
    assert "seed/1.0.0" in repository.branches()
