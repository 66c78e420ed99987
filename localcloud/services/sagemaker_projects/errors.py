"""The errors that SageMaker answers with about projects."""

from moto.core.exceptions import ServiceException


class ValidationError(ServiceException):
    """The request is not valid, or Service Catalog refuses it."""

    code = "ValidationException"


class ConflictError(ServiceException):
    """The project is being created, updated or deleted."""

    code = "ConflictException"
