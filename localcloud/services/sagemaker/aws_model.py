"""Botocore's model of SageMaker, for what the local cloud checks by itself."""

from functools import cache

import botocore.session
from botocore.model import ServiceModel, StructureShape


@cache
def service_model() -> ServiceModel:
    """Botocore's model of SageMaker."""
    return botocore.session.Session().get_service_model("sagemaker")


def request_shape(operation: str) -> StructureShape:
    """The input of an operation."""
    shape = service_model().operation_model(operation).input_shape
    if shape is None:
        raise ValueError(f"{operation} has no input")
    return shape


def answer_shape(operation: str) -> StructureShape:
    """The output of an operation."""
    shape = service_model().operation_model(operation).output_shape
    if shape is None:
        raise ValueError(f"{operation} has no output")
    return shape
