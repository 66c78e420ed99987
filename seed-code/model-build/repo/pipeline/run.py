"""Bring the pipeline in SageMaker to this commit and start it.

    python -m pipeline.run                                    start and return
    python -m pipeline.run --wait                             follow it to the end; exit code 1 unless it succeeds
    python -m pipeline.run --parameter RmseThreshold=300      change a parameter for this execution only

Progress goes to standard error; standard output gets one line, the ARN of the execution.
"""

import argparse
import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from pipeline import bundle, execution
from pipeline.definition import build, render
from pipeline.settings import ROOT, Settings, SettingsError, load
from pipeline.upsert import upsert


def main(arguments: list[str] | None = None, environ: Mapping[str, str] = os.environ) -> int:
    """Run the command; return its exit code."""
    options = _parser().parse_args(arguments)
    try:
        settings = load(environ)
        return _run(settings, options, _client("s3", settings), _client("sagemaker", settings))
    except (SettingsError, BotoCoreError, ClientError) as error:
        _say(f"error: {error}")
        return 1


def _run(settings: Settings, options: argparse.Namespace, s3: Any, sagemaker: Any) -> int:
    parameters = dict(options.parameter)
    definition = build(settings)
    _check(parameters, definition)
    text = render(definition)

    bundle.upload(settings, s3)
    _say(f"code {bundle.code().uri(settings)}")
    _say(f"data {bundle.data().uri(settings)}")
    _say(f"pipeline {upsert(settings, text, sagemaker)}")
    arn = execution.start(settings, text, parameters, sagemaker)
    _say(f"execution {arn}")
    _record(options.record, settings, text, parameters, arn)
    print(arn)
    if not options.wait:
        return 0

    status = execution.wait(arn, sagemaker, options.poll_seconds, _say)
    _say(f"execution {status}")
    if status == "Succeeded":
        return 0
    for line in execution.failures(arn, sagemaker):
        _say(f"  {line}")
    return 1


def _check(parameters: Mapping[str, str], definition: Mapping[str, Any]) -> None:
    known = [parameter["Name"] for parameter in definition["Parameters"]]
    unknown = sorted(set(parameters) - set(known))
    if unknown:
        raise SettingsError(f"no parameter {', '.join(unknown)}; the pipeline has {', '.join(known)}")


def _record(folder: Path, settings: Settings, text: str, parameters: Mapping[str, str], arn: str) -> None:
    """Leave what was started where the build keeps it as an artifact."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "pipeline-definition.json").write_text(text + "\n", encoding="utf-8")
    facts = {
        "commit": settings.commit,
        "pipeline": settings.pipeline_name,
        "execution": arn,
        "parameters": dict(parameters),
        "code": bundle.code().uri(settings),
        "data": bundle.data().uri(settings),
    }
    (folder / "run.json").write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")


def _client(service: str, settings: Settings) -> Any:
    return boto3.client(
        service, region_name=settings.region, config=Config(retries={"mode": "standard", "max_attempts": 5})
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m pipeline.run", description="Create or update the pipeline and start it."
    )
    parser.add_argument("--wait", action="store_true", help="follow the execution; exit 1 unless it succeeds")
    parser.add_argument("--poll-seconds", type=float, default=15, help="seconds between two looks with --wait")
    parser.add_argument("--parameter", type=_assignment, action="append", default=[], metavar="NAME=VALUE")
    parser.add_argument("--record", type=Path, default=ROOT / "build", help="folder for run.json and the definition")
    return parser


def _assignment(text: str) -> tuple[str, str]:
    name, separator, value = text.partition("=")
    if not separator or not name:
        raise argparse.ArgumentTypeError(f"{text!r} is not of the form NAME=VALUE")
    return name, value


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
