"""Lists in pages."""

from typing import Any

from localcloud.responses import ServiceError


def page(params: dict[str, Any], name: str, items: list[Any], size: int) -> dict[str, Any]:
    """The part of a list that `maxResults` and `nextToken` ask for; raises InvalidNextTokenException."""
    token = params.get("nextToken") or "0"
    if not token.isdigit():
        raise ServiceError("InvalidNextTokenException", "The nextToken provided is invalid")
    start, size = int(token), params.get("maxResults") or size
    answer: dict[str, Any] = {name: items[start : start + size]}
    if start + size < len(items):
        answer["nextToken"] = str(start + size)
    return answer
