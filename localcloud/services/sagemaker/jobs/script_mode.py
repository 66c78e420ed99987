"""Script mode: what the training toolkit inside AWS's framework images does before and after a user's script.

The toolkit (https://github.com/aws/sagemaker-training-toolkit) reads ``/opt/ml/input/config``, unpacks the source
archive into ``/opt/ml/code``, exports ``SM_*`` variables, runs the script with the hyperparameters as arguments
and describes a failure in ``/opt/ml/output/failure``. This is its behaviour as its README documents it.
"""

import json
import os
import shlex
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from localcloud.services.sagemaker.jobs.container import Command, Container
from localcloud.services.sagemaker.jobs.transfer import TransferError, download, unpack

_PROGRAM = "sagemaker_program"
_SOURCE = "sagemaker_submit_directory"
_RESERVED = ("sagemaker_", "_tuning_objective_metric")
_CODE = "/opt/ml/code"


@dataclass(frozen=True)
class TrainingContext:
    """What the toolkit knows of the job.

    Attributes:
        hyperparameters: as in the API: every value is text.
        environment: the job's own variables.
        channels: names of the input channels.
        input_data_config: content of ``inputdataconfig.json``.
        resource_config: content of ``resourceconfig.json``.

    """

    job_name: str
    job_arn: str
    region: str
    hyperparameters: dict[str, str]
    environment: dict[str, str]
    channels: tuple[str, ...]
    input_data_config: dict[str, Any]
    resource_config: dict[str, Any]


def decoded(hyperparameters: dict[str, str]) -> dict[str, Any]:
    """Hyperparameters as the toolkit reads them: JSON where it is JSON, text otherwise."""
    values: dict[str, Any] = {}
    for name, text in hyperparameters.items():
        try:
            values[name] = json.loads(text)
        except ValueError:
            values[name] = text
    return values


def program_of(hyperparameters: dict[str, str], environment: dict[str, str]) -> str | None:
    """The user's script, or None when the job does not use script mode."""
    program = decoded(hyperparameters).get(_PROGRAM) or environment.get("SAGEMAKER_PROGRAM")
    return str(program) if program else None


def source_of(hyperparameters: dict[str, str], environment: dict[str, str]) -> str | None:
    """Where the script's source is: an S3 archive, a folder or an archive inside the container."""
    source = decoded(hyperparameters).get(_SOURCE) or environment.get("SAGEMAKER_SUBMIT_DIRECTORY")
    return str(source) if source else None


def user_hyperparameters(hyperparameters: dict[str, str]) -> dict[str, Any]:
    """The hyperparameters that are the script's, not the toolkit's."""
    return {name: value for name, value in decoded(hyperparameters).items() if not name.startswith(_RESERVED)}


def arguments(values: dict[str, Any]) -> list[str]:
    """``--name value`` for each hyperparameter, sorted by name; ``-n`` for names of one letter."""
    words: list[str] = []
    for name in sorted(values):
        value = values[name]
        text = (
            ",".join(f"{key}={item}" for key, item in sorted(value.items()))
            if isinstance(value, dict)
            else str(value)
        )
        words += [f"--{name}" if len(name) > 1 else f"-{name}", text]
    return words


def place_source(context: TrainingContext, container: Container, s3: Any) -> Path:
    """Put the script's source into ``/opt/ml/code`` and return the script.

    Raises:
        TransferError: there is no source, or the script is not in it.

    """
    code = container.path(_CODE)
    source = source_of(context.hyperparameters, context.environment)
    program = program_of(context.hyperparameters, context.environment) or ""
    if source and source.startswith("s3://"):
        archive = container.home / "source"
        if download(s3, source, archive) != 1:
            raise TransferError(f"ClientError: Data download failed: there is no object {source}")
        unpack(next(archive.iterdir()), code)
    elif source and source.startswith("/opt/ml/"):
        inside = container.path(source)
        if inside.is_file():
            unpack(inside, code)
        else:
            code = inside
    script = (code / program).resolve()
    if not script.is_file() or not script.is_relative_to(code.resolve()):
        raise TransferError(f"AlgorithmError: the program '{program}' is not in the source {source}")
    return script


def command(context: TrainingContext, container: Container, script: Path, environment: dict[str, str]) -> Command:
    """How the toolkit runs the script: Python for ``.py``, ``/bin/sh`` for anything else."""
    words = [container.rewrite(word) for word in arguments(user_hyperparameters(context.hyperparameters))]
    code = container.path(_CODE) if script.is_relative_to(container.path(_CODE).resolve()) else script.parent
    runner = [sys.executable] if script.suffix == ".py" else ["/bin/sh"]
    own = {name: container.rewrite(value) for name, value in context.environment.items()}
    variables = _variables(context, container, script, words)
    return Command(
        argv=[*runner, str(script), *words],
        environment={**environment, **own, **variables, "PYTHONPATH": str(code), "PYTHONUNBUFFERED": "1"},
        cwd=code,
    )


def failure(program: list[str], status: int, lines: list[str]) -> str:
    """The toolkit's description of a script that failed."""
    message = error_message(lines).replace('"', "'")
    return f'ExecuteUserScriptError:\nExitCode {status}\nErrorMessage "{message}"\nCommand "{shlex.join(program)}"'


def error_message(lines: list[str]) -> str:
    """The end of the last traceback: the exception and its message; nothing when there is no traceback."""
    starts = [index for index, line in enumerate(lines) if line.startswith("Traceback (most recent call last)")]
    if not starts:
        return ""
    after = lines[starts[-1] + 1 :]
    return "\n".join(line for line in after if line and not line.startswith(" "))


def _variables(context: TrainingContext, container: Container, script: Path, words: list[str]) -> dict[str, str]:
    values = user_hyperparameters(context.hyperparameters)
    hosts = context.resource_config["hosts"]
    known: dict[str, Any] = {
        "HOSTS": hosts,
        "CURRENT_HOST": context.resource_config["current_host"],
        "CURRENT_INSTANCE_TYPE": context.resource_config["current_instance_type"],
        "NETWORK_INTERFACE_NAME": "lo",
        "NUM_CPUS": os.cpu_count() or 1,
        "NUM_GPUS": 0,
        "HPS": values,
        "USER_ARGS": words,
        "USER_ENTRY_POINT": script.name,
        "MODULE_NAME": script.stem,
        "MODULE_DIR": container.rewrite(source_of(context.hyperparameters, context.environment) or _CODE),
        "LOG_LEVEL": 20,
        "FRAMEWORK_PARAMS": {},
        "RESOURCE_CONFIG": context.resource_config,
        "INPUT_DATA_CONFIG": context.input_data_config,
        "CHANNELS": sorted(context.channels),
        "INPUT_DIR": container.rewrite("/opt/ml/input"),
        "INPUT_CONFIG_DIR": container.rewrite("/opt/ml/input/config"),
        "OUTPUT_DIR": container.rewrite("/opt/ml/output"),
        "OUTPUT_DATA_DIR": container.rewrite("/opt/ml/output/data"),
        "OUTPUT_INTERMEDIATE_DIR": container.rewrite("/opt/ml/output/intermediate"),
        "MODEL_DIR": container.rewrite("/opt/ml/model"),
    }
    known |= {
        f"CHANNEL_{name.upper()}": container.rewrite(f"/opt/ml/input/data/{name}") for name in context.channels
    }
    known |= {f"HP_{name.upper()}": value for name, value in values.items()}
    known["TRAINING_ENV"] = {
        "job_name": context.job_name,
        **{name.lower(): value for name, value in known.items()},
    }
    exported = {
        f"SM_{name}": value if isinstance(value, str) else json.dumps(value, sort_keys=True)
        for name, value in known.items()
    }
    return {**exported, "TRAINING_JOB_NAME": context.job_name, "TRAINING_JOB_ARN": context.job_arn}
