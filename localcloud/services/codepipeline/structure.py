"""What a pipeline's definition has to look like, and what CodePipeline adds to it.

Rules: https://docs.aws.amazon.com/codepipeline/latest/userguide/pipeline-requirements.html
"""

import copy
import json
from typing import Any

from moto.iam.models import iam_backends

from localcloud.principals import trusts
from localcloud.responses import ServiceError

PRINCIPAL = "codepipeline.amazonaws.com"

#: (category, owner, provider) → number of input artifacts and of output artifacts, each as (least, most).
_ACTION_TYPES: dict[tuple[str, str, str], tuple[tuple[int, int], tuple[int, int]]] = {
    ("Source", "AWS", "CodeStarSourceConnection"): ((0, 0), (1, 1)),
    ("Build", "AWS", "CodeBuild"): ((1, 5), (0, 5)),
    ("Test", "AWS", "CodeBuild"): ((1, 5), (0, 5)),
    ("Approval", "AWS", "Manual"): ((0, 0), (0, 0)),
}
_REQUIRED = {
    "CodeStarSourceConnection": ("ConnectionArn", "FullRepositoryId", "BranchName"),
    "CodeBuild": ("ProjectName",),
    "Manual": (),
}
_FORMATS = ("CODE_ZIP", "CODEBUILD_CLONE_REF")


def provider(action: dict[str, Any]) -> str:
    """The provider of an action."""
    return str(action["actionTypeId"]["provider"])


def completed(declaration: dict[str, Any], version: int) -> dict[str, Any]:
    """A definition as CodePipeline keeps it, with its defaults."""
    pipeline = copy.deepcopy({key: value for key, value in declaration.items() if value is not None})
    pipeline["version"] = version
    pipeline.setdefault("pipelineType", "V1")
    pipeline.setdefault("executionMode", "SUPERSEDED")
    for stage in pipeline["stages"]:
        for action in stage["actions"]:
            action.setdefault("runOrder", 1)
            action.setdefault("configuration", {})
            action.setdefault("inputArtifacts", [])
            action.setdefault("outputArtifacts", [])
    return pipeline


def check(pipeline: dict[str, Any]) -> None:
    """Refuse what CodePipeline refuses; raises ServiceError."""
    _check_role(pipeline["roleArn"])
    _check_stages(pipeline["stages"])
    _check_store(pipeline)
    produced: set[str] = set()
    for index, stage in enumerate(pipeline["stages"]):
        for action in sorted(stage["actions"], key=lambda item: item["runOrder"]):
            _check_action(stage["name"], action, first=index == 0)
            _check_artifacts(action, produced)
    _check_version_two(pipeline)


def _check_role(arn: str) -> None:
    roles = iam_backends[arn.split(":")[4]]["aws"].roles.values()
    role = next((item for item in list(roles) if item.arn == arn), None)
    if role is None or not trusts(role.assume_role_policy_document, PRINCIPAL):
        raise _structure(f"CodePipeline is not authorized to perform AssumeRole on role {arn}")


def _check_stages(stages: list[dict[str, Any]]) -> None:
    if len(stages) < 2:
        raise _structure(
            f"Pipeline has only {len(stages)} stage(s). There should be a minimum of 2 stages in a pipeline"
        )
    names = [stage["name"] for stage in stages]
    if len(set(names)) != len(names):
        raise _structure("Pipeline stage names must be unique")
    for stage in stages:
        actions = [action["name"] for action in stage["actions"]]
        if not actions:
            raise _structure(f"Stage {stage['name']} has no actions")
        if len(set(actions)) != len(actions):
            raise _structure(f"Action names must be unique within stage {stage['name']}")


def _check_store(pipeline: dict[str, Any]) -> None:
    if ("artifactStore" in pipeline) == ("artifactStores" in pipeline):
        raise _structure("Give either artifactStore or artifactStores, not both and not none")


def _check_action(stage: str, action: dict[str, Any], *, first: bool) -> None:
    kind = action["actionTypeId"]
    if (kind["category"] == "Source") != first:
        raise _structure("Source actions belong in the first stage, and the first stage has only source actions")
    counts = _ACTION_TYPES.get((kind["category"], kind["owner"], kind["provider"]))
    if counts is None:
        available = ", ".join(sorted(f"{category}/{name}" for category, _, name in _ACTION_TYPES))
        raise _action(
            f"ActionType (Category: '{kind['category']}', Provider: '{kind['provider']}', "
            f"Owner: '{kind['owner']}', Version: '{kind['version']}') in action '{action['name']}' "
            f"is not available. The local cloud has: {available}"
        )
    for direction, (least, most) in zip(("inputArtifacts", "outputArtifacts"), counts, strict=True):
        if not least <= len(action[direction]) <= most:
            raise _action(
                f"Action '{action['name']}' in stage '{stage}' has {len(action[direction])} {direction}: "
                f"{least} to {most} are allowed"
            )
    missing = [name for name in _REQUIRED[kind["provider"]] if not action["configuration"].get(name)]
    if missing:
        raise _action(
            f"Action configuration for action '{action['name']}' is missing required configuration '{missing[0]}'"
        )
    _check_configuration(action)


def _check_configuration(action: dict[str, Any]) -> None:
    configuration = action["configuration"]
    if configuration.get("OutputArtifactFormat", "CODE_ZIP") not in _FORMATS:
        raise _action(f"OutputArtifactFormat of action '{action['name']}' is one of {', '.join(_FORMATS)}")
    if text := configuration.get("EnvironmentVariables"):
        try:
            variables = json.loads(text)
        except ValueError as error:
            raise _action(f"EnvironmentVariables of action '{action['name']}' is no JSON: {error}") from error
        if not isinstance(variables, list) or not all("name" in item and "value" in item for item in variables):
            raise _action(f"EnvironmentVariables of action '{action['name']}' is a list of names and values")
    inputs = {item["name"] for item in action["inputArtifacts"]}
    if provider(action) == "CodeBuild" and len(inputs) > 1 and configuration.get("PrimarySource") not in inputs:
        raise _action(f"Action '{action['name']}' has several input artifacts: PrimarySource has to name one")


def _check_artifacts(action: dict[str, Any], produced: set[str]) -> None:
    for item in action["inputArtifacts"]:
        if item["name"] not in produced:
            raise _action(
                f"Input Artifact Bundle {item['name']} in action {action['name']} is not declared as Output "
                "Artifact Bundle in any of the preceding actions"
            )
    for item in action["outputArtifacts"]:
        if item["name"] in produced:
            raise _action(f"Output Artifact Bundle name must be unique within the pipeline: {item['name']}")
        produced.add(item["name"])


def _check_version_two(pipeline: dict[str, Any]) -> None:
    if pipeline["pipelineType"] == "V1":
        for member in ("triggers", "variables"):
            if pipeline.get(member):
                raise _structure(f"Pipelines of type V1 cannot have {member}: use type V2")
        if pipeline["executionMode"] != "SUPERSEDED":
            raise _structure("Pipelines of type V1 run in mode SUPERSEDED only: use type V2")
    sources = [action["name"] for action in pipeline["stages"][0]["actions"]]
    for trigger in pipeline.get("triggers") or []:
        name = trigger["gitConfiguration"]["sourceActionName"]
        if name not in sources:
            raise _structure(f"Trigger names source action {name}, which the pipeline does not have")


def _structure(message: str) -> ServiceError:
    return ServiceError("InvalidStructureException", message)


def _action(message: str) -> ServiceError:
    return ServiceError("InvalidActionDeclarationException", message)
