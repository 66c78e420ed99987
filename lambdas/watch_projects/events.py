"""What the function is told, by Terraform and by EventBridge.

Sources: the AWS provider's ``aws_lambda_invocation`` with ``lifecycle_scope = "CRUD"`` (key ``tf``); EventBridge
user guide, "Creating a rule that runs on a schedule"; CodeBuild user guide, "Build notifications input format
reference".
"""

from typing import Any, Literal, TypeVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from watch_projects.errors import RequestInvalid

_Model = TypeVar("_Model", bound=BaseModel)


class _Terraform(BaseModel):
    action: Literal["create", "update", "delete"]


class Guard(BaseModel):
    """Terraform creates, changes or destroys the guard of package 1."""

    model_config = ConfigDict(frozen=True)

    tf: _Terraform
    deletion_protection: bool = True
    delete_history: bool = False


class UsageQuery(BaseModel):
    """Terraform plans, and asks what is in use."""

    model_config = ConfigDict(frozen=True)

    query: Literal["usage"]


class Scheduled(BaseModel):
    """EventBridge's clock: time to look for drift."""

    model_config = ConfigDict(frozen=True)

    source: Literal["aws.events"]
    kind: Literal["Scheduled Event"] = Field(alias="detail-type")
    time: AwareDatetime


class _Build(BaseModel):
    build_id: str = Field(alias="build-id", min_length=1)


class BuildEnded(BaseModel):
    """EventBridge's ``CodeBuild Build State Change``."""

    model_config = ConfigDict(frozen=True)

    source: Literal["aws.codebuild"]
    kind: Literal["CodeBuild Build State Change"] = Field(alias="detail-type")
    detail: _Build


def parse(event: dict[str, Any]) -> Guard | UsageQuery | Scheduled | BuildEnded:
    """Tell the kinds of event apart, and check them.

    Raises:
        RequestInvalid: it is none of them.

    """
    if "tf" in event:
        return _read(Guard, event)
    if "query" in event:
        return _read(UsageQuery, event)
    if event.get("source") == "aws.events":
        return _read(Scheduled, event)
    if event.get("source") == "aws.codebuild":
        return _read(BuildEnded, event)
    raise RequestInvalid(
        "The event is neither Terraform's (tf, query) nor one of EventBridge's schedule or a build."
    )


def _read(model: type[_Model], event: dict[str, Any]) -> _Model:
    try:
        return model.model_validate(event)
    except ValidationError as error:
        faults = "; ".join(f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors())
        raise RequestInvalid(f"The event cannot be read: {faults}") from None
