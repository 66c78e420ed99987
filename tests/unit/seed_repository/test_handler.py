"""The function as Lambda calls it: logs, metrics, results and failures."""

import json
import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import pytest

from tests.unit.seed_repository.conftest import World
from tests.unit.seed_repository.git_server import TOKEN


@dataclass
class LambdaContext:
    function_name: str = "sagemaker-p-abc123def456-seed"
    memory_limit_in_mb: int = 512
    invoked_function_arn: str = "arn:aws:lambda:eu-west-1:111122223333:function:sagemaker-p-abc123def456-seed"
    aws_request_id: str = "5e0b6a1c-7a3d-4b32-9a0b-5c9a9a6d0c11"

    def get_remaining_time_in_millis(self) -> int:
        return 60_000


@pytest.fixture
def handler_module(world: World, capfd: pytest.CaptureFixture[str]) -> Iterator[ModuleType]:
    from seed_repository import handler  # noqa: PLC0415 - after the environment is set

    handler._clients.cache_clear()
    handler.logger.handlers[0].setStream(sys.stdout)  # the output of this test, not of the first one
    yield handler
    handler._clients.cache_clear()


def _entries(output: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in output.splitlines() if line.startswith("{")]


def test_success(handler_module: ModuleType, world: World, capfd: pytest.CaptureFixture[str]) -> None:
    result = handler_module.handler(world.event, LambdaContext())

    assert result["status"] == "created"
    assert json.loads(json.dumps(result)) == result
    entries = _entries(capfd.readouterr().out)
    metrics = next(entry for entry in entries if "Duration" in entry)
    assert (metrics["outcome"], metrics["Files"], metrics["Retries"]) == ("created", [7.0], [0.0])
    assert metrics["HostRequests"] == [4.0]
    assert metrics["_aws"]["CloudWatchMetrics"][0]["Namespace"] == "SageMakerProjects"
    logged = next(entry for entry in entries if entry.get("message") == "The repository is seeded.")
    assert logged["correlation_id"] == "p-abc123def456"
    assert logged["commit_sha"] == result["commit_sha"]


def test_failure_fails_the_invocation_with_its_reason(
    handler_module: ModuleType, world: World, capfd: pytest.CaptureFixture[str]
) -> None:
    world.event["repository"]["create"] = False

    with pytest.raises(Exception, match="does not exist") as caught:
        handler_module.handler(world.event, LambdaContext())

    assert type(caught.value).__name__ == "RepositoryMissing"
    entries = _entries(capfd.readouterr().out)
    assert next(entry for entry in entries if "Duration" in entry)["outcome"] == "failed"
    logged = next(entry for entry in entries if entry.get("error"))
    assert (logged["level"], logged["error"]) == ("ERROR", "RepositoryMissing")
    assert "does not exist" in logged["reason"]


def test_event_that_is_none(handler_module: ModuleType) -> None:
    with pytest.raises(Exception, match="The seed request is not valid: project"):
        handler_module.handler({}, LambdaContext())


def test_nothing_shows_the_token_even_at_debug(
    handler_module: ModuleType, world: World, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    handler_module.handler(world.event, LambdaContext())

    output = capfd.readouterr()
    assert TOKEN not in output.out + output.err + caplog.text


def test_settings_come_from_the_environment(
    handler_module: ModuleType, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEED_MAX_FILES", "1")

    with pytest.raises(Exception, match="at most 1 files"):
        handler_module.handler(world.event, LambdaContext())


def test_import_is_lean() -> None:
    """Importing the handler loads neither boto3 nor the parts of libraries that seeding never uses."""
    unwanted = ["boto3", "botocore", "aws_xray_sdk", "dulwich.porcelain", "dulwich.index", "requests"]
    script = f"import sys, seed_repository.handler; print([name for name in {unwanted!r} if name in sys.modules])"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, env=environment
    )

    assert done.stdout.strip() == "[]"


def test_sampled_invocation_is_traced(
    handler_module: ModuleType, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
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
    monkeypatch.setattr(handler_module, "_tracer", lambda: recorder)
    monkeypatch.setenv(
        "_X_AMZN_TRACE_ID", "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"
    )

    handler_module.handler(world.event, LambdaContext())

    assert names == ["## fetch seed", "## render seed", "## push seed"]
