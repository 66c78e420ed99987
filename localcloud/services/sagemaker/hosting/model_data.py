"""Whether a model's data is there, and whether its role may read it."""

from moto.utilities.utils import get_partition

from localcloud import buckets, identity
from localcloud.service_role import ServiceRole
from localcloud.services.sagemaker.errors import ValidationError
from localcloud.services.sagemaker.jobs.transfer import TransferError, split_uri


def check_model_data(role: ServiceRole, uri: str, region: str) -> None:
    """Check what CreateModel checks, in whichever account the bucket is.

    Raises:
        ValidationError: no such object, or the role may not read it; worded as SageMaker does.

    """
    try:
        name, key = split_uri(uri)
    except TransferError as error:
        raise ValidationError(f"Invalid ModelDataUrl '{uri}': it must be an S3 URI of a .tar.gz.") from error
    bucket = buckets.find(name, region)
    if bucket is None:
        raise ValidationError(f"Could not find model data at {uri}.")
    caller = identity.of_role(role.role_arn, role.session_name)
    resource = f"arn:{get_partition(region)}:s3:::{name}/{key}"
    if buckets.reading_refusal(caller, bucket, "s3:GetObject", resource, key) is not None:
        raise ValidationError(
            f'Could not access model data at {uri}. Please ensure that the role "{role.role_arn}" exists and that '
            'its trust relationship policy allows the action "sts:AssumeRole" for the service principal '
            '"sagemaker.amazonaws.com". Also ensure that the role has "s3:GetObject" permissions and that the '
            f"object is located in {region}."
        )
    if bucket.keys.get(key) is None:
        raise ValidationError(f"Could not find model data at {uri}.")
