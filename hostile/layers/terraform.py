"""Terraform: the variables' own conditions, asked by Terraform itself about all values at once.

A root module without a provider carries the real types and conditions, with the list of values in place of one
value. What Terraform takes has to be what the form takes, or less; a refusal has to name the field; and what is
taken comes out of Terraform as it went in.
"""

import copy
import json
import re
import subprocess
import unicodedata
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from hostile.case import Case, Verdict, unreadable
from hostile.fields import well_formed
from hostile.hcl import Variable, block, declaring, variable
from hostile.layers.runner import Handed
from hostile.room import Room

LAYER = "Terraform"
_DIGITS = 100
SETUP = Path("sagemaker-project-setup")
ACCOUNT = "111122223333"
_DIGEST = "a" * 64
PLATFORM: dict[str, Any] = {
    "name": "sagemaker-projects",
    "release": "1.0.0",
    "product": "model-build",
    "object_bucket": f"sagemaker-projects-state-{ACCOUNT}-eu-west-1",
    "kms_key_arn": f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/11111111-2222-3333-4444-555555555555",
    "permissions_boundary_arn": f"arn:aws:iam::{ACCOUNT}:policy/sagemaker-projects-project-boundary",
    "github": {
        "secret_arn": f"arn:aws:secretsmanager:eu-west-1:{ACCOUNT}:secret:sagemaker-projects/github-AbCdEf"
    },
    "seed": {"name": "model-build", "key": f"objects/{_DIGEST}/seed.zip", "sha256": _DIGEST},
    "lambdas": {
        "seed_repository": {
            "key": f"objects/{_DIGEST}/lambda.zip",
            "sha256": _DIGEST,
            "handler": "seed_repository.handler.handler",
        }
    },
}
OWN_PLATFORM: dict[str, Any] = {
    "release": "1.0.0",
    "kms_key_arn": PLATFORM["kms_key_arn"],
    "permissions_boundary_arn": PLATFORM["permissions_boundary_arn"],
    "role_path": "/sagemaker-projects/projects/",
    "project_prefix": "ml-",
    "network": {"vpc_id": "vpc-1", "subnet_ids": ["subnet-1"], "security_group_ids": ["sg-1"]},
}
OFFERED = {"cluster_identifiers": ["reports"]}


class TerraformError(Exception):
    """Terraform does not take the conditions as they were put together."""


def try_all(room: Room, terraform: Path, cases: Sequence[Case], handed: Mapping[str, Handed]) -> list[Verdict]:
    """Ask Terraform about every value that can reach it."""
    place = room.place("terraform")
    verdicts = []
    standard = [case for case in cases if "parameters" not in handed[case.product].right]
    arriving = [case for case in standard if _arrives(case, handed[case.product])]
    values = [project_of(case, handed[case.product])["project"] for case in arriving]
    asked = variable(room.root / SETUP / "variables.tf", "project")
    platform = block(room.root / SETUP / "variables-platform.tf", "variable", "platform")
    answers = _ask(place / "project", terraform, asked, platform, {"cases": values, "platform": PLATFORM})
    for case, (refusals, carried) in zip(arriving, answers, strict=True):
        verdicts.append(_verdict(case, handed[case.product], refusals, {"project": carried}))
    for product in dict.fromkeys(case.product for case in cases):
        if "parameters" not in handed[product].right:
            continue
        folder = room.root / "service-catalog-setup" / "products" / product
        own = [case for case in cases if case.product == product and _arrives(case, handed[product])]
        values = [project_of(case, handed[product])["parameters"] for case in own]
        settings = yaml.safe_load((folder / "product.yaml").read_text("utf-8")).get("settings") or {}
        given = {
            **OWN_PLATFORM,
            "settings": {**settings, **{key: OFFERED[key] for key in OFFERED if key in settings}},
        }
        answers = _ask(
            place / product,
            terraform,
            variable(declaring(folder / "terraform", "parameters"), "parameters"),
            block(declaring(folder / "terraform", "platform"), "variable", "platform"),
            {"cases": values, "platform": given},
        )
        for case, (refusals, carried) in zip(own, answers, strict=True):
            verdicts.append(_verdict(case, handed[product], refusals, {"parameters": carried}))
    return verdicts


def _arrives(case: Case, handed: Handed) -> bool:
    """Whether a value can get there: the runner refuses what is no text, and fills in what may be left out."""
    path = handed.paths.get(case.field.name)
    if path is None or ("parameters" in handed.right and path[0] != "parameters"):
        return False
    derived = case.field.name in ("GitRepoURL", "DeployRepoName") and not case.text and path[0] == "project"
    return not derived and "\0" not in case.text and not re.search("[\ud800-\udfff]", case.text)


def project_of(case: Case, handed: Handed) -> dict[str, Any]:
    """The variables that Terraform gets of a form with one value in it."""
    right = copy.deepcopy(handed.right)
    node: Any = right
    path = handed.paths[case.field.name]
    for part in path[:-1]:
        node = node[part]
    if path == ("project", "repository"):
        # The runner derives the address from it.
        node["repository_url"] = f"{node['repository_url'].removesuffix(node['repository'])}{case.text}"
    node[path[-1]] = case.text
    return right


def _verdict(case: Case, handed: Handed, refusals: list[str], carried: Mapping[str, Any]) -> Verdict:
    path = handed.paths[case.field.name]
    names = (case.field.name, ".".join(path))
    if refusals:
        wrong = next((found for one in refusals if (found := unreadable(one, names, case.text))), None)
        return Verdict(LAYER, case, "; ".join(refusals), wrong)
    value: Any = carried
    for part in path:
        value = value[part]
    # Terraform makes numbers of digits (1e1 is 10) and brings text into NFC (a Kelvin sign is a K): it may take
    # what it has made right, but nothing else, and what was right stays as it is.
    if not well_formed(case.field.declaration, str(value)):
        return Verdict(LAYER, case, wrong="Terraform takes what the form refuses")
    # Prose that was right may not be in NFC; then it comes out in it.
    right = unicodedata.normalize("NFC", case.text) if case.field.prose else case.text
    changed = well_formed(case.field.declaration, case.text) and str(value) != right
    return Verdict(LAYER, case, wrong=f"Terraform has {value!r}" if changed else None)


def _ask(
    place: Path,
    terraform: Path,
    asked: Variable,
    platform: str,
    variables: Mapping[str, Any],
) -> list[tuple[list[str], dict[str, Any]]]:
    """For each value why Terraform refuses it, if it does, and what it makes of it."""
    numbers = re.findall(r"^    (\w+) += (?:optional\()?number\b", asked.type, re.MULTILINE)
    made = ", ".join(f"{name} = try(tonumber(given.{name}), null)" for name in numbers)
    checks = [f'{{ ok = can(tonumber(given.{name})), says = "{name} must be a number." }}' for name in numbers]
    for rule in asked.rules:
        condition, message = (
            re.sub(rf"\bvar\.{asked.name}\b", "one", text) for text in (rule.condition, rule.message)
        )
        # A condition that cannot be evaluated refuses, too.
        checks.append(f"{{ ok = try(tobool({condition}), false), says = {message} }}")
    # Numbers arrive as text, and a text that is none would end the run for all.
    type_ = re.sub(r"((?:optional\()?)number\b", r"\1string", asked.type)
    listed = ",\n    ".join(checks or ['{ ok = true, says = "" }'])
    place.mkdir()
    (place / "main.tf").write_text(
        f'variable "cases" {{\n  type = list({type_})\n}}\n\n{platform}\n\n'
        f"locals {{\n  made = [for given in var.cases : merge(given, {{ {made} }})]\n"
        f"  refusals = [for number, given in var.cases : [for check in [for one in [local.made[number]] : [\n"
        f"    {listed},\n  ]][0] : check.says if !check.ok]]\n}}\n\n"
        'output "refusals" {\n  value = local.refusals\n}\n\n'
        'output "made" {\n  value = jsonencode(local.made)\n}\n',
        encoding="utf-8",
    )
    (place / "cases.auto.tfvars.json").write_text(json.dumps(variables), encoding="utf-8")
    outputs = applied(place, terraform)
    # Terraform's numbers may have more digits than Python turns into one.
    made = json.loads(outputs["made"], parse_int=lambda digits: int(digits) if len(digits) < _DIGITS else digits)
    return list(zip(outputs["refusals"], made, strict=True))


def applied(place: Path, terraform: Path) -> dict[str, Any]:
    """The outputs of a root module without resources.

    Raises:
        TerraformError: with what Terraform says.

    """
    for arguments in (["init", "-backend=false"], ["apply", "-auto-approve", "-no-color", "-input=false"]):
        done = subprocess.run(
            [str(terraform), *arguments], cwd=place, capture_output=True, check=False, timeout=600, text=True
        )
        if done.returncode:
            raise TerraformError(f"{' '.join(arguments)}: {done.stderr[-3000:] or done.stdout[-3000:]}")
    state = json.loads((place / "terraform.tfstate").read_text(encoding="utf-8"))
    return {name: output["value"] for name, output in state["outputs"].items()}
