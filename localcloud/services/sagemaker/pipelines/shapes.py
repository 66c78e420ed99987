"""What steps take and give, by botocore's model of SageMaker.

The arguments of a job step are the request of the job's Create operation, its properties the answer of the
Describe operation (the Python SDK's "Data Dependency - Property Reference" lists them).
"""

from typing import Any

from botocore.model import Shape

from localcloud.services.sagemaker.aws_model import answer_shape
from localcloud.services.sagemaker.pipelines.definition import Step
from localcloud.services.sagemaker.pipelines.expressions import ExpressionError, PathPart, Reference

REQUESTS = {
    "Processing": "CreateProcessingJob",
    "Training": "CreateTrainingJob",
    "RegisterModel": "CreateModelPackage",
}
ANSWERS = {
    "Processing": "DescribeProcessingJob",
    "Training": "DescribeTrainingJob",
    "RegisterModel": "DescribeModelPackage",
}


def output_names(step: Step) -> set[str]:
    """Names of a processing step's outputs."""
    config = step.arguments.get("ProcessingOutputConfig", {})
    outputs = config.get("Outputs", []) if isinstance(config, dict) else []
    return {output.get("OutputName", "") for output in outputs if isinstance(output, dict)}


def check_property(step: Step, reference: Reference) -> None:
    """Check that a step can have the property a reference names.

    Raises:
        ExpressionError: it cannot.

    """
    if step.type == "Condition":
        if reference.path != ("Outcome",):
            raise ExpressionError(
                f"Unknown property in reference '{reference.text}': a Condition step has Outcome"
            )
        return
    if not _leads_somewhere(answer_shape(ANSWERS[step.type]), reference.path):
        raise ExpressionError(
            f"Unknown property in reference '{reference.text}': not in the answer of {ANSWERS[step.type]}"
        )
    if step.type == "Processing" and reference.path[:2] == ("ProcessingOutputConfig", "Outputs"):
        name = reference.path[2] if len(reference.path) > 2 else None
        if isinstance(name, str) and name not in output_names(step):
            raise ExpressionError(f"Unknown output in reference '{reference.text}'")


def _leads_somewhere(shape: Shape, path: tuple[PathPart, ...]) -> bool:
    for part in path:
        if shape.type_name == "structure" and part in shape.members:
            shape = shape.members[part]
        elif shape.type_name == "map" and isinstance(part, str):
            shape = shape.value
        elif shape.type_name == "list":
            shape = shape.member
        else:
            return False
    return True


def walk(value: Any, path: tuple[PathPart, ...], text: str) -> Any:
    """Follow a path into a step's output; a list of named things can be entered by name.

    Raises:
        ExpressionError: the output does not have it.

    """
    for part in path:
        found = _enter(value, part)
        if found is None:
            raise ExpressionError(f"The property '{text}' is not present in the step's output")
        value = found
    return value


def _enter(value: Any, part: PathPart) -> Any:
    if isinstance(value, dict):
        return value.get(str(part))
    if isinstance(value, list) and isinstance(part, int):
        return value[part] if part < len(value) else None
    if isinstance(value, list):
        names = ("OutputName", "InputName", "ChannelName", "MetricName", "Name")
        return next((item for item in value if any(item.get(name) == part for name in names)), None)
    return None
