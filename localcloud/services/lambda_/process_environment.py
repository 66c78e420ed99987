"""What a function's process finds: its folders and its environment variables."""

from dataclasses import dataclass
from pathlib import Path

from localcloud.services.lambda_.functions import Function


@dataclass(frozen=True)
class Folders:
    """Where an environment finds its code: archive, layers, the runtime's packages and programs."""

    task: Path
    layers: tuple[Path, ...]
    runtime: Path
    programs: Path
    home: Path


def variables(function: Function, folders: Folders, port: int, stream: str, xray_address: str) -> dict[str, str]:
    """What Lambda defines for a function, and then what the function's owner does.

    https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html; paths are this machine's.
    """
    path = [folders.task, *(layer / "python" for layer in folders.layers), folders.runtime]
    host, _, xray_port = xray_address.partition(":")
    defined = {
        "_HANDLER": function.handler,
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{function.runtime}",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory),
        "AWS_LAMBDA_FUNCTION_NAME": function.name,
        "AWS_LAMBDA_FUNCTION_VERSION": function.version,
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_FORMAT": function.logging["LogFormat"],
        "AWS_LAMBDA_LOG_GROUP_NAME": function.logging["LogGroup"],
        "AWS_LAMBDA_LOG_STREAM_NAME": stream,
        "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{port}",
        "AWS_XRAY_CONTEXT_MISSING": "LOG_ERROR",
        "AWS_XRAY_DAEMON_ADDRESS": xray_address,
        "_AWS_XRAY_DAEMON_ADDRESS": host,
        "_AWS_XRAY_DAEMON_PORT": xray_port,
        "LAMBDA_RUNTIME_DIR": str(folders.runtime),
        "LAMBDA_TASK_ROOT": str(folders.task),
        "LANG": "en_US.UTF-8",
        "PATH": ":".join([str(folders.programs), *(str(layer / "bin") for layer in folders.layers)]),
        # The task folder is read-only on AWS: nothing that one start compiles helps the next.
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONPATH": ":".join(str(folder) for folder in path),
        "TZ": ":UTC",
    }
    if function.logging["LogFormat"] == "JSON":
        defined["AWS_LAMBDA_LOG_LEVEL"] = function.logging["ApplicationLogLevel"]
    if function.layers:
        defined["LD_LIBRARY_PATH"] = ":".join(str(layer / "lib") for layer in folders.layers)
    return defined | function.environment
