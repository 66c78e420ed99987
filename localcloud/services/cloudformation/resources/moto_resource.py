"""Every other resource type, by the model that moto has for it."""

from collections.abc import Mapping
from typing import Any

from moto.core.exceptions import ServiceException
from moto.s3.models import s3_backends
from werkzeug.exceptions import HTTPException

from localcloud.services.cloudformation.errors import ResourceFailedError
from localcloud.services.cloudformation.resources.provider import Request
from localcloud.services.cloudformation.stack import Physical


class MotoResource:
    """Calls moto's CloudFormation models, which make their resources at once."""

    leaves_replaced = False

    def __init__(self, type_name: str) -> None:
        from moto.cloudformation.parsing import resource_class_from_type  # noqa: PLC0415 - loads every model

        self._type = type_name
        self._model = resource_class_from_type(type_name)

    def create(self, request: Request) -> Physical:
        """Make the resource."""
        name = self._name(request)
        try:
            resource = self._model.create_from_cloudformation_json(
                name,
                {"Type": self._type, "Properties": dict(request.properties)},
                request.account_id,
                request.region,
                LogicalId=request.logical_id,
                StackId=request.stack_id,
                ResourceType=self._type,
            )
        except (ServiceException, HTTPException, KeyError, TypeError, ValueError) as error:
            raise _failure(error) from error
        physical = self._physical(resource, name)
        request.initiated(physical.physical_id)
        return physical

    def updates_in_place(self, old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
        """Whether the name stays and moto's model can update; what else needs a replacement is its affair."""
        name = self._name_property()
        can = not hasattr(self._model.update_from_cloudformation_json, "__isabstractmethod__")
        return can and (not name or old.get(name) == new.get(name))

    def update(self, request: Request, current: Physical, old: Mapping[str, Any]) -> Physical:  # noqa: ARG002
        """Let moto's model update, which may also replace."""
        name = self._name(request)
        try:
            resource = self._model.update_from_cloudformation_json(
                original_resource=current.state,
                new_resource_name=name,
                cloudformation_json={"Type": self._type, "Properties": dict(request.properties)},
                account_id=request.account_id,
                region_name=request.region,
            )
        except (ServiceException, HTTPException, KeyError, TypeError, ValueError) as error:
            raise _failure(error) from error
        return self._physical(resource, name)

    def delete(self, request: Request, current: Physical) -> None:
        """Delete by whichever way the model offers."""
        delete = getattr(current.state, "delete", None)
        try:
            if delete is not None and self._deletes_itself(delete):
                delete(request.account_id, request.region)
            elif not hasattr(self._model.delete_from_cloudformation_json, "__isabstractmethod__"):
                self._model.delete_from_cloudformation_json(
                    current.physical_id,
                    {"Type": self._type, "Properties": dict(request.properties)},
                    request.account_id,
                    request.region,
                )
        except (ServiceException, HTTPException, TypeError, ValueError) as error:
            raise _failure(error) from error
        except KeyError:
            return  # gone already
        if self._type == "AWS::S3::Bucket" and _exists(request, current.physical_id):
            # moto leaves a bucket with objects alone and says nothing.
            raise ResourceFailedError("The bucket you tried to delete is not empty")

    @staticmethod
    def _deletes_itself(delete: Any) -> bool:
        code = getattr(delete, "__code__", None)
        return code is not None and code.co_argcount == 3

    def _name(self, request: Request) -> str:
        from moto.cloudformation.parsing import generate_resource_name  # noqa: PLC0415 - loads every model

        own = self._name_property()
        if own and own in request.properties:
            return str(request.properties[own])
        return str(generate_resource_name(self._type, request.stack_name, request.logical_id))

    def _name_property(self) -> str | None:
        from moto.cloudformation.parsing import resource_name_property_from_type  # noqa: PLC0415 - loads every model

        name: str | None = resource_name_property_from_type(self._type)
        return name or None

    def _physical(self, resource: Any, name: str) -> Physical:
        def attribute(wanted: str) -> Any:
            try:
                return resource.get_cfn_attribute(wanted)
            except Exception as error:  # moto raises what it likes for an attribute that it does not have
                raise KeyError(wanted) from error

        return Physical(str(getattr(resource, "physical_resource_id", name)), attribute, state=resource)


def _failure(error: Exception) -> ResourceFailedError:
    message = (
        getattr(error, "message", None)
        or getattr(error, "description", None)
        or f"{type(error).__name__}: {error}"
    )
    return ResourceFailedError(str(message))


def _exists(request: Request, bucket: str) -> bool:
    return bucket in s3_backends[request.account_id]["aws"].buckets
