"""What can go wrong: the service's answers, and a resource's failure inside a stack."""

from moto.core.exceptions import ServiceException


class CloudFormationError(ServiceException):
    """Base of the errors that CloudFormation answers with."""


class ValidationError(CloudFormationError):
    """The request or its template is not valid, or not possible in the stack's state."""

    code = "ValidationError"


class AccessDeniedError(CloudFormationError):
    """The caller may not do this."""

    code = "AccessDenied"


class AlreadyExistsError(CloudFormationError):
    """A stack of that name exists."""

    code = "AlreadyExistsException"


class InsufficientCapabilitiesError(CloudFormationError):
    """The template creates IAM resources and the request does not acknowledge it."""

    code = "InsufficientCapabilitiesException"


class TokenAlreadyExistsError(CloudFormationError):
    """The request's token was used for another stack or operation."""

    code = "TokenAlreadyExistsException"


class ChangeSetNotFoundError(CloudFormationError):
    """No such change set."""

    code = "ChangeSetNotFound"


class TypeNotFoundError(CloudFormationError):
    """The resource type is not registered in this account and region."""

    code = "TypeNotFoundException"


class RegistryError(CloudFormationError):
    """The registry refuses a request."""

    code = "CFNRegistryException"


class ResourceFailedError(Exception):
    """A resource could not be created, updated or deleted; the message becomes the event's reason.

    Attributes:
        physical_id: what exists nevertheless and has to be deleted on rollback, if anything.
        untouched: whether the resource is certainly as it was.

    """

    untouched = False

    def __init__(self, reason: str, *, physical_id: str | None = None) -> None:
        super().__init__(reason)
        self.physical_id = physical_id


def no_such_stack(name: str) -> ValidationError:
    """The answer for an unknown stack."""
    return ValidationError(f"Stack with id {name} does not exist")
