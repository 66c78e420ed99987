"""Endpoint configurations, and what CreateEndpointConfig refuses.

Rules: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateEndpointConfig.html and the pages of its
types; for serverless endpoints https://docs.aws.amazon.com/sagemaker/latest/dg/serverless-endpoints.html
(*Feature exclusions*).
"""

from typing import Any

from localcloud.services.sagemaker.errors import ValidationError
from localcloud.services.sagemaker.hosting import model
from localcloud.services.sagemaker.resources import Resource, arn, merged_tags, now
from localcloud.services.sagemaker.store import SageMakerStore

_SHOWN = (
    "ProductionVariants", "ShadowProductionVariants", "DataCaptureConfig", "AsyncInferenceConfig", "KmsKeyId",
    "VpcConfig", "ExecutionRoleArn", "EnableNetworkIsolation", "MetricsConfig",
)  # fmt: skip
_NOT_IMITATED = ("ExplainerConfig", "CrossRegionTrafficConfig")
_MEMORY_SIZES = (1024, 2048, 3072, 4096, 5120, 6144)
# Instances with storage of their own encrypt it themselves, and take neither a key nor a volume size.
_WITH_STORAGE = (
    "m5d",
    "c5d",
    "r5d",
    "c6gd",
    "m6gd",
    "r6gd",
    "c6id",
    "m6id",
    "r7gd",
    "g4dn",
    "g5",
    "g6",
    "p4d",
    "p5",
)


class EndpointConfig(Resource):
    """An endpoint configuration.

    Attributes:
        name: its name.
        variants: the production variants, with their defaults filled in.
        shadows: the shadow variants, likewise.

    """

    def __init__(self, request: dict[str, Any], store: SageMakerStore) -> None:
        name = request["EndpointConfigName"]
        super().__init__(
            arn(store.region_name, store.account_id, f"endpoint-config/{name}"),
            tags=merged_tags([], request.get("Tags", [])),
        )
        self.name = name
        self.content = {member: request[member] for member in _SHOWN if member in request}
        self.content["ProductionVariants"] = [_complete(item) for item in request["ProductionVariants"]]
        if shadows := request.get("ShadowProductionVariants"):
            self.content["ShadowProductionVariants"] = [_complete(item) for item in shadows]
        if capture := request.get("DataCaptureConfig"):
            self.content["DataCaptureConfig"] = {"EnableCapture": True, **capture}
        self.created = now()

    @property
    def variants(self) -> list[dict[str, Any]]:
        """The production variants."""
        return list(self.content["ProductionVariants"])

    @property
    def shadows(self) -> list[dict[str, Any]]:
        """The shadow variants."""
        return list(self.content.get("ShadowProductionVariants", []))

    @property
    def capture(self) -> dict[str, Any] | None:
        """DataCaptureConfig."""
        return self.content.get("DataCaptureConfig")

    @property
    def asynchronous(self) -> dict[str, Any] | None:
        """AsyncInferenceConfig."""
        return self.content.get("AsyncInferenceConfig")

    def describe(self) -> dict[str, Any]:
        """The answer of DescribeEndpointConfig."""
        return {
            "EndpointConfigName": self.name,
            "EndpointConfigArn": self.arn,
            **self.content,
            "CreationTime": self.created,
        }

    def summary(self) -> dict[str, Any]:
        """The configuration's entry in ListEndpointConfigs."""
        return {
            "EndpointConfigName": self.name,
            "EndpointConfigArn": self.arn,
            "CreationTime": self.created,
        }


def create(store: SageMakerStore, request: dict[str, Any]) -> EndpointConfig:
    """Create a configuration.

    Raises:
        ValidationError: the request breaks a rule, or a model does not exist.

    """
    for member in _NOT_IMITATED:
        if member in request:
            raise ValidationError(f"The local cloud does not imitate {member}.")
    variants, shadows = request["ProductionVariants"], request.get("ShadowProductionVariants", [])
    names = [variant["VariantName"] for variant in [*variants, *shadows]]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ValidationError(f"Variant names must be unique within an endpoint configuration: {', '.join(twice)}")
    if shadows and (len(variants) != 1 or len(shadows) != 1):
        raise ValidationError(
            "You can only specify one variant for ProductionVariants and one variant for ShadowProductionVariants "
            "when ShadowProductionVariants is used."
        )
    for variant in [*variants, *shadows]:
        _check_variant(store, variant, request)
    _check_together(variants, shadows, request)
    config = EndpointConfig(request, store)
    with store.lock:
        if config.name in store.endpoint_configs:
            raise ValidationError(f'Cannot create already existing endpoint configuration "{config.arn}".')
        store.endpoint_configs[config.name] = config
    return config


def find(store: SageMakerStore, name: str) -> EndpointConfig:
    """A configuration by name.

    Raises:
        ValidationError: there is none.

    """
    config = store.endpoint_configs.get(name)
    if config is None:
        own = arn(store.region_name, store.account_id, f"endpoint-config/{name}")
        raise ValidationError(f'Could not find endpoint configuration "{own}".')
    return config


def _complete(variant: dict[str, Any]) -> dict[str, Any]:
    return {"InitialVariantWeight": 1.0, **variant}


def _check_variant(store: SageMakerStore, variant: dict[str, Any], request: dict[str, Any]) -> None:
    name = variant["VariantName"]
    if "ModelName" not in variant:
        raise ValidationError(
            f"The local cloud does not imitate inference components: variant {name} needs a ModelName."
        )
    if "InstancePools" in variant:
        raise ValidationError("The local cloud does not imitate instance pools.")
    hosted = model.find(store, variant["ModelName"])
    serverless = variant.get("ServerlessConfig")
    provisioned = [
        member for member in ("InstanceType", "InitialInstanceCount", "AcceleratorType") if member in variant
    ]
    if serverless is not None:
        if provisioned:
            raise ValidationError(f"{', '.join(provisioned)} must not be set for the serverless variant {name}.")
        _check_serverless(name, serverless, hosted, request)
        return
    for member in ("InstanceType", "InitialInstanceCount"):
        if member not in variant:
            raise ValidationError(f"{member} is required for variant {name}, which has no ServerlessConfig.")
    family = variant["InstanceType"].split(".")[1]
    if family.startswith(_WITH_STORAGE):
        for member, where in (("KmsKeyId", request), ("VolumeSizeInGB", variant)):
            if member in where:
                raise ValidationError(
                    f"{member} is not supported for the instance type {variant['InstanceType']}, which has local "
                    "storage."
                )
    scaling = variant.get("ManagedInstanceScaling")
    if scaling is not None and scaling.get("Status") == "ENABLED":
        # Managed instance scaling follows the copies of inference components.
        raise ValidationError(
            f"ManagedInstanceScaling is for endpoints with inference components: variant {name} has a ModelName. "
            "Use Application Auto Scaling."
        )


def _check_serverless(name: str, serverless: dict[str, Any], hosted: model.Model, request: dict[str, Any]) -> None:
    if serverless["MemorySizeInMB"] not in _MEMORY_SIZES:
        sizes = ", ".join(map(str, _MEMORY_SIZES))
        raise ValidationError(f"MemorySizeInMB of variant {name} must be one of {sizes}.")
    if serverless.get("ProvisionedConcurrency", 0) > serverless["MaxConcurrency"]:
        raise ValidationError(f"ProvisionedConcurrency of variant {name} must not be greater than MaxConcurrency.")
    if "VpcConfig" in hosted.request or hosted.request.get("EnableNetworkIsolation"):
        raise ValidationError(
            f"Serverless endpoints support neither VPC configuration nor network isolation: model {hosted.name}."
        )
    for member in ("DataCaptureConfig", "AsyncInferenceConfig", "ShadowProductionVariants"):
        if member in request:
            raise ValidationError(f"{member} is not supported for serverless endpoints.")


def _check_together(
    variants: list[dict[str, Any]], shadows: list[dict[str, Any]], request: dict[str, Any]
) -> None:
    if any("ServerlessConfig" in variant for variant in variants) and len(variants) > 1:
        raise ValidationError("Serverless endpoints support one production variant only.")
    if "AsyncInferenceConfig" in request and (len(variants) > 1 or shadows):
        raise ValidationError("Asynchronous inference supports one production variant, and no shadow variant.")
    asynchronous = request.get("AsyncInferenceConfig")
    if asynchronous is not None and "S3OutputPath" not in asynchronous["OutputConfig"]:
        raise ValidationError(
            "The local cloud has no default bucket: give AsyncInferenceConfig.OutputConfig.S3OutputPath."
        )
    capture = request.get("DataCaptureConfig")
    if capture is not None:
        modes = [option["CaptureMode"] for option in capture["CaptureOptions"]]
        if len(modes) != len(set(modes)):
            raise ValidationError("CaptureOptions must not name a capture mode twice.")
