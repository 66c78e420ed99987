"""What the function is told: by CloudFormation what to do, by EventBridge how a build ended.

Sources: CloudFormation user guide, "Custom resource request objects"; CodeBuild user guide, "Build notifications
input format reference".
"""

import base64
import binascii
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, SecretStr, StringConstraints, ValidationError

from teardown_project.errors import RequestInvalid

Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
ProjectId = Annotated[str, StringConstraints(pattern=r"^p-[a-z0-9]{1,18}$")]
ParameterName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{1,64}$")]
Base64 = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9+/]*={0,2}$", max_length=1024)]
_Model = TypeVar("_Model", bound=BaseModel)


class Properties(BaseModel):
    """The properties of the custom resource: which project, and the release that last changed it.

    ``Parameters`` is what was typed on the form, and the stack, each value in base64: it goes to the runner as
    it is.
    """

    model_config = ConfigDict(frozen=True)

    ProjectId: ProjectId
    RunnerSha256: Sha256
    SettingsSha256: Sha256
    Parameters: dict[ParameterName, Base64] = Field(min_length=1, max_length=20)


class Request(BaseModel):
    """A request of CloudFormation. The address for the answer is as good as a password: never shown."""

    model_config = ConfigDict(frozen=True)

    RequestType: Literal["Create", "Update", "Delete"]
    RequestId: str = Field(min_length=1, max_length=128)
    StackId: str
    LogicalResourceId: str
    ResponseURL: SecretStr
    PhysicalResourceId: str | None = None
    ResourceProperties: dict[str, Any] = Field(default_factory=dict)

    def properties(self) -> Properties:
        """The properties, checked. A template of before there was one gets its ``Stack`` here.

        Raises:
            RequestInvalid: they are not what the product's template sends, or another stack's or project's.

        """
        properties = _read(Properties, self.ResourceProperties, "The properties of the custom resource")
        stack = base64.b64encode(self.StackId.encode()).decode()
        named = properties.Parameters.get("Stack", stack)
        if named != stack:
            raise RequestInvalid(
                f"The properties belong to the stack {_decoded(named)}, but {self.StackId} asks. Nothing was done."
            )
        identifier = properties.Parameters.get("SageMakerProjectId")
        if identifier is not None and _decoded(identifier) != properties.ProjectId:
            raise RequestInvalid(
                f"ProjectId is {properties.ProjectId}, but the parameters are those of {_decoded(identifier)}."
            )
        return properties.model_copy(update={"Parameters": {**properties.Parameters, "Stack": stack}})


class _Build(BaseModel):
    project_name: str = Field(alias="project-name")
    build_id: str = Field(alias="build-id")
    build_status: str = Field(alias="build-status")


class BuildEnded(BaseModel):
    """EventBridge's ``CodeBuild Build State Change``."""

    model_config = ConfigDict(frozen=True)

    source: Literal["aws.codebuild"]
    kind: Literal["CodeBuild Build State Change"] = Field(alias="detail-type")
    detail: _Build


def parse(event: dict[str, Any]) -> Request | BuildEnded:
    """Tell the two kinds of event apart, and check them.

    Raises:
        RequestInvalid: it is neither.

    """
    if "RequestType" in event:
        return _read(Request, event, "The request")
    if "detail-type" in event:
        return _read(BuildEnded, event, "The event")
    raise RequestInvalid("The event is neither a request of CloudFormation nor the end of a build.")


def _decoded(value: str) -> str:
    try:
        return base64.b64decode(value, validate=True).decode("utf-8", "replace")
    except binascii.Error:
        return "unreadable"


def _read(model: type[_Model], value: Any, what: str) -> _Model:
    try:
        return model.model_validate(value)
    except ValidationError as error:
        # Without the values: the address of the answer may be among them.
        faults = "; ".join(f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors())
        raise RequestInvalid(f"{what} cannot be read: {faults}") from None
