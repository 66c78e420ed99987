"""Models: containers, their data, the role they run with."""

from typing import Any

from localcloud.cloud import Cloud
from localcloud.principals import Principal
from localcloud.services.sagemaker import roles
from localcloud.services.sagemaker.errors import ValidationError
from localcloud.services.sagemaker.hosting.model_data import check_model_data
from localcloud.services.sagemaker.images import check_image
from localcloud.services.sagemaker.registry.registry import Registry
from localcloud.services.sagemaker.resources import Resource, arn, merged_tags, now
from localcloud.services.sagemaker.store import SageMakerStore, store_of

_SESSION = "SageMaker"
_SHOWN = (
    "PrimaryContainer", "Containers", "InferenceExecutionConfig", "ExecutionRoleArn", "VpcConfig",
)  # fmt: skip


class Model(Resource):
    """A model.

    Attributes:
        name: its name.
        container: Image, ModelDataUrl and Environment of what answers, the model package's where it names one.

    """

    def __init__(self, request: dict[str, Any], container: dict[str, Any], store: SageMakerStore) -> None:
        name = request["ModelName"]
        super().__init__(
            arn(store.region_name, store.account_id, f"model/{name}"),
            tags=merged_tags([], request.get("Tags", [])),
        )
        self.name = name
        self.request = request
        self.container = container
        self.created = now()

    @property
    def role_arn(self) -> str:
        """The role that the container has."""
        return str(self.request["ExecutionRoleArn"])

    def describe(self) -> dict[str, Any]:
        """The answer of DescribeModel."""
        shown = {name: self.request[name] for name in _SHOWN if name in self.request}
        if primary := shown.get("PrimaryContainer"):
            shown["PrimaryContainer"] = _described(primary)
        if containers := shown.get("Containers"):
            shown["Containers"] = [_described(container) for container in containers]
        return {
            "ModelName": self.name,
            **shown,
            "CreationTime": self.created,
            "ModelArn": self.arn,
            "EnableNetworkIsolation": bool(self.request.get("EnableNetworkIsolation", False)),
        }

    def summary(self) -> dict[str, Any]:
        """The model's entry in ListModels."""
        return {"ModelName": self.name, "ModelArn": self.arn, "CreationTime": self.created}


def create(cloud: Cloud, store: SageMakerStore, request: dict[str, Any], caller: Principal) -> Model:
    """Create a model.

    Raises:
        ValidationError: the request breaks a rule, the role cannot be assumed, or the model data is not readable.

    """
    own = arn(store.region_name, store.account_id, f"model/{request['ModelName']}")
    containers = request.get("Containers") or []
    if "PrimaryContainer" in request and containers:
        raise ValidationError("Both PrimaryContainer and Containers were provided. Specify only one of them.")
    if "PrimaryContainer" not in request and not containers:
        raise ValidationError("Either PrimaryContainer or Containers must be provided.")
    if len(containers) > 1:
        raise ValidationError("The local cloud does not imitate inference pipelines: give one container.")
    # Optional in the API's model, for models that are only deployed as inference components.
    if "ExecutionRoleArn" not in request:
        raise ValidationError("ExecutionRoleArn is required to create a model.")
    role = roles.assume(
        cloud,
        request["ExecutionRoleArn"],
        _SESSION,
        store.region_name,
        account_id=store.account_id,
        source_arn=own,
    )
    container = _resolve(cloud, store, request.get("PrimaryContainer") or containers[0], caller)
    check_image(container["Image"])
    if uri := container.get("ModelDataUrl"):
        check_model_data(role, uri, store.region_name)
    model = Model(request, container, store)
    with store.lock:
        if model.name in store.models:
            raise ValidationError(f'Cannot create already existing model "{own}".')
        store.models[model.name] = model
    return model


def find(store: SageMakerStore, name: str) -> Model:
    """A model by name.

    Raises:
        ValidationError: there is none.

    """
    model = store.models.get(name)
    if model is None:
        own = arn(store.region_name, store.account_id, f"model/{name}")
        raise ValidationError(f'Could not find model "{own}".')
    return model


def _described(container: dict[str, Any]) -> dict[str, Any]:
    return {"Mode": "SingleModel", **container}


def _resolve(cloud: Cloud, store: SageMakerStore, container: dict[str, Any], caller: Principal) -> dict[str, Any]:
    """Image, ModelDataUrl and Environment of a container; those of its model package when it names one."""
    if container.get("Mode", "SingleModel") != "SingleModel":
        raise ValidationError("The local cloud does not imitate multi-model endpoints.")
    resolved = dict(container)
    if name := container.get("ModelPackageName"):
        if "Image" in container or "ModelDataUrl" in container:
            raise ValidationError("Image and ModelDataUrl must not be set when ModelPackageName is specified.")
        resolved = _of_package(cloud, store, name, caller)
        resolved["Environment"] = {**resolved.get("Environment", {}), **container.get("Environment", {})}
    elif "Image" not in container:
        raise ValidationError("Either Image or ModelPackageName must be specified for a container.")
    source = resolved.pop("ModelDataSource", None)
    if source is not None:
        if "ModelDataUrl" in resolved:
            raise ValidationError("Only one of ModelDataUrl and ModelDataSource may be specified.")
        data = source.get("S3DataSource", {})
        if data.get("S3DataType") != "S3Object" or data.get("CompressionType") != "Gzip":
            raise ValidationError("The local cloud imitates only model data that is one gzipped object.")
        resolved["ModelDataUrl"] = data["S3Uri"]
    return resolved


def _of_package(cloud: Cloud, store: SageMakerStore, name: str, caller: Principal) -> dict[str, Any]:
    own = store
    if name.startswith("arn:"):
        _, _, _, region, account, _ = name.split(":", 5)
        if region != store.region_name:
            raise ValidationError(f"ModelPackage {name} does not exist.")
        own = store_of(account, region)
    registry = Registry(cloud, own)
    if own is not store and not registry.permits(caller, "CreateModel", name):
        raise ValidationError(
            f"Access denied to model package {name}: its group's policy does not allow CreateModel."
        )
    package = registry.package(name)
    content = package.describe()
    containers = content.get("InferenceSpecification", {}).get("Containers", [])
    if len(containers) != 1:
        raise ValidationError(f"Model package {package.arn} has no inference specification with one container.")
    return {name: value for name, value in containers[0].items() if name in _OF_PACKAGE}


_OF_PACKAGE = ("Image", "ModelDataUrl", "ModelDataSource", "Environment")
