"""SageMaker's error answers."""

from localcloud.responses import ServiceException


class SageMakerError(ServiceException):
    """Base of the errors that SageMaker's control plane answers with."""

    code = "ValidationException"


class ValidationError(SageMakerError):
    """The request breaks a rule of the service."""

    code = "ValidationException"


class ResourceNotFoundError(SageMakerError):
    """The named resource does not exist."""

    code = "ResourceNotFound"


class ResourceInUseError(SageMakerError):
    """A resource of that name exists already, or is still at work."""

    code = "ResourceInUse"


class ConflictError(SageMakerError):
    """The resource's present state does not allow the operation."""

    code = "ConflictException"
