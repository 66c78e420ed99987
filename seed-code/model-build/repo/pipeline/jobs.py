"""The parts of job requests that the steps have in common: images, machines, encryption, network, tags."""

from pipeline import bundle
from pipeline.expressions import Json, get, join, output
from pipeline.settings import Settings

WORK = "/opt/ml/processing"


def processing(
    settings: Settings, name: str, script: str, arguments: list[str], inputs: Json, outputs: list[str]
) -> Json:
    """Return a step that runs ``src/<script>``; each input is an S3 folder or object, each output a folder."""
    sources = {"code": f"{bundle.code().uri(settings)}/src/", **inputs}
    return {
        "Name": name,
        "Type": "Processing",
        "Arguments": {
            "RoleArn": settings.role_arn,
            "AppSpecification": {
                "ImageUri": settings.image_uri,
                "ContainerEntrypoint": ["python3", f"{WORK}/input/code/{script}"],
                "ContainerArguments": arguments,
            },
            "ProcessingInputs": [
                {
                    "InputName": source,
                    "S3Input": {
                        "S3Uri": uri,
                        "LocalPath": f"{WORK}/input/{source}",
                        "S3DataType": "S3Prefix",
                        "S3InputMode": "File",
                        "S3DataDistributionType": "FullyReplicated",
                    },
                }
                for source, uri in sources.items()
            ],
            "ProcessingOutputConfig": {
                "Outputs": [
                    {
                        "OutputName": result,
                        "S3Output": {
                            "S3Uri": run_folder(settings, result),
                            "LocalPath": f"{WORK}/output/{result}",
                            "S3UploadMode": "EndOfJob",
                        },
                    }
                    for result in outputs
                ],
                **key(settings, "KmsKeyId"),
            },
            "ProcessingResources": {"ClusterConfig": instances(settings, "Parameters.ProcessingInstanceType")},
            "StoppingCondition": {"MaxRuntimeInSeconds": settings.max_runtime_seconds},
            # The scripts need no network: SageMaker itself brings the inputs and takes the outputs.
            "NetworkConfig": {"EnableNetworkIsolation": True, **vpc(settings)},
            "Tags": settings.tags,
        },
    }


def instances(settings: Settings, instance_type: str) -> Json:
    """Return one machine of the type that the parameter ``instance_type`` gives."""
    return {
        "InstanceCount": 1,
        "InstanceType": get(instance_type),
        "VolumeSizeInGB": settings.volume_size_gb,
        # Leave the key out for instances with their own disk (m5d, g5, ...): SageMaker refuses it there.
        **key(settings, "VolumeKmsKeyId"),
    }


def channel(name: str) -> Json:
    """Return a training input: an output of the step Preprocess."""
    return {
        "ChannelName": name,
        "ContentType": "text/csv",
        "DataSource": {
            "S3DataSource": {
                "S3DataType": "S3Prefix",
                "S3Uri": output("Preprocess", name),
                "S3DataDistributionType": "FullyReplicated",
            }
        },
    }


def vpc(settings: Settings) -> Json:
    """Return the member ``VpcConfig``, or nothing when no network was given."""
    if not settings.subnet_ids:
        return {}
    return {"VpcConfig": {"Subnets": settings.subnet_ids, "SecurityGroupIds": settings.security_group_ids}}


def key(settings: Settings, name: str) -> Json:
    """Return the member ``name`` with the project's key, or nothing when the bucket's default is to encrypt."""
    return {name: settings.kms_key_arn} if settings.kms_key_arn else {}


def run_folder(settings: Settings, name: str) -> Json:
    """Return the S3 folder ``name`` of this execution: no execution writes where another one did."""
    return join("/", [f"{settings.prefix}/executions", get("Execution.PipelineExecutionId"), name])
