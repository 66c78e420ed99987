"""Bash, wherever a value comes near it: the stack's command, the build of the deletion, the builds of the seeds.

The real texts run in real bash, with functions in place of the programs they call. Whatever a value is, the
programs are called as they are for a right one; the command and the deletion hand on exactly what they were given;
and a build says a value, but never does what it says.
"""

import json
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice, zip_longest
from pathlib import Path
from typing import Any

import yaml
from teardown_project.builds import Builds
from teardown_project.errors import RequestInvalid
from teardown_project.events import Request, parse

from hostile.case import Case, Field, Verdict, unreadable
from hostile.fields import good
from hostile.layers.form import STACK, Form, encoded, parameters_of
from hostile.room import EXPANDED, Room

LAYERS = ("command", "deletion", "builds")
_SCRIPT = Path(__file__).with_name("build.sh")
_SHA = "0" * 64
COMMAND_BYTES = 4_096


class BuildError(Exception):
    """Bash could not be asked at all."""


class _Bash:
    """Collects what is to be run, runs it in one process, and hands out what came of it."""

    def __init__(self, room: Room, name: str) -> None:
        self._room = room
        self.place = room.place(name)
        for folder in ("scripts", "values"):
            (self.place / folder).mkdir()
        self._asked: list[str] = []

    def script(self, name: str, text: str) -> None:
        (self.place / "scripts" / name).write_text(text, encoding="utf-8")

    def ask(self, script: str, variables: Mapping[str, str]) -> int:
        number = len(self._asked)
        self._asked.append(script)
        given = "".join(f"{name}={text}\0" for name, text in variables.items())
        (self.place / "values" / str(number)).write_bytes(given.encode("utf-8", "surrogatepass"))
        return number

    def run(self) -> None:
        lines = "".join(f"{number} {script}\n" for number, script in enumerate(self._asked))
        (self.place / "asked").write_text(lines, encoding="utf-8")
        done = subprocess.run(
            ["bash", str(_SCRIPT), str(self.place)],
            env=self._room.environment(),
            capture_output=True,
            check=False,
            timeout=600,
        )
        if done.returncode:
            raise BuildError(f"The commands cannot be tried: {done.stderr.decode(errors='replace')[-2000:]}")

    def calls(self, number: int) -> str:
        path = self.place / "calls" / str(number)
        return path.read_bytes().decode("utf-8", "surrogateescape") if path.exists() else ""

    def said(self, number: int, what: str = "") -> str:
        path = self.place / "said" / f"{number}{what}"
        return path.read_bytes().decode("utf-8", "surrogatepass") if path.exists() else ""


def try_all(
    room: Room,
    forms: Mapping[str, Mapping[str, Any]],
    fields: Sequence[Field],
    cases: Sequence[Case],
    at_most: int,
) -> list[Verdict]:
    """Run the commands with the values; of the stack's and the deletion's at most so many forms per product."""
    verdicts: list[Verdict] = []
    for product, template in forms.items():
        right = good(fields, product)
        form = Form(template, right)
        mine = [case for case in cases if case.product == product]
        verdicts += _command(room, form, list(islice(_rows(mine), at_most)))
        verdicts += _deletion(room, form, right, mine, at_most)
    verdicts += _builds(room, cases)
    return verdicts


def _rows(cases: Sequence[Case]) -> Iterator[list[Case]]:
    by_field: dict[str, list[Case]] = {}
    for case in cases:
        by_field.setdefault(case.field.name, []).append(case)
    # Long ones first would all be in one form, which no command has room for.
    for row in zip_longest(*by_field.values()):
        yield [case for case in row if case is not None]


def _command(room: Room, form: Form, rows: Sequence[list[Case]]) -> list[Verdict]:
    """The command of the stack, whether its values would have been taken or not."""
    layer, bash = LAYERS[0], _Bash(room, "command")
    asked: list[tuple[int, list[Case], Mapping[str, str]]] = []
    verdicts = []
    for row in rows:
        texts = {case.field.name: case.text for case in row if not _halves(case.text)}
        command, _ = form.handed_on(texts)
        while len(command.encode()) > COMMAND_BYTES:
            # CloudFormation refuses it as it stands; without its longest value it may fit.
            del texts[max(texts, key=lambda name: len(texts[name].encode()))]
            command, _ = form.handed_on(texts)
        kept = [case for case in row if case.field.name in texts]
        bash.script(f"command-{len(asked)}", command)
        asked.append((bash.ask(f"command-{len(asked)}", {}), kept, parameters_of(command)))
    bash.script("right", form.handed_on({})[0])
    plain = bash.ask("right", {})
    bash.run()
    for number, kept, parameters in asked:
        wrong = _handed_on(bash, number, plain, parameters)
        wanted = {case.field.name: encoded(case.text) for case in kept}
        if any(parameters.get(name) != text for name, text in wanted.items()):
            wrong = wrong or "the command does not carry the values as base64"
        verdicts += [Verdict(layer, case, wrong=wrong) for case in kept]
    return _told(room, layer, verdicts)


def _handed_on(bash: _Bash, number: int, plain: int, parameters: Mapping[str, str]) -> str | None:
    lines = dict(line.split("=", 1) for line in bash.said(number, ".parameters").splitlines() if "=" in line)
    if lines != dict(parameters):
        other = sorted(set(lines.items()) ^ set(parameters.items()))
        return f"the runner is given {other[:4]}: {bash.said(number)[-200:]!r}"
    if bash.calls(number) != bash.calls(plain):
        return f"it calls other programs than for right values: {bash.calls(number)[-300:]!r}"
    return None


class _CodeBuild:
    """Takes builds, and keeps what they are started with."""

    def __init__(self) -> None:
        self.variables: dict[str, str] = {}

    def start_build(self, **asked: Any) -> dict[str, Any]:
        """As boto3 has it."""
        self.variables = {item["name"]: item["value"] for item in asked["environmentVariablesOverride"]}
        return {"build": {"id": "deletion:1"}}


def _deletion(
    room: Room, form: Form, right: Mapping[str, str], cases: Sequence[Case], at_most: int
) -> list[Verdict]:
    """What the function of the deletion takes, and the build that it starts."""
    layer, bash = LAYERS[1], _Bash(room, "deletion")
    spec = yaml.safe_load((room.root / "service-catalog-setup/teardown/buildspec.yml").read_text("utf-8"))
    bash.script("buildspec", "\n".join(spec["phases"]["build"]["commands"]))
    verdicts, taken = [], []
    for case in cases:
        if case.field.name == "SageMakerProjectId" or _halves(case.text):
            continue  # the id is compared with the stack's own; tests/unit/teardown_project
        try:
            _request(form, {case.field.name: case.text}, right).properties()
        except RequestInvalid as error:
            verdicts.append(
                Verdict(layer, case, str(error), unreadable(str(error), (case.field.name,), case.text))
            )
        else:
            taken.append(case)
    asked: list[tuple[int, list[Case], Mapping[str, str]]] = []
    for row in [[], *islice(_rows(taken), at_most)]:
        request = _request(form, {case.field.name: case.text for case in row}, right)
        client = _CodeBuild()
        Builds(client, "ml-projects-teardown").start(request.RequestId, request.properties(), "destroy")
        variables = {**client.variables, "STATE_BUCKET": "state"}
        asked.append((bash.ask("buildspec", variables), row, request.properties().Parameters))
    bash.run()
    plain = asked[0][0]
    for number, row, parameters in asked:
        wrong = _handed_on(bash, number, plain, parameters)
        if any(parameters[case.field.name] != encoded(case.text) for case in row):
            wrong = wrong or "the deletion does not carry the values as base64"
        verdicts += [Verdict(layer, case, wrong=wrong) for case in row]
    return _told(room, layer, verdicts)


def _request(form: Form, values: Mapping[str, str], right: Mapping[str, str]) -> Request:
    properties = {
        "ProjectId": right["SageMakerProjectId"],
        "RunnerSha256": _SHA,
        "SettingsSha256": _SHA,
        "Parameters": form.handed_on(values)[1],
    }
    event = {
        "RequestType": "Delete",
        "RequestId": "11111111-2222-3333-4444-555555555555",
        "StackId": STACK,
        "LogicalResourceId": "Teardown",
        "ResponseURL": "https://cloudformation-custom-resource-response-euwest1.s3.eu-west-1.amazonaws.com/",
        "ResourceProperties": json.loads(json.dumps(properties)),
    }
    request = parse(event)
    if not isinstance(request, Request):
        raise TypeError(f"{request!r} is no request")
    return request


_VARIABLES = (
    *("SAGEMAKER_PROJECT_NAME", "SAGEMAKER_PROJECT_ID", "SAGEMAKER_PIPELINE_NAME", "MODEL_PACKAGE_GROUP_NAME"),
    *("ARTIFACT_BUCKET", "SAGEMAKER_PIPELINE_ROLE_ARN", "DEPLOY_PIPELINE_NAME", "DEPLOY_EXTERNAL_ID"),
)


def _builds(room: Room, cases: Sequence[Case]) -> list[Verdict]:
    """The seeds' buildspecs, with every value in one of the variables that hold what a person typed."""
    layer, bash = LAYERS[2], _Bash(room, "builds")
    specs = sorted((room.root / "seed-code").glob("*/repo/buildspec*.yml"))
    names = [f"{path.parent.parent.name}-{path.stem}" for path in specs]
    for name, path in zip(names, specs, strict=True):
        phases = yaml.safe_load(path.read_text("utf-8"))["phases"].values()
        bash.script(name, "\n".join(command for phase in phases for command in phase["commands"]))
    fixed = {
        "CODEBUILD_RESOLVED_SOURCE_VERSION": "a" * 40,
        "DEPLOY_STEP": "apply",
        "DEPLOY_ENVIRONMENT": "staging",
    }
    # An environment holds no NUL: the operating system refuses it before any program does.
    distinct = list(
        {case.text: case for case in cases if "\0" not in case.text and not _halves(case.text)}.values()
    )
    groups = [distinct[begin : begin + len(_VARIABLES)] for begin in range(0, len(distinct), len(_VARIABLES))]
    plain = {name: bash.ask(name, fixed | dict.fromkeys(_VARIABLES, "right")) for name in names}
    asked = [
        (
            name,
            group,
            bash.ask(name, fixed | {key: case.text for key, case in zip(_VARIABLES, group, strict=False)}),
        )
        for group in groups
        for name in names
    ]
    bash.run()
    verdicts = []
    for name, group, number in asked:
        wrong = None
        said, first = bash.said(number), group[0].text
        if bash.calls(number) != bash.calls(plain[name]):
            wrong = f"{name} calls other programs: {bash.calls(number)[-200:]!r}"
        elif "of right" in bash.said(plain[name]) and f" of {first}\n" not in said:
            wrong = f"{name} says {said[:200]!r}"
        elif EXPANDED in said or "status " in said.replace(first, ""):
            wrong = f"{name} ends otherwise: {said[-200:]!r}"
        verdicts += [Verdict(layer, case, wrong=wrong) for case in group]
    return _told(room, layer, verdicts)


def _told(room: Room, layer: str, verdicts: list[Verdict]) -> list[Verdict]:
    if (executed := room.executed()) is not None and verdicts:
        verdicts.append(Verdict(layer, verdicts[0].case, wrong=f"something was executed: {executed}"))
    return verdicts


def _halves(text: str) -> bool:
    return any("\ud800" <= character <= "\udfff" for character in text)
