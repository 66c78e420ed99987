"""What SageMaker's resources have in common: ARNs, tags, who made them."""

import string
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import SystemRandom
from typing import Any

from moto.utilities.utils import get_partition

from localcloud.principals import Principal
from localcloud.services.sagemaker.errors import ValidationError

_random = SystemRandom()
_MAXIMUM_TAGS = 50

Tags = list[dict[str, str]]


def now() -> datetime:
    """The present time in UTC, in milliseconds as SageMaker keeps it."""
    present = datetime.now(UTC)
    return present.replace(microsecond=present.microsecond // 1000 * 1000)


def arn(region: str, account: str, resource: str) -> str:
    """``arn:aws:sagemaker:<region>:<account>:<resource>``; ``resource`` as in ``pipeline/name``."""
    return f"arn:{get_partition(region)}:sagemaker:{region}:{account}:{resource}"


def random_id(length: int, alphabet: str = string.ascii_lowercase + string.digits) -> str:
    """A random identifier, as in ``execution/tt6yey0lezjc``."""
    return "".join(_random.choice(alphabet) for _ in range(length))


def user_context(caller: Principal) -> dict[str, Any]:
    """The ``CreatedBy`` of a resource made outside Studio: an IAM identity."""
    return {"IamIdentity": {"Arn": caller.arn, "PrincipalId": caller.session_name or caller.access_key_id}}


@dataclass
class Resource:
    """A taggable SageMaker resource.

    Attributes:
        arn: its ARN.
        tags: its tags as the API has them, ``[{"Key": …, "Value": …}]``, unique by key.

    """

    arn: str
    tags: Tags = field(default_factory=list, kw_only=True)

    def add_tags(self, tags: Tags) -> None:
        """Set tags; a key that is there already gets the new value.

        Raises:
            ValidationError: more than 50 tags, or one key twice in ``tags``.

        """
        self.tags = merged_tags(self.tags, tags)

    def remove_tags(self, keys: list[str]) -> None:
        """Remove tags; keys that are not there do not matter."""
        self.tags = [tag for tag in self.tags if tag["Key"] not in keys]


def merged_tags(tags: Tags, added: Tags) -> Tags:
    """``tags`` with ``added`` on top.

    Raises:
        ValidationError: one key twice in ``added``, or more than 50 tags in all.

    """
    keys = [tag["Key"] for tag in added]
    if twice := sorted({key for key in keys if keys.count(key) > 1}):
        raise ValidationError(f"Tag keys must be unique. Duplicate tag keys found: {', '.join(twice)}")
    result = [tag for tag in tags if tag["Key"] not in keys] + [dict(tag) for tag in added]
    if len(result) > _MAXIMUM_TAGS:
        raise ValidationError(
            f"A resource can have {_MAXIMUM_TAGS} tags at most; this one would have {len(result)}."
        )
    return result
