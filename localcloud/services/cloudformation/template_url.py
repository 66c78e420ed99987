"""Reading a template from S3, as the caller."""

import re
from contextlib import closing
from urllib.parse import unquote, urlparse

from botocore.exceptions import ClientError

from localcloud.cloud import Cloud
from localcloud.principals import Credentials
from localcloud.services.cloudformation.errors import ValidationError
from localcloud.services.cloudformation.syntax import OBJECT_LIMIT

_VIRTUAL_HOST = re.compile(r"(?P<bucket>.+)\.s3[.-](?:[a-z0-9-]+\.)?amazonaws\.com(?:\.cn)?")
_PATH_HOST = re.compile(r"s3[.-](?:[a-z0-9-]+\.)?amazonaws\.com(?:\.cn)?")


def location(url: str, endpoint: str) -> tuple[str, str]:
    """Bucket and key of a template's URL: AWS's two forms, or an object below the local endpoint.

    Raises:
        ValidationError: the URL is none of an object in S3.

    """
    parsed = urlparse(url)
    host, path = parsed.hostname or "", unquote(parsed.path.lstrip("/"))
    if (parsed.netloc and parsed.netloc == urlparse(endpoint).netloc) or (
        parsed.scheme == "https" and _PATH_HOST.fullmatch(host)
    ):
        bucket, _, key = path.partition("/")
    elif parsed.scheme == "https" and (match := _VIRTUAL_HOST.fullmatch(host)):
        bucket, key = match["bucket"], path
    else:
        raise ValidationError("TemplateURL must be a supported URL.")
    if not bucket or not key:
        raise ValidationError("TemplateURL must reference a valid S3 object to which you have access.")
    return bucket, key


def read(cloud: Cloud, url: str, credentials: Credentials, region: str) -> str:
    """The text of the template behind a URL.

    Raises:
        ValidationError: it cannot be read with these credentials, or is too large.

    """
    bucket, key = location(url, cloud.endpoint)
    try:
        found = cloud.client("s3", credentials, region).get_object(Bucket=bucket, Key=key)
    except ClientError as error:
        raise ValidationError(
            f"S3 error: {error.response['Error'].get('Message', error)} (s3://{bucket}/{key}, read as the caller)"
        ) from error
    with closing(found["Body"]) as body:
        if found["ContentLength"] > OBJECT_LIMIT:
            raise ValidationError(f"Template may not exceed {OBJECT_LIMIT} bytes in size.")
        return str(body.read().decode("utf-8", "replace"))
