"""Steps' arguments against the requests of SageMaker's operations, as far as they are known before a run.

An expression may stand for any scalar value; what it gives is checked when the step starts. The wording follows
what CreatePipeline is known to answer ("Unknown Argument member 'X'.", "Model Validation failed: Value 'x' for 'Y'
failed to satisfy enum value set: [...]", "Expecting start of Json Array.").
"""

from typing import Any

from botocore.model import Shape

from localcloud.services.sagemaker.aws_model import request_shape
from localcloud.services.sagemaker.pipelines import conditions
from localcloud.services.sagemaker.pipelines.definition import Definition, DefinitionError, Step
from localcloud.services.sagemaker.pipelines.expressions import GET, function_of, parse_reference
from localcloud.services.sagemaker.pipelines.shapes import REQUESTS

# What SageMaker Pipelines chooses itself.
_CHOSEN = {
    "CreateProcessingJob": {"ExperimentConfig"},
    "CreateTrainingJob": {"ExperimentConfig"},
    "CreateModelPackage": {"ModelPackageName", "ClientToken"},
}
# A job's name in the arguments is the prefix of the names of the jobs that are made.
_NAMES = {"CreateProcessingJob": "ProcessingJobName", "CreateTrainingJob": "TrainingJobName"}
LONGEST_PREFIX = 38
_PARAMETER_KINDS = {"String": ("string",), "Integer": ("integer", "long", "float", "double"), "Float": ("float", "double"), "Boolean": ("boolean",)}  # fmt: skip  # noqa: E501


def check(definition: Definition) -> None:
    """Check the arguments of every step.

    Raises:
        DefinitionError: an argument that the step's operation does not take, or cannot take.

    """
    for step in definition.steps.values():
        if step.type == "Condition":
            try:
                conditions.check(step.arguments["Conditions"])
            except conditions.ConditionError as error:
                raise DefinitionError(f"Step '{step.name}': {error}") from error
        elif step.type in REQUESTS:
            _check_request(definition, step, REQUESTS[step.type])


def _check_request(definition: Definition, step: Step, operation: str) -> None:
    shape = request_shape(operation)
    for name in step.arguments:
        if name in _CHOSEN[operation]:
            raise DefinitionError(f"Unknown Argument member '{name}'.")
    for name in shape.required_members:
        if name not in step.arguments and name != _NAMES.get(operation):
            raise DefinitionError(f"Model Validation failed: step '{step.name}' misses the argument '{name}'.")
    prefix = step.arguments.get(_NAMES.get(operation, ""))
    if isinstance(prefix, str) and len(prefix) > LONGEST_PREFIX:
        raise DefinitionError(
            f"Model Validation failed: the prefix of the job's name in step '{step.name}' is longer than "
            f"{LONGEST_PREFIX} characters."
        )
    _Checker(definition).structure(shape, step.arguments)


class _Checker:
    def __init__(self, definition: Definition) -> None:
        self._definition = definition

    def structure(self, shape: Shape, value: Any) -> None:
        if not isinstance(value, dict) or function_of(value) is not None:
            raise DefinitionError("Expecting start of Json Object.")
        for name, item in value.items():
            if name not in shape.members:
                raise DefinitionError(f"Unknown Argument member '{name}'.")
            self.value(shape.members[name], item, name)

    def value(self, shape: Shape, value: Any, name: str) -> None:
        if value is None:
            return
        if shape.type_name == "structure":
            self.structure(shape, value)
            for member in shape.required_members:
                if member not in value:
                    raise DefinitionError(f"Model Validation failed: '{name}' misses the member '{member}'.")
        elif shape.type_name == "list":
            if not isinstance(value, list):
                raise DefinitionError("Expecting start of Json Array.")
            for item in value:
                self.value(shape.member, item, name)
        elif shape.type_name == "map":
            if not isinstance(value, dict) or function_of(value) is not None:
                raise DefinitionError("Expecting start of Json Object.")
            for item in value.values():
                self.value(shape.value, item, name)
        elif function_of(value) is not None:
            self.expression(shape, value, name)
        else:
            self.scalar(shape, value, name)

    def expression(self, shape: Shape, value: dict[str, Any], name: str) -> None:
        """A parameter is of the type of its argument: text does not become a number, nor a number text."""
        if function_of(value) != GET:
            return
        reference = parse_reference(value[GET])
        if reference.scope != "Parameters":
            return
        parameter = self._definition.parameters[reference.name]
        if shape.type_name not in _PARAMETER_KINDS[parameter.type]:
            raise DefinitionError(
                f"Model Validation failed: parameter '{parameter.name}' of type {parameter.type} cannot be used "
                f"for '{name}', which is a {shape.type_name}; join it with an empty string to make it text."
            )

    @staticmethod
    def scalar(shape: Shape, value: Any, name: str) -> None:
        fits = {
            "string": isinstance(value, str),
            "integer": isinstance(value, int) and not isinstance(value, bool),
            "long": isinstance(value, int) and not isinstance(value, bool),
            "float": isinstance(value, int | float) and not isinstance(value, bool),
            "double": isinstance(value, int | float) and not isinstance(value, bool),
            "boolean": isinstance(value, bool),
        }
        if not fits.get(shape.type_name, True):
            raise DefinitionError(
                f"Model Validation failed: Value '{value}' for '{name}' is not a {shape.type_name}."
            )
        enum = shape.metadata.get("enum")
        if enum and value not in enum:
            raise DefinitionError(
                f"Model Validation failed: Value '{value}' for '{shape.name}' failed to satisfy enum value set: "
                f"[{', '.join(enum)}]"
            )
