"""What Terraform makes of a project that it takes: names, tags, variables of builds, the seed function's event.

The real variables with their validations and the real expressions of package 2, as a module for each project; what
only AWS could answer is replaced by what it would be.
"""

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from hostile.case import Case, Verdict
from hostile.hcl import attribute, block
from hostile.layers.runner import Handed
from hostile.layers.terraform import ACCOUNT, PLATFORM, SETUP, applied, project_of
from hostile.room import Room

LAYER = "names and tags"
_KNOWN = {
    "data.aws_caller_identity.current.account_id": f'"{ACCOUNT}"',
    "data.aws_partition.current.partition": '"aws"',
    "data.aws_partition.current.dns_suffix": '"amazonaws.com"',
    "data.aws_region.current.id": '"eu-west-1"',
    "aws_sagemaker_model_package_group.models.model_package_group_name": "local.sagemaker_name",
    "aws_s3_bucket.artifacts.bucket": "local.bucket_name",
    "aws_iam_role.execution.arn": "local.execution_role_arn",
}
_DESCRIPTIONS = {"seed.tf": ("resource", "aws_lambda_function"), "build.tf": ("resource", "aws_codebuild_project")}
# What AWS takes: S3's rules for names of buckets, SageMaker's CreatePipeline, tags of all services, CodeBuild's.
_RULES = {
    "prefix": re.compile(r"ml-p-[a-z0-9]{1,18}"),
    "bucket": re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]"),
    "sagemaker": re.compile(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}"),
    "tag": re.compile(r"[\w\s.:/=+@-]{0,256}"),
    "description": re.compile(r"[ -~]{1,255}"),
}

Event = dict[str, Any]


def make(
    room: Room, terraform: Path, cases: Sequence[Case], handed: Mapping[str, Handed]
) -> tuple[list[Verdict], Event, list[tuple[Case, Event]]]:
    """Make projects; what is wrong with them, the event of a right one, and the events of all."""
    place = room.place("names")
    (place / "project").mkdir()
    _module(room.root / SETUP, place / "project")
    right = next(
        one.right["project"] for one in handed.values() if "project" in one.right and "parameters" not in one.right
    )
    projects = {"right": right}
    projects |= {f"case-{n}": project_of(case, handed[case.product])["project"] for n, case in enumerate(cases)}
    (place / "platform.tf").write_text(
        block(room.root / SETUP / "variables-platform.tf", "variable", "platform"), "utf-8"
    )
    type_ = attribute(block(room.root / SETUP / "variables.tf", "variable", "project"), "type").partition("=")[2]
    (place / "main.tf").write_text(
        f'variable "projects" {{\n  type = map({type_.strip()})\n}}\n\n'
        'module "project" {\n  source   = "./project"\n  for_each = var.projects\n  project  = each.value\n'
        '  platform = var.platform\n}\n\noutput "made" {\n'
        "  value = { for key, project in module.project : key => jsonencode(project.made) }\n}\n",
        encoding="utf-8",
    )
    values = json.dumps({"projects": projects, "platform": PLATFORM})
    (place / "values.auto.tfvars.json").write_text(values, encoding="utf-8")
    made = {key: json.loads(text) for key, text in applied(place, terraform)["made"].items()}
    verdicts, events = [], []
    for number, case in enumerate(cases):
        one = made[f"case-{number}"]
        verdicts.append(Verdict(LAYER, case, wrong=_wrong(one, projects[f"case-{number}"])))
        events.append((case, one["event"]))
    return verdicts, made["right"]["event"], events


def _module(setup: Path, folder: Path) -> None:
    for name in ("variables.tf", "variables-platform.tf"):
        (folder / name).write_text((setup / name).read_text("utf-8"), "utf-8")
    tags = re.search(r"    tags = (merge\(.*?\}\))", (setup / "provider.tf").read_text("utf-8"), re.DOTALL)
    if tags is None:
        raise ValueError(f"{setup}/provider.tf has no tags.")
    descriptions = []
    for file, (kind, name) in _DESCRIPTIONS.items():
        found = re.search(
            rf'^{kind} "{name}" .*?^  description +=(.*?)$', (setup / file).read_text("utf-8"), re.M | re.S
        )
        if found is None:
            raise ValueError(f"{setup}/{file} has no description.")
        descriptions.append(found[1].strip())
    event = attribute(block(setup / "seed-commit.tf", "locals"), "seed_event")
    environment = attribute(block(setup / "build.tf", "locals"), "build_environment")
    deploy = re.search(
        r"^  deploy_repository +=.*?\n  deploy_repository_url.*?$",
        (setup / "deploy.tf").read_text("utf-8"),
        re.M | re.S,
    )
    if deploy is None:
        raise ValueError(f"{setup}/deploy.tf has no repository.")
    text = (
        f"{block(setup / 'names.tf', 'locals')}\n\nlocals {{\n{event}\n{environment}\n{deploy[0]}\n}}\n\n"
        'output "made" {\n  value = {\n    event = local.seed_event\n    environment = local.build_environment\n'
        f"    tags = {tags[1]}\n    descriptions = [{', '.join(descriptions)}]\n"
        "    deploy = [local.deploy_repository, local.deploy_repository_url]\n"
        "    prefix = local.prefix\n    bucket = local.bucket_name\n    sagemaker = local.sagemaker_name\n  }\n}\n"
    )
    for expression, known in _KNOWN.items():
        text = text.replace(expression, known)
    (folder / "made.tf").write_text(text, encoding="utf-8")


def _wrong(made: Mapping[str, Any], project: Mapping[str, Any]) -> str | None:
    texts = {name: [made[name]] for name in ("prefix", "bucket", "sagemaker")}
    texts |= {"tag": list(made["tags"].values()), "description": made["descriptions"]}
    for rule, values in texts.items():
        for value in values:
            if _RULES[rule].fullmatch(value) is None:
                return f"AWS would not take the {rule} {value!r}"
    event, environment, tags = made["event"], made["environment"], made["tags"]
    carried = {
        "id": [event["project"]["id"], environment["SAGEMAKER_PROJECT_ID"], tags["sagemaker:project-id"]],
        "name": [event["project"]["name"], environment["SAGEMAKER_PROJECT_NAME"], tags["sagemaker:project-name"]],
        "repository": [event["repository"]["full_name"]],
        "branch": [event["repository"]["branch"]],
        "repository_url": [event["repository"]["url"]],
        "deploy_repository": [made["deploy"][0]],
    }
    for name, values in carried.items():
        if any(value != project[name] for value in values if name in project):
            return f"{name} is {project[name]!r} and becomes {values!r}"
    owner = made["deploy"][1].removesuffix(made["deploy"][0])
    if project["repository_url"].removesuffix(".git").removesuffix(project["repository"]) != owner:
        return f"the deploy repository is at {made['deploy'][1]!r}"
    return None
