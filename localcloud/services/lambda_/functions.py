"""A function as moto keeps it, read for running it, and the settings that moto has no place for."""

import hashlib
import json
import uuid
from dataclasses import dataclass, field
from typing import Any

from moto.awslambda.utils import get_backend
from moto.core.utils import iso_8601_datetime_with_nanoseconds

_EXTRAS = "localcloud_settings"


@dataclass(frozen=True)
class Function:
    """What it takes to run one version of a function.

    Attributes:
        arn: the function's ARN without a qualifier.
        invoked_arn: the ARN with the qualifier of the call.
        timeout: seconds.
        memory: megabytes.
        code: the zip archive.
        layers: the zip archives of its layers, first to last.

    """

    name: str
    arn: str
    invoked_arn: str
    version: str
    account_id: str
    region: str
    handler: str
    runtime: str
    role: str
    timeout: int
    memory: int
    code: bytes = field(repr=False)
    code_sha256: str
    environment: dict[str, str] = field(repr=False)
    layers: tuple[bytes, ...] = field(repr=False)
    logging: dict[str, Any]
    tracing: str
    reserved_concurrency: int | None

    def fingerprint(self) -> str:
        """Changes with everything that makes Lambda start a new execution environment."""
        parts = [
            self.arn,
            self.version,
            self.handler,
            self.runtime,
            self.role,
            str(self.timeout),
            str(self.memory),
            self.code_sha256,
            json.dumps(self.environment, sort_keys=True),
            json.dumps(self.logging, sort_keys=True),
            *(hashlib.sha256(layer).hexdigest() for layer in self.layers),
        ]
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def load(account_id: str, region: str, name: str, qualifier: str | None = None) -> Function:
    """Read a function by name, partial ARN or ARN; raises moto's ResourceNotFoundException."""
    return read(get_backend(account_id, region).get_function(name, qualifier), qualifier)


def read(found: Any, qualifier: str | None = None) -> Function:
    """The function behind one of moto's objects."""
    backend = get_backend(found.account_id, found.region)
    arn = ":".join(found.function_arn.split(":")[:7])
    layers = [backend.layers_versions_by_arn(layer["Arn"]) for layer in found.layers]
    return Function(
        name=found.function_name,
        arn=arn,
        invoked_arn=f"{arn}:{qualifier}" if qualifier else arn,
        version=str(found.version),
        account_id=found.account_id,
        region=found.region,
        handler=found.handler or "",
        runtime=found.run_time or "",
        role=found.role,
        timeout=int(found.timeout),
        memory=int(found.memory_size),
        code=getattr(found, "code_bytes", b""),
        code_sha256=found.code_sha_256,
        environment={str(key): str(value) for key, value in (found.environment_vars or {}).items()},
        layers=tuple(layer.code_bytes for layer in layers if layer is not None),
        logging=logging_config(found),
        tracing=(found.tracing_config or {}).get("Mode", "PassThrough"),
        reserved_concurrency=int(found.reserved_concurrency) if found.reserved_concurrency is not None else None,
    )


def keep(found: Any, params: dict[str, Any]) -> None:
    """Remember on moto's function what moto itself drops from CreateFunction and UpdateFunctionConfiguration."""
    extras = dict(getattr(found, _EXTRAS, {}))
    if params.get("LoggingConfig"):
        extras["LoggingConfig"] = params["LoggingConfig"]
    extras["RevisionId"] = str(uuid.uuid4())
    setattr(found, _EXTRAS, extras)
    _share_code(found)


def _share_code(found: Any) -> None:
    """Hold the same archive once: each project has a function made from the same four megabytes."""
    backend = get_backend(found.account_id, found.region)
    for other in backend.list_functions():
        if other is not found and other.code_sha_256 == found.code_sha_256:
            found.code_bytes = other.code_bytes
            return


def touch(found: Any) -> None:
    """Note the time of a change."""
    found.last_modified = iso_8601_datetime_with_nanoseconds()


def logging_config(found: Any) -> dict[str, Any]:
    """Where and how a function logs, with AWS's defaults."""
    given: dict[str, Any] = getattr(found, _EXTRAS, {}).get("LoggingConfig", {})
    config = {
        "LogFormat": given.get("LogFormat", "Text"),
        "LogGroup": given.get("LogGroup") or f"/aws/lambda/{found.function_name}",
    }
    if config["LogFormat"] == "JSON":
        config["ApplicationLogLevel"] = given.get("ApplicationLogLevel", "INFO")
        config["SystemLogLevel"] = given.get("SystemLogLevel", "INFO")
    return config


def runtime_arn(region: str, runtime: str) -> str:
    """The ARN of a runtime's version: here every runtime has one."""
    return f"arn:aws:lambda:{region}::runtime:{hashlib.sha256(runtime.encode()).hexdigest()}"


def describe(found: Any) -> dict[str, Any]:
    """The function's configuration as AWS describes it."""
    configuration: dict[str, Any] = found.get_configuration()
    described = {key: value for key, value in configuration.items() if value is not None}
    described["LoggingConfig"] = logging_config(found)
    described["RevisionId"] = getattr(found, _EXTRAS, {}).get(
        "RevisionId", str(uuid.uuid5(uuid.NAMESPACE_URL, found.function_arn))
    )
    if not described.get("Layers"):
        described.pop("Layers", None)
    if found.package_type == "Zip":
        described["RuntimeVersionConfig"] = {"RuntimeVersionArn": runtime_arn(found.region, str(found.run_time))}
    return described
