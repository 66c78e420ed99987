"""How a service adds operations to the local cloud.

A service is a class with one method per operation, in snake case, as in moto::

    @operations("servicecatalog")
    class ServiceCatalogResponse(LocalResponse):
        def describe_record(self) -> ActionResult:
            return ActionResult({...})

Parameters are parsed, and checked against AWS's model, before the method runs; its result, and any
``ServiceException`` it raises, are serialised from botocore's model.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from botocore import xform_name
from moto.core.exceptions import ServiceException
from moto.core.responses import ActionResult, BaseResponse, EmptyResult
from moto.moto_server.werkzeug_app import BackendRequest
from werkzeug.wrappers import Response

from iam.request import Context
from localcloud.authorization.enforcement import error_of
from localcloud.call_log import Call, now
from localcloud.principals import AccessDeniedError

if TYPE_CHECKING:
    from localcloud.cloud import Cloud
    from localcloud.principals import Principal

__all__ = [
    "ActionResult",
    "EmptyResult",
    "LocalResponse",
    "ServiceError",
    "ServiceException",
    "find",
    "operations",
]


class ServiceError(ServiceException):
    """An error as AWS answers it: ``ServiceError("ValidationException", "why, and what to do")``.

    moto looks for the service of its own ``ServiceException`` in the name of the module that defines it, and finds
    none for the base class; hence a subclass outside moto.
    """


ResponseClass = TypeVar("ResponseClass", bound="type[LocalResponse]")


class LocalResponse(BaseResponse):
    """Base of the classes that hold a service's added operations.

    Attributes:
        cloud: the running local cloud.
        caller: who calls.
        params: the operation's parameters by their names in AWS's model.
        region: the region of the request's signature.
        current_account: the caller's account.

    """

    cloud: "Cloud"
    caller: "Principal"
    params: dict[str, Any]
    service: ClassVar[str] = ""

    def __init__(self) -> None:
        super().__init__(service_name=self.service)
        self.automated_parameter_parsing = True

    def answer(self, cloud: "Cloud", caller: "Principal", environ: dict[str, Any]) -> Response:
        """Run the operation that ``environ`` asks for and serialise its answer."""
        self.cloud = cloud
        self.caller = caller
        request = BackendRequest(environ)
        self.setup_class(request, request.raw_url, request.headers)
        method: Callable[[], ActionResult] = getattr(self, xform_name(self._get_action()))
        try:
            result = method()
        except ServiceException as error:
            bare = type(error) is ServiceException
            result = ActionResult(ServiceError(error.code, error.message) if bare else error)
        status, headers, body = self.serialized(result)
        headers, body = self._enrich_response(headers, body)
        return Response(body, status=int(status), headers=dict(headers))

    def _done_for_caller(
        self, service: str, operation: str, parameters: dict[str, Any], context: Context | None = None
    ) -> None:
        """Record what this service does with the caller's own permissions, without a request of its own.

        Raises:
            ServiceError: IAM is enforced, and the caller may not do it.

        """
        asked = self.cloud.questions.of_call(
            self.caller.role_arn,
            service,
            operation,
            parameters,
            region=self.region,
            context=context,
            session_tags=self.caller.session_tags,
            user_arn=self.caller.arn if ":user/" in self.caller.arn else None,
        )
        call = Call(
            time=now(),
            principal=self.caller.arn,
            role_arn=self.caller.role_arn,
            account_id=self.caller.account_id,
            region=self.region,
            service=service,
            operation=operation,
            method="-",
            path="-",
            parameters=parameters,
            status=200,
            authorization=asked,
        )
        try:
            self.cloud.done_for(call)
        except AccessDeniedError as error:
            raise ServiceError(error_of(self.service)[0], error.message) from error


_CLASSES: dict[str, list[type[LocalResponse]]] = {}


def operations(service: str) -> Callable[[ResponseClass], ResponseClass]:
    """Register a class's public methods as operations of a botocore service.

    Several classes may add operations to one service; two may not add the same one.
    """

    def register(cls: ResponseClass) -> ResponseClass:
        taken = {name for other in _CLASSES.get(service, []) for name in added(other)}
        if both := taken & added(cls):
            raise ValueError(f"{service}: operations defined twice: {', '.join(sorted(both))}")
        cls.service = service
        _CLASSES.setdefault(service, []).append(cls)
        return cls

    return register


def added(cls: type[LocalResponse]) -> set[str]:
    """The operations (in snake case) that a class adds."""
    return {
        name
        for base in cls.__mro__
        if issubclass(base, LocalResponse) and base is not LocalResponse
        for name, member in vars(base).items()
        if callable(member) and not name.startswith("_")
    }


def find(service: str, operation: str) -> type[LocalResponse] | None:
    """The class that has an operation, or None when it is moto's."""
    name = xform_name(operation)
    return next((cls for cls in _CLASSES.get(service, []) if name in added(cls)), None)


def all_operations() -> dict[str, list[str]]:
    """Every added operation in snake case, per service."""
    return {
        service: sorted(name for cls in classes for name in added(cls)) for service, classes in _CLASSES.items()
    }
