"""What SageMaker's List operations have in common: filters, order, pages."""

import base64
import binascii
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any, TypeVar

from localcloud.services.sagemaker.errors import ValidationError

_PAGE = 10
Item = TypeVar("Item")


def page(items: list[Item], parameters: dict[str, Any], size: int = _PAGE) -> tuple[list[Item], str | None]:
    """The page that MaxResults and NextToken ask for, and the token of the next one.

    Raises:
        ValidationError: the token is not one of ours.

    """
    start = _start(parameters.get("NextToken"))
    end = start + (parameters.get("MaxResults") or size)
    token = base64.b64encode(f"from:{end}".encode()).decode() if end < len(items) else None
    return items[start:end], token


def ordered(
    items: Iterable[Item],
    parameters: dict[str, Any],
    keys: dict[str, Callable[[Item], Any]],
    *,
    default: str,
    descending: bool = False,
) -> list[Item]:
    """Items in the order of SortBy and SortOrder; ``default`` and ``descending`` hold when they are not given."""
    order = parameters.get("SortOrder")
    reverse = order == "Descending" if order else descending
    return sorted(items, key=keys[parameters.get("SortBy") or default], reverse=reverse)


def within(time: datetime | None, after: Any, before: Any) -> bool:
    """Whether a time lies after and before what is asked for (either may be missing)."""
    if after is None and before is None:
        return True
    if time is None:
        return False
    return (after is None or time > _aware(after)) and (before is None or time < _aware(before))


def named(name: str, contains: str | None) -> bool:
    """Whether a name contains a text; capital and small letters are the same."""
    return contains is None or contains.lower() in name.lower()


def _aware(time: Any) -> datetime:
    moment = time if isinstance(time, datetime) else datetime.fromtimestamp(float(time), UTC)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _start(token: str | None) -> int:
    if not token:
        return 0
    try:
        text = base64.b64decode(token, validate=True).decode()
        return int(text.removeprefix("from:"))
    except (binascii.Error, ValueError) as error:
        raise ValidationError(f"Invalid pagination token '{token}'") from error
