"""Container images: addresses in Amazon ECR. They are checked for form and never run."""

import re

from localcloud.services.sagemaker.errors import ValidationError

_IMAGE = re.compile(
    r"\d{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com(\.cn)?/[a-z0-9]+([._/-][a-z0-9]+)*(:[\w.-]{1,128}|@sha256:[0-9a-f]{64})?"
)


def check_image(uri: str) -> None:
    """Raise a ValidationError unless ``uri`` is the address of an image in Amazon ECR."""
    if not _IMAGE.fullmatch(uri):
        raise ValidationError(
            f"Invalid image URI '{uri}': it must be an image in Amazon ECR, "
            "<account>.dkr.ecr.<region>.amazonaws.com/<repository>:<tag>"
        )
