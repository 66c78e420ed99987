"""Condition keys out of a request's own parameters, for the services whose keys are many.

AWS's service authorization reference lists the keys of each action. Which parameter each stands for say the pages
sagemaker/latest/dg/security_iam_id-based-policy-examples.html, and
codebuild/latest/userguide/action-context-keys.html (a key is the path of the request's member).
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from iam.reference import condition_keys
from iam.request import Context

# At the top of these, KmsKeyId is the volume's: the API reference of each.
_VOLUME_AT_THE_TOP = ("CreateEndpointConfig", "CreateNotebookInstance")
# What StartBuild may replace, and the member of the project that it replaces (API reference, StartBuild).
_OVERRIDES = {
    "artifactsOverride": "artifacts",
    "autoRetryLimitOverride": "autoRetryLimit",
    "buildspecOverride": "source.buildspec",
    "cacheOverride": "cache",
    "certificateOverride": "environment.certificate",
    "computeTypeOverride": "environment.computeType",
    "encryptionKeyOverride": "encryptionKey",
    "environmentTypeOverride": "environment.type",
    "environmentVariablesOverride": "environment.environmentVariables",
    "fleetOverride": "environment.fleet",
    "imageOverride": "environment.image",
    "imagePullCredentialsTypeOverride": "environment.imagePullCredentialsType",
    "insecureSslOverride": "source.insecureSsl",
    "logsConfigOverride": "logsConfig",
    "privilegedModeOverride": "environment.privilegedMode",
    "registryCredentialOverride": "environment.registryCredential",
    "secondaryArtifactsOverride": "secondaryArtifacts",
    "secondarySourcesOverride": "secondarySources",
    "serviceRoleOverride": "serviceRole",
    "sourceAuthOverride": "source.auth",
    "sourceLocationOverride": "source.location",
}
# The values of a build's variables belong into no record.
_LEFT_OUT = {"codebuild:environment.environmentVariables.value"}
_SEVERAL = (
    "codebuild:environment.environmentVariables.",
    "codebuild:fileSystemLocations.",
    "codebuild:secondary",
    "codebuild:vpcConfig.s",
)


def of_sagemaker(
    operation: str, parameters: Mapping[str, Any], key: Callable[[str], str | None], model: Callable[[str], str]
) -> Context:
    """Keys of AWS KMS, networks, isolation, instances and models of a SageMaker request.

    Args:
        operation: such as ``CreateTrainingJob``.
        parameters: the request's.
        key: the ARN of a key from whichever way a request names it; None when there is no such key.
        model: a model's ARN from its name.

    """
    disks = volumes(operation, parameters)
    outputs = {
        value
        for path, value in leaves(parameters)
        if path[-1] == "KmsKeyId" and any("Output" in name for name in path[:-1])
    }
    found: dict[str, list[str]] = {
        "sagemaker:InstanceTypes": _all(parameters, "InstanceType"),
        "sagemaker:VpcSubnets": _all(parameters, "Subnets"),
        "sagemaker:VpcSecurityGroupIds": _all(parameters, "SecurityGroupIds"),
        "sagemaker:ModelArn": [model(name) for name in _all(parameters, "ModelName")],
        "sagemaker:VolumeKmsKeyArn": sorted(arn for value in disks if (arn := key(value))),
        "sagemaker:OutputKmsKeyArn": sorted(arn for value in outputs if (arn := key(value))),
        "sagemaker:NetworkIsolation": _all(parameters, "EnableNetworkIsolation"),
        "sagemaker:InterContainerTrafficEncryption": _all(parameters, "EnableInterContainerTrafficEncryption"),
        "sagemaker:MaxRuntimeInSeconds": _all(parameters, "MaxRuntimeInSeconds"),
    }
    known = condition_keys(f"sagemaker:{operation}")
    several = ("sagemaker:InstanceTypes", "sagemaker:VpcSubnets", "sagemaker:VpcSecurityGroupIds")
    return {
        name: values if name in several else values[0]
        for name, values in found.items()
        if values and name in known
    }


def volumes(operation: str, parameters: Mapping[str, Any]) -> set[str]:
    """Keys of the disks that a SageMaker request asks for, as it names them."""
    found = {value for path, value in leaves(parameters) if path[-1] == "VolumeKmsKeyId"}
    if operation in _VOLUME_AT_THE_TOP and parameters.get("KmsKeyId"):
        found.add(str(parameters["KmsKeyId"]))
    return found


def of_codebuild(operation: str, parameters: Mapping[str, Any]) -> Context:
    """Each member of a request that CodeBuild has a key for, by its path; overrides as what they override.

    That a key is absent where a request says nothing is AWS's general rule for keys of requests (IAM user guide,
    "request context"); CodeBuild's page does not say it for its own: *unverified*.
    """
    known = condition_keys(f"codebuild:{operation}") - _LEFT_OUT
    given = {_OVERRIDES.get(str(name), str(name)): value for name, value in parameters.items()}
    found: dict[str, list[str]] = {}
    for path, value in leaves(given):
        names = ".".join(path).split(".")
        for length in range(1, len(names)):
            if (name := f"codebuild:{'.'.join(names[:length])}") in known:
                found.setdefault(name, ["true"])  # a member of members: that it is there
        if (name := f"codebuild:{'.'.join(names)}") in known:
            found.setdefault(name, []).append(value)
    return {
        name: sorted(set(values)) if name.startswith(_SEVERAL) else values[0] for name, values in found.items()
    }


def of_events(parameters: Mapping[str, Any]) -> Context:
    """Sources and detail types of all events of one PutEvents, which IAM is asked about together.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-conditions.html: the keys have several values.
    """
    entries = [item for item in parameters.get("Entries") or [] if isinstance(item, Mapping)]
    return {
        "events:source": sorted({str(item.get("Source", "")) for item in entries}),
        "events:detail-type": sorted({str(item.get("DetailType", "")) for item in entries}),
    }


def leaves(parameters: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    """Every value of a request as a text, with the names that lead to it; places in lists have none."""
    if isinstance(parameters, Mapping):
        for name, value in parameters.items():
            yield from leaves(value, (*path, str(name)))
    elif isinstance(parameters, list):
        for item in parameters:
            yield from leaves(item, path)
    elif parameters is not None and path:
        yield path, str(parameters).lower() if isinstance(parameters, bool) else str(parameters)


def _all(parameters: Mapping[str, Any], name: str) -> list[str]:
    return sorted({value for path, value in leaves(parameters) if path[-1] == name})
