"""The function as Lambda calls it: logs, metrics, results and failures."""

import io
import json
import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from aws_lambda_powertools.utilities.parser import ValidationError, parse
from seed_repository import handler
from seed_repository.errors import RepositoryMissing, RequestInvalid, SeedInvalid
from seed_repository.events import SeedResult

from tests.unit.seed_repository.conftest import World
from tests.unit.seed_repository.git_server import TOKEN, Fault, git


@dataclass
class LambdaContext:
    function_name: str = "ml-p-abc123def456-seed"
    memory_limit_in_mb: int = 512
    invoked_function_arn: str = "arn:aws:lambda:eu-west-1:111122223333:function:ml-p-abc123def456-seed"
    aws_request_id: str = "5e0b6a1c-7a3d-4b32-9a0b-5c9a9a6d0c11"

    def get_remaining_time_in_millis(self) -> int:
        return 60_000


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """What the function logs. Its logger keeps the standard output of the moment in which it was imported."""
    written = io.StringIO()
    monkeypatch.setattr(handler.logger.handlers[0], "stream", written)
    return written


@pytest.fixture(autouse=True)
def _clients_of_this_test(world: World) -> Iterator[None]:
    handler._clients.cache_clear()
    yield
    handler._clients.cache_clear()


def _entries(output: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in output.splitlines() if line.startswith("{")]


def _size(world: World) -> int:
    listed = git("ls-tree", "-r", "-l", "-z", "main", cwd=world.server.path("acme/churn")).stdout
    return sum(int(line.split()[3]) for line in listed.split("\0") if line)


def test_success(world: World, log: io.StringIO, capfd: pytest.CaptureFixture[str]) -> None:
    result = handler.handler(world.event, LambdaContext())

    assert result["status"] == "created"
    assert json.loads(json.dumps(result)) == result
    metrics = next(entry for entry in _entries(capfd.readouterr().out) if "Duration" in entry)
    assert (metrics["outcome"], metrics["Files"], metrics["Retries"]) == ("created", [7.0], [0.0])
    assert metrics["HostRequests"] == [4.0]
    assert metrics["Bytes"] == [float(_size(world))]
    assert 0 < metrics["Duration"][0] < 60
    described = metrics["_aws"]["CloudWatchMetrics"][0]
    assert {one["Name"]: one["Unit"] for one in described["Metrics"]} == {
        "Duration": "Seconds",
        "Files": "Count",
        "Bytes": "Bytes",
        "HostRequests": "Count",
        "Retries": "Count",
    }
    assert ["outcome", "service"] in [sorted(one) for one in described["Dimensions"]]
    assert metrics["_aws"]["CloudWatchMetrics"][0]["Namespace"] == "SageMakerProjects"
    logged = next(entry for entry in _entries(log.getvalue()) if entry["message"] == "The repository is seeded.")
    assert logged["correlation_id"] == "p-abc123def456"
    assert logged["commit_sha"] == result["commit_sha"]


def test_retries_are_counted(world: World, capfd: pytest.CaptureFixture[str]) -> None:
    world.server.faults += [Fault("repos/", status=503, headers={"Retry-After": "0"})] * 2

    handler.handler(world.event, LambdaContext())

    metrics = next(entry for entry in _entries(capfd.readouterr().out) if "Duration" in entry)
    assert (metrics["Retries"], metrics["HostRequests"]) == ([2.0], [6.0])


def test_result_is_parsed_as_strictly_as_the_event() -> None:
    for wrong in ({"status": "perhaps"}, {"commit_sha": "abc"}, {"surprise": 1}):
        with pytest.raises(ValidationError):
            parse({"status": "created", "repository_url": "u", "branch": "main", **wrong}, model=SeedResult)


def test_failure_fails_the_invocation_with_its_reason(
    world: World, log: io.StringIO, capfd: pytest.CaptureFixture[str]
) -> None:
    world.event["repository"]["create"] = False

    with pytest.raises(RepositoryMissing, match="does not exist"):
        handler.handler(world.event, LambdaContext())

    assert next(entry for entry in _entries(capfd.readouterr().out) if "Duration" in entry)["outcome"] == "failed"
    logged = next(entry for entry in _entries(log.getvalue()) if entry.get("error"))
    assert (logged["level"], logged["error"]) == ("ERROR", "RepositoryMissing")
    assert "does not exist" in logged["reason"]


def test_event_that_is_none() -> None:
    with pytest.raises(RequestInvalid, match="The seed request is not valid: project"):
        handler.handler({}, LambdaContext())


def test_nothing_shows_the_token_even_at_debug(
    world: World, log: io.StringIO, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    handler.handler(world.event, LambdaContext())

    output = capfd.readouterr()
    assert TOKEN not in output.out + output.err + caplog.text + log.getvalue()


def test_settings_come_from_the_environment(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEED_MAX_FILES", "1")

    with pytest.raises(SeedInvalid, match="at most 1 files"):
        handler.handler(world.event, LambdaContext())


@pytest.mark.parametrize("name", ["base_url", "api_url"])
def test_credential_goes_to_no_host_that_the_event_alone_names(
    world: World, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    for setting in ("base_url", "api_url"):
        monkeypatch.setenv(f"SEED_{setting.upper()}", world.event["host"][setting])
    world.event["host"][name] = "https://elsewhere.example.com"
    world.event["repository"]["url"] = f"{world.event['host']['base_url']}/acme/churn"

    with pytest.raises(RequestInvalid, match=f"host.{name} must be {world.server.url}"):
        handler.handler(world.event, LambdaContext())

    assert not world.server.requests


def test_the_host_of_the_settings_is_served(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    for setting in ("base_url", "api_url"):
        monkeypatch.setenv(f"SEED_{setting.upper()}", world.event["host"][setting] + "/")

    assert handler.handler(world.event, LambdaContext())["status"] == "created"


def test_import_is_lean() -> None:
    """Importing the handler loads neither boto3 nor the parts of libraries that seeding never uses."""
    unwanted = [
        "boto3",
        "botocore.session",
        "aws_xray_sdk",
        "aws_lambda_powertools.utilities.idempotency",
        "dulwich.porcelain",
        "dulwich.index",
        "requests",
        "seed_repository.github_app",
        "seed_repository.proposal",
    ]
    script = f"import sys, seed_repository.handler; print([name for name in {unwanted!r} if name in sys.modules])"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, env=environment
    )

    assert done.stdout.strip() == "[]"


def test_sampled_invocation_is_traced(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    names = []

    class Recorder:
        """Stands in for powertools' Tracer."""

        provider: "Recorder"

        def capture_lambda_handler(self, function: Any, **_: object) -> Any:
            return function

        @contextmanager
        def in_subsegment(self, name: str) -> Iterator[None]:
            names.append(name)
            yield

    recorder = Recorder()
    recorder.provider = recorder
    monkeypatch.setattr(handler, "_tracer", lambda: recorder)
    monkeypatch.setenv(
        "_X_AMZN_TRACE_ID", "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"
    )

    handler.handler(world.event, LambdaContext())

    assert names == ["## fetch seed", "## render seed", "## push seed"]
