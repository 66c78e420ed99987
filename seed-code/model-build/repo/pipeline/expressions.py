"""References that SageMaker fills in when a step starts."""

from typing import Any

Json = dict[str, Any]


def get(reference: str) -> Json:
    """Refer to a parameter, a property of a step, or a fact about the execution."""
    return {"Get": reference}


def join(separator: str, values: list[Any]) -> Json:
    """Join texts and references."""
    return {"Std:Join": {"On": separator, "Values": values}}


def output(step: str, name: str) -> Json:
    """Refer to the S3 folder that a processing step wrote an output to."""
    return get(f"Steps.{step}.ProcessingOutputConfig.Outputs['{name}'].S3Output.S3Uri")
