"""Pages of a list: tokens are positions."""

from collections.abc import Sequence
from typing import TypeVar

from localcloud.services.cloudformation.errors import ValidationError

Item = TypeVar("Item")
PAGE = 100


def page(every: Sequence[Item], token: str | None) -> tuple[list[Item], str | None]:
    """One page and the token of the next.

    Raises:
        ValidationError: the token is not one of ours.

    """
    if token is not None and not token.isdecimal():
        raise ValidationError("Invalid NextToken")
    start = int(token or 0)
    end = start + PAGE
    return list(every[start:end]), str(end) if end < len(every) else None
