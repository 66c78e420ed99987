"""The build specification: what a repository wants to have done.

https://docs.aws.amazon.com/codebuild/latest/userguide/build-spec-ref.html
"""

from dataclasses import dataclass, field
from typing import Any

import yaml

PHASES = ("install", "pre_build", "build", "post_build")
_TOP_LEVEL = ("version", "run-as", "env", "proxy", "batch", "phases", "reports", "artifacts", "cache")
_ON_FAILURE = ("ABORT", "CONTINUE")
_RUNTIMES = ("python",)


class BuildspecError(Exception):
    """The specification cannot be used; the message is what CodeBuild shows after YAML_FILE_ERROR."""


@dataclass(frozen=True)
class Commands:
    """One phase: its commands, those that run whatever happens, and what its failure means."""

    commands: tuple[str, ...] = ()
    finally_: tuple[str, ...] = ()
    on_failure: str | None = None
    runtimes: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Artifacts:
    """Which files a build gives away; `identifier` is None for the primary ones."""

    identifier: str | None
    files: tuple[str, ...]
    base_directory: str | None = None
    name: str | None = None
    exclude: tuple[str, ...] = ()
    discard_paths: bool = False


@dataclass(frozen=True)
class Buildspec:
    """A checked specification."""

    version: str
    interpreter: str
    variables: dict[str, str]
    parameter_store: dict[str, str]
    secrets_manager: dict[str, str]
    exported: tuple[str, ...]
    phases: dict[str, Commands]
    artifacts: tuple[Artifacts, ...]
    reports: bool


def parse(text: str) -> Buildspec:
    """Read a specification; raises BuildspecError."""
    try:
        document = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise BuildspecError(str(error).replace("\n", " ")) from error
    if not isinstance(document, dict):
        raise BuildspecError("Expected a mapping of keys to values in the buildspec file")
    if unknown := [str(key) for key in document if key not in _TOP_LEVEL]:
        raise BuildspecError(f"Unknown top-level key in the buildspec file: {', '.join(unknown)}")
    version = str(document.get("version", ""))
    if version not in ("0.1", "0.2"):
        raise BuildspecError(f"Invalid buildspec version: {version or 'none'}; use version: 0.2")
    env = _mapping(document, "env")
    phases = _mapping(document, "phases")
    if unknown := [str(name) for name in phases if name not in PHASES]:
        raise BuildspecError(f"Unknown phase in the buildspec file: {', '.join(unknown)}")
    shell = str(env.get("shell", "sh"))
    if shell not in ("sh", "bash", "/bin/sh"):
        raise BuildspecError(f"Unknown shell: {shell}; Linux images have bash and sh")
    return Buildspec(
        version=version,
        interpreter=shell.rsplit("/", maxsplit=1)[-1],
        variables=_strings(env, "variables"),
        parameter_store=_strings(env, "parameter-store"),
        secrets_manager=_strings(env, "secrets-manager"),
        exported=tuple(_list(env, "exported-variables")),
        phases={name: _phase(name, phases[name]) for name in PHASES if phases.get(name) is not None},
        artifacts=_artifacts(document),
        reports="reports" in document,
    )


def _phase(name: str, content: Any) -> Commands:
    if not isinstance(content, dict):
        raise BuildspecError(f"Expected a mapping in phase {name}")
    on_failure = content.get("on-failure")
    if on_failure is not None and on_failure not in _ON_FAILURE:
        raise BuildspecError(
            f"on-failure: {on_failure} in phase {name}: the local cloud knows {' and '.join(_ON_FAILURE)}"
        )
    runtimes = _strings(content, "runtime-versions")
    if unknown := sorted(set(runtimes) - set(_RUNTIMES)):
        raise BuildspecError(f"Unknown runtime named '{unknown[0]}' (the local cloud has {', '.join(_RUNTIMES)})")
    return Commands(
        commands=tuple(_list(content, "commands")),
        finally_=tuple(_list(content, "finally")),
        on_failure=on_failure,
        runtimes=runtimes,
    )


def _artifacts(document: dict[str, Any]) -> tuple[Artifacts, ...]:
    content = _mapping(document, "artifacts")
    found = []
    if content.get("files"):
        found.append(_one_artifact(None, content))
    for identifier, secondary in _mapping(content, "secondary-artifacts").items():
        found.append(_one_artifact(str(identifier), secondary))
    return tuple(found)


def _one_artifact(identifier: str | None, content: Any) -> Artifacts:
    files = tuple(_list(content, "files"))
    if not files:
        raise BuildspecError("artifacts need a list of files")
    return Artifacts(
        identifier=identifier,
        files=files,
        base_directory=content.get("base-directory"),
        name=content.get("name"),
        exclude=tuple(_list(content, "exclude-paths")),
        discard_paths=str(content.get("discard-paths", "no")).lower() in ("yes", "true"),
    )


def _mapping(content: dict[str, Any], key: str) -> dict[str, Any]:
    value = content.get(key)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise BuildspecError(f"Expected a mapping for {key}")
    return value


def _strings(content: dict[str, Any], key: str) -> dict[str, str]:
    # YAML reads 3.10 as a number and yes as a boolean; CodeBuild hands on what it was given, as text.
    return {str(name): _text(value) for name, value in _mapping(content, key).items()}


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)


def _list(content: dict[str, Any], key: str) -> list[str]:
    value = content.get(key)
    if value is None:
        return []
    if isinstance(value, str):
        return [value]
    if not isinstance(value, list) or not all(isinstance(item, str | int | float) for item in value):
        raise BuildspecError(f"Expected {key} to be a list of commands or names, each a string")
    return [_text(item) for item in value]
