"""Faults of one project, as ``localcloud.faults`` takes them.

Many projects share a role, a build and a function. Runners are told apart by the parameters that they are started
with, which have the project's name in them; everything else by the name or the id in what is asked for.
"""

import base64
from typing import Any

Fault = dict[str, Any]

FOR_EVER = None
RUNNER = "i-*"
"""Instances, as the principals of calls: the name of an instance's session is its id."""
BUILD = "AWSCodeBuild-*"
"""Builds, as the principals of calls."""


def own(name: str) -> str:
    """What the runner's parameters of a project have, and nobody else's."""
    return f"SageMakerProjectName={base64.b64encode(name.encode()).decode()}"


def dies_at_line(name: str, line: str, how: str = "kill", *, skip: int = 0, build: bool = False) -> Fault:
    """The runner of a project dies when it says something.

    Args:
        name: the project's.
        line: regular expression for the line.
        how: ``kill``, ``terminate`` or ``power-off``.
        skip: lines of that kind to let pass.
        build: the runner of the build, not of the instance.

    """
    child = "build" if build else "instance"
    return {"on": "output", "matches": line, "how": how, "skip": skip, "child": child, "about": own(name)}


def dies_at_call(
    name: str,
    service: str,
    operation: str,
    parameters: dict[str, str] | None = None,
    *,
    when: str = "before",
    how: str = "kill",
    skip: int = 0,
    build: bool = False,
) -> Fault:
    """The runner of a project dies at a call of its own: unheard, or when it was carried out (``after``)."""
    return {
        **_call(name, service, operation, parameters, build=build),
        "kind": "kill",
        "child": "build" if build else "instance",
        "when": when,
        "how": how,
        "skip": skip,
    }


def refused(
    name: str,
    service: str,
    operation: str,
    code: str,
    parameters: dict[str, str] | None = None,
    *,
    times: int | None = 1,
    skip: int = 0,
    build: bool = False,
) -> Fault:
    """A call of a project's runner is answered with an error."""
    return {
        **_call(name, service, operation, parameters, build=build),
        "kind": "error",
        "code": code,
        "times": times,
        "skip": skip,
    }


def lost(
    name: str,
    service: str,
    operation: str,
    parameters: dict[str, str] | None = None,
    *,
    unheard: bool = False,
    times: int = 1,
    build: bool = False,
) -> Fault:
    """A call of a project's runner is carried out but its answer lost, or (``unheard``) it does not arrive."""
    kind = "drop" if unheard else "lose_answer"
    return {**_call(name, service, operation, parameters, build=build), "kind": kind, "times": times}


def late(
    name: str,
    service: str,
    operation: str,
    parameters: dict[str, str] | None = None,
    *,
    seconds: float,
    build: bool = False,
) -> Fault:
    """A call of a project's runner takes its time."""
    return {**_call(name, service, operation, parameters, build=build), "kind": "delay", "seconds": seconds}


def seeding(name: str, kind: str, *, times: int = 1, when: str = "before", seconds: float = 0.0) -> Fault:
    """Something happens to the function that seeds the project's repository."""
    return {
        "on": "invocation",
        "kind": kind,
        "function": "ml-p-*-seed",
        "payload": {"project": f"*'{name}'*"},
        "times": times,
        "when": when,
        "seconds": seconds,
    }


def answering(name: str, request: str, kind: str, *, times: int = 1, when: str = "before") -> Fault:
    """Something happens to the function that CloudFormation asks (``Create``, ``Update``, ``Delete``)."""
    encoded = own(name).partition("=")[2]
    return {
        "on": "invocation",
        "kind": kind,
        "function": "ml-*-teardown",
        "payload": {"RequestType": request, "ResourceProperties": f"*'{encoded}'*"},
        "times": times,
        "when": when,
    }


def told(build: str, kind: str, *, times: int = 1, when: str = "before") -> Fault:
    """Something happens to the function when it is told that the build of this id has ended."""
    return {
        "on": "invocation",
        "kind": kind,
        "function": "ml-*-teardown",
        "payload": {"source": "aws.codebuild", "detail": f"*{build.rpartition(':')[2]}*"},
        "times": times,
        "when": when,
    }


def starting(name: str, kind: str, *, code: str = "", times: int | None = 1) -> Fault:
    """Something happens to the function's call that starts the build."""
    fault = {
        "on": "call",
        "service": "codebuild",
        "operation": "StartBuild",
        "principal": "ml-*-teardown*",
        "parameters": {"environmentVariablesOverride": f"*{own(name)}*"},
        "kind": kind,
        "times": times,
    }
    return fault | ({"code": code} if code else {})


def git(path: str, kind: str, **more: Any) -> Fault:
    """Something happens to a request to the git host; ``path`` is a regular expression for the whole path."""
    return {"on": "git", "path": path, "kind": kind, **more}


def no_deliveries(identifier: str) -> Fault:
    """Nobody trains the project's model: CodePipeline may not write what it has fetched."""
    return {
        "on": "call",
        "service": "s3",
        "operation": "PutObject",
        "principal": f"ml-{identifier}-pipeline",
        "kind": "error",
        "code": "AccessDenied",
        "times": FOR_EVER,
        "name": "no deliveries",
    }


def _call(name: str, service: str, operation: str, parameters: dict[str, str] | None, *, build: bool) -> Fault:
    return {
        "on": "call",
        "service": service,
        "operation": operation,
        "parameters": parameters or {},
        "principal": BUILD if build else RUNNER,
        "about": own(name),
    }
