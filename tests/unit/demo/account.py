"""An account as the demo sees it: answers of the services, written down."""

import io
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from demo.children import Children
from demo.cloud import Handout
from demo.journey import Journey
from demo.report.model import Project, Report
from demo.scene import Scene

BEGAN = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)


class Paginator:
    def __init__(self, operation: Callable[..., Any]) -> None:
        self._operation = operation

    def paginate(self, PaginationConfig: Any = None, **arguments: Any) -> list[Any]:
        return [self._operation(**arguments)]


class Service:
    """Operations by name; a value that is a function is called with the request."""

    def __init__(self, **answers: Any) -> None:
        self._answers = answers

    def __getattr__(self, name: str) -> Callable[..., Any]:
        answer = self._answers[name]
        return answer if callable(answer) else lambda **_: answer

    def get_paginator(self, operation: str) -> Paginator:
        return Paginator(getattr(self, operation))


class Logs:
    """CloudWatch Logs with these lines: (group, stream, seconds after the beginning, words)."""

    def __init__(self, *lines: tuple[str, str, float, str]) -> None:
        self._lines = lines

    def filter_log_events(self, logGroupName: str, logStreamNamePrefix: str = "") -> dict[str, Any]:
        if all(group != logGroupName for group, *_ in self._lines):
            raise ClientError({"Error": {"Code": "ResourceNotFoundException"}}, "FilterLogEvents")
        return {
            "events": [
                {
                    "timestamp": int((BEGAN.timestamp() + seconds) * 1000),
                    "logStreamName": stream,
                    "message": words,
                }
                for group, stream, seconds, words in self._lines
                if group == logGroupName and stream.startswith(logStreamNamePrefix)
            ]
        }

    def get_paginator(self, operation: str) -> Paginator:
        return Paginator(getattr(self, operation))


def bucket(objects: dict[str, Any]) -> Service:
    """S3 with these JSON objects by key."""
    return Service(
        list_objects_v2=lambda Prefix, **_: {
            "Contents": [{"Key": key} for key in objects if key.startswith(Prefix)]
        },
        get_object=lambda Key, **_: {"Body": io.BytesIO(json.dumps(objects[Key]).encode())},
    )


def scene(**services: Any) -> Scene:
    """A demo in the middle of its run."""
    journey = Journey()
    project = Project(
        "penguins", identifier="p-abc123", stack="arn:aws:cloudformation:eu-central-1:1:stack/SC-1/2"
    )
    report = Report(
        started=BEGAN, steps=journey.steps, project=project, account="123456789012", region="eu-central-1"
    )
    return Scene(
        folder=Path("build"),
        handout=Handout(Path("build"), "http://127.0.0.1:1", "http://127.0.0.1:2", {}),
        journey=journey,
        report=report,
        children=Children(),
        project=project,
        engineer=services.__getitem__,  # type: ignore[arg-type]
        scientist=services.__getitem__,  # type: ignore[arg-type]
    )
