"""The form: what CloudFormation takes, and the command that it makes of what it takes.

Asked twice: the local cloud's own check, which CreateStack and Service Catalog use, and the declaration read here
without it. What either lets through has to be in the command as base64 and in no other way.
"""

import base64
import re
from collections.abc import Mapping, Sequence
from typing import Any

from hostile.case import Case, Field, Verdict, unreadable
from hostile.fields import good, takes
from localcloud.services.cloudformation.errors import ValidationError
from localcloud.services.cloudformation.intrinsics import Evaluator
from localcloud.services.cloudformation.parameters import Parameter, declared, resolve
from localcloud.services.cloudformation.rules import RuleEvaluator, check

LAYER = "form"
COMMAND_BYTES = 4_096
STACK = (
    "arn:aws:cloudformation:eu-west-1:111122223333:stack/SC-111122223333-pp-abcdefghijklm/"
    "11111111-2222-3333-4444-555555555555"
)
# Whatever a field is for: nothing that a shell, a template, JSON, HCL, YAML, SQL or an address reads meaning into,
# no option of a program, no way out of a folder.
_HARMLESS = re.compile(r"(?:[A-Za-z0-9_][A-Za-z0-9._:/,-]*)?")
_UP = re.compile(r"(?:^|/)\.\.?(?:/|$)")
_LINE = re.compile(r"^([A-Za-z]+)=([A-Za-z0-9+/]*={0,2})$")


class Form:
    """One product's form."""

    def __init__(self, template: Mapping[str, Any], right: Mapping[str, str]) -> None:
        self._template = template
        self._right = dict(right)
        self._parameters: dict[str, Parameter] = declared(template["Parameters"])

    def refusal(self, name: str, text: str) -> str | None:
        """Why CreateStack refuses a value, the rest of the form being right; None when it takes it."""
        given = {**self._right, name: text}
        try:
            resolved = resolve(self._parameters, given)
            names = {**resolved, "AWS::Region": "eu-west-1", "AWS::StackId": STACK}
            check(self._template.get("Rules"), RuleEvaluator(names, self._template["Mappings"]))
        except ValidationError as error:
            return str(error.message)
        return None

    def handed_on(self, values: Mapping[str, str]) -> tuple[str, dict[str, str]]:
        """The command, and the parameters of the deletion, that a filled-in form makes; nothing is checked."""
        names = {**self._right, **values, "AWS::Region": "eu-west-1", "AWS::StackId": STACK}
        evaluator = Evaluator(names, self._template["Mappings"])
        resources = self._template["Resources"]
        command = evaluator.value(resources["Project"]["Properties"]["Command"])
        return str(command), dict(evaluator.value(resources["Teardown"]["Properties"]["Parameters"]))


def try_all(
    forms: Mapping[str, Mapping[str, Any]], fields: Sequence[Field], cases: Sequence[Case]
) -> list[Verdict]:
    """Fill in the forms."""
    filled = {product: Form(template, good(fields, product)) for product, template in forms.items()}
    return [_verdict(filled[case.product], case) for case in cases]


def _verdict(form: Form, case: Case) -> Verdict:
    name = case.field.name
    try:
        refused = form.refusal(name, case.text)
    except Exception as error:  # noqa: BLE001 - whatever it is, the form has no answer
        return Verdict(LAYER, case, wrong=f"the check fails instead of refusing: {error!r}")
    alone = takes(case.field.declaration, case.text)
    # A rule may refuse what the field's own declaration takes.
    if refused is None and not alone:
        return Verdict(LAYER, case, wrong="the local cloud takes what the declaration does not")
    if refused is not None:
        if alone and "Rule" not in refused:
            return Verdict(LAYER, case, refused, "the local cloud refuses what the declaration takes")
        return Verdict(LAYER, case, refused, unreadable(refused, (name, "Rule"), case.text))
    return Verdict(LAYER, case, wrong=_not_literal(form, case))


def _not_literal(form: Form, case: Case) -> str | None:
    """What is wrong with a value that was taken, or with the command and the deletion's parameters of it."""
    meaning = _HARMLESS.fullmatch(case.text) is None or _UP.search(case.text)
    if meaning and not case.field.prose:
        return "the form takes what is more than letters, digits and . _ : / , -"
    command, deletion = form.handed_on({case.field.name: case.text})
    if len(command.encode()) > COMMAND_BYTES:
        return f"the command has {len(command.encode())} bytes"
    if decoded(parameters_of(command).get(case.field.name, "")) != case.text:
        return "the command does not carry the value"
    if decoded(deletion[case.field.name]) != case.text:
        return "the deletion does not carry the value"
    other, _ = form.handed_on({})
    if set(command.splitlines()) - set(other.splitlines()) - {f"{case.field.name}={encoded(case.text)}"}:
        return "the value is in the command other than as base64"
    return None


def parameters_of(command: str) -> dict[str, str]:
    """The lines ``Name=<base64>`` of a command."""
    found = (_LINE.match(line) for line in command.splitlines())
    return {line[1]: line[2] for line in found if line}


def encoded(text: str) -> str:
    """Base64 of a text; halves of surrogate pairs become the bytes that careless encoders make of them."""
    return base64.b64encode(text.encode("utf-8", "surrogatepass")).decode()


def decoded(text: str) -> str:
    """The text of base64."""
    return base64.b64decode(text).decode("utf-8", "surrogatepass")
