"""RegisterModel steps."""

from typing import Any

from localcloud.services.sagemaker.pipelines.steps.context import StepContext, StepFailedError


def run(context: StepContext) -> dict[str, Any]:
    """Create a model package; the step's output is what DescribeModelPackage answers.

    The group is created first and its existence is no error, as SageMaker Pipelines does. A version carries the
    tags of its group, so the step's tags go to the group.
    """
    arguments = context.resolve(context.step.arguments)
    arguments["MetadataProperties"] = {
        "GeneratedBy": context.execution.arn,
        **arguments.get("MetadataProperties", {}),
    }
    for container in arguments.get("InferenceSpecification", {}).get("Containers", []):
        if "ModelDataUrl" in container:
            context.check_readable("CreateModelPackage", container["ModelDataUrl"])
    group = arguments.get("ModelPackageGroupName")
    tags = context.tags(arguments.pop("Tags", []))
    if group is None:
        arguments["Tags"] = tags
    else:
        _ensure_group(context, group, tags)
    created = context.call("CreateModelPackage", **arguments)
    context.run.metadata = {"RegisterModel": {"Arn": created["ModelPackageArn"]}}
    return context.call("DescribeModelPackage", ModelPackageName=created["ModelPackageArn"])


def _ensure_group(context: StepContext, group: str, tags: list[dict[str, str]]) -> None:
    if group.startswith("arn:"):
        return
    try:
        context.call("CreateModelPackageGroup", ModelPackageGroupName=group, Tags=tags)
    except StepFailedError as error:
        if "already exists" not in str(error):
            raise
