"""The errors that Service Catalog answers with."""

from moto.core.exceptions import ServiceException


class ServiceCatalogError(ServiceException):
    """Base of the service's errors."""


class ResourceNotFoundError(ServiceCatalogError):
    """No such thing, or no access to it."""

    code = "ResourceNotFoundException"


class InvalidParametersError(ServiceCatalogError):
    """The request's parameters are not valid."""

    code = "InvalidParametersException"


class DuplicateResourceError(ServiceCatalogError):
    """It exists already."""

    code = "DuplicateResourceException"


class ResourceInUseError(ServiceCatalogError):
    """It is in use and cannot be deleted."""

    code = "ResourceInUseException"
