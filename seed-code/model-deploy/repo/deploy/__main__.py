"""The commands of the pipeline, and of people.

python -m deploy check                      are the settings of all environments right?
python -m deploy resolve [dev]              choose and promote the packages, write build/deployment.json
python -m deploy plan staging               what would change
python -m deploy apply staging              deploy what resolve chose
python -m deploy test staging               smoke and contract test of what runs
python -m deploy verify prod                the same, and go back to the model before if it fails for the first time
python -m deploy transform prod IN OUT      batch transform of the objects under an S3 address
python -m deploy destroy dev                remove an environment
"""

import argparse
import os
import sys
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from deploy import context, contract, deployment, records, running, settings, stop, toolchain
from deploy.ask import Model
from deploy.context import ENVIRONMENTS, PIPELINE, ROOT, Context
from deploy.deployment import Choice
from deploy.environment import Environment
from deploy.errors import FAULTS, DeployError, NothingApprovedError
from deploy.terraform import Terraform


def main(arguments: list[str] | None = None, environ: Mapping[str, str] = os.environ) -> int:
    """Run a command; return its exit code."""
    options = _parser().parse_args(arguments)
    try:
        _COMMANDS[options.command](options, environ)
    except FAULTS as error:
        say(f"error: {error}")
        return 1
    return 0


def _check(options: argparse.Namespace, environ: Mapping[str, str]) -> None:
    del options
    terraform = _terraform(context.load(environ), environ)
    for name in ENVIRONMENTS:
        settings.check(settings.read(name), name, terraform)
        say(f"environments/{name}.json is right")


def _resolve(options: argparse.Namespace, environ: Mapping[str, str]) -> None:
    where = context.load(environ)
    names = [options.environment] if options.environment else list(PIPELINE)
    s3 = where.client("s3")
    chosen = {name: settings.read(name) for name in names}
    # `dev` is chosen by people, who may read nothing of the pipeline's environments.
    live = {} if options.environment else {name: records.live(where, s3, name) for name in PIPELINE}
    try:
        choices = deployment.decide(where, chosen, where.client("sagemaker"), s3)
    except NothingApprovedError as error:
        stop.pipeline(where, f"{_still(live)}{error}", say)
        return
    if not options.environment:
        deployment.check_order(choices, live)
    deployment.write(where, choices, note="" if options.environment else deployment.note(choices, live))
    for name, choice in choices.items():
        package = choice.package
        say(f"{name}: version {package.version}, commit {package.commit}, approved by {package.approver}")
    if not options.environment and stop.was_event(where) and deployment.nothing_new(choices, live, where.commit):
        stop.pipeline(where, f"Staging and production run version {choices['prod'].package.version} already.", say)


def _still(live: Mapping[str, dict[str, Any] | None]) -> str:
    """What goes on running although nothing is approved: nobody has said that requests should be refused."""
    there = [f"{str(found['package']).rsplit('/', 1)[1]} in {name}" for name, found in live.items() if found]
    return f"Still running: version {', '.join(there)}. " if there else ""


def _plan(options: argparse.Namespace, environ: Mapping[str, str]) -> None:
    where, choice = _decided(options, environ)
    _environment(where, environ).plan(choice, settings.read(where.environment))


def _apply(options: argparse.Namespace, environ: Mapping[str, str]) -> None:
    where, choice = _decided(options, environ)
    outputs = _environment(where, environ).apply(choice, settings.read(where.environment))
    say(f"{where.environment}: {outputs['endpoint_name'] or outputs['model_name']} is deployed")


def _test(options: argparse.Namespace, environ: Mapping[str, str]) -> None:
    where, choice = _decided(options, environ)
    s3 = where.client("s3")
    live = running.check(where, s3, choice)
    try:
        contract.check(_model(where, live), choice.package, s3, say)
    except DeployError as error:
        raise DeployError(f"{error}{_failed(where, choice, live, error)}") from error
    records.verified(where, s3, live["current"])


def _verify(options: argparse.Namespace, environ: Mapping[str, str]) -> None:
    where, choice = _decided(options, environ)
    s3 = where.client("s3")
    # Not in the try: only what this execution has deployed is taken back, and a second look at it changes nothing.
    live = running.check(where, s3, choice)
    try:
        contract.check(_model(where, live), choice.package, s3, say)
    except DeployError as error:
        recorded = _failed(where, choice, live, error)
        raise DeployError(f"{error}{recorded}. {_back(where, live, environ, str(error))}") from error
    records.verified(where, s3, live["current"])


def _failed(where: Context, choice: Choice, live: dict[str, Any], error: DeployError) -> str:
    """Record it; returns the end of a sentence, because a fault of the record must not prevent the way back."""
    facts = {"outcome": "tests failed", "reason": str(error), "generation": live["current"]}
    try:
        records.write(where, where.client("s3"), {**facts, "package": choice.package.as_json()})
    except FAULTS as fault:
        return f" (this could not be recorded: {fault})"
    return ""


def _back(where: Context, live: dict[str, Any], environ: Mapping[str, str], reason: str) -> str:
    """Go back, and say in a sentence what has become of it."""
    if live["current"] in live["verified"]:
        return f"It stays: {live['current']} has passed these tests before, so going back would help nobody."
    try:
        back = _environment(where, environ).roll_back(live["current"], reason)
    except FAULTS as error:
        return f"It could not be taken back: {error}"
    return f"{where.environment} is back at generation {back}."


def _transform(options: argparse.Namespace, environ: Mapping[str, str]) -> None:
    where = context.load(environ, options.environment)
    live = records.live(where, where.client("s3"))
    if live is None:
        raise DeployError(f"nothing is deployed to {where.environment}: python -m deploy apply {where.environment}")
    name = f"{datetime.now(UTC):%Y%m%d%H%M%S}"
    job = _model(where, live).transform(name, options.source, options.target, options.content_type, options.accept)
    say(f"{job} has written {options.target}")


def _destroy(options: argparse.Namespace, environ: Mapping[str, str]) -> None:
    _environment(context.load(environ, options.environment), environ).destroy()


def _decided(options: argparse.Namespace, environ: Mapping[str, str]) -> tuple[Context, Choice]:
    """The environment, and what the stage Build has chosen for it, with the commit of that choice."""
    where = context.load(environ, options.environment)
    return replace(where, commit=deployment.commit()), deployment.read(where.environment)


def _model(where: Context, live: dict[str, Any]) -> Model:
    outputs = live["outputs"]
    names = (outputs["kind"], outputs["endpoint_name"], outputs["model_name"])
    return Model(where, *names, outputs["instance_type"], encrypt_volume=outputs.get("encrypt_volume", True))


def _environment(where: Context, environ: Mapping[str, str]) -> Environment:
    return Environment(where, where.client("s3"), _terraform(where, environ))


def _terraform(where: Context, environ: Mapping[str, str]) -> Terraform:
    binary, variables = toolchain.install(environ, where.client("s3"), ROOT / "build" / "tools")
    return Terraform(binary, toolchain.own_environment(variables))


_COMMANDS = {
    "check": _check,
    "resolve": _resolve,
    "plan": _plan,
    "apply": _apply,
    "test": _test,
    "verify": _verify,
    "transform": _transform,
    "destroy": _destroy,
}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m deploy", description="Deploy registered models.")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("check")
    commands.add_parser("resolve").add_argument("environment", nargs="?", choices=ENVIRONMENTS)
    for name in ("plan", "apply", "test", "verify", "destroy"):
        commands.add_parser(name).add_argument("environment", choices=ENVIRONMENTS)
    transform = commands.add_parser("transform")
    transform.add_argument("environment", choices=ENVIRONMENTS)
    transform.add_argument("source", help="S3 address of the requests")
    transform.add_argument("target", help="S3 folder for the answers")
    transform.add_argument("--content-type", default="text/csv")
    transform.add_argument("--accept", default="text/csv")
    return parser


def say(line: str) -> None:
    """Progress, where the build's log shows it."""
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
