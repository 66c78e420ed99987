"""Whether a model's data is there, and whether its role may read it."""

from typing import Any

from moto.s3.models import s3_backends
from moto.utilities.utils import get_partition

from localcloud.cloud import Cloud
from localcloud.service_role import ServiceRole
from localcloud.services.sagemaker.errors import ValidationError
from localcloud.services.sagemaker.jobs.transfer import TransferError, split_uri


def check_model_data(cloud: Cloud, role: ServiceRole, uri: str, region: str) -> None:
    """Check what CreateModel checks.

    Raises:
        ValidationError: no such object, or the role may not read it; worded as SageMaker does.

    """
    del cloud
    try:
        bucket_name, key = split_uri(uri)
    except TransferError as error:
        raise ValidationError(f"Invalid ModelDataUrl '{uri}': it must be an S3 URI of a .tar.gz.") from error
    bucket = find_bucket(bucket_name, role.region)
    item: Any = None if bucket is None else bucket.keys.get(key)
    if not role.allows("s3:GetObject", f"arn:{get_partition(region)}:s3:::{bucket_name}/{key}"):
        raise ValidationError(
            f'Could not access model data at {uri}. Please ensure that the role "{role.role_arn}" exists and that '
            'its trust relationship policy allows the action "sts:AssumeRole" for the service principal '
            '"sagemaker.amazonaws.com". Also ensure that the role has "s3:GetObject" permissions and that the '
            f"object is located in {region}."
        )
    if item is None:
        raise ValidationError(f"Could not find model data at {uri}.")


def find_bucket(name: str, region: str) -> Any:
    """A bucket of any account (names are global); None when there is none."""
    partition = get_partition(region)
    for backends in list(s3_backends.values()):
        if partition in backends and name in backends[partition].buckets:
            return backends[partition].buckets[name]
    return None
