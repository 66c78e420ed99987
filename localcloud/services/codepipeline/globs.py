"""The patterns of trigger filters: `*` within one part of a path, `**` across parts, `?`, `[...]` and `{a,b}`.

https://docs.aws.amazon.com/codepipeline/latest/userguide/syntax-glob.html
"""

import re
from collections.abc import Iterable
from functools import cache
from typing import Any


def passes(filters: dict[str, Any] | None, values: Iterable[str]) -> bool:
    """Whether any value is included and not excluded; a filter that is not there lets everything pass."""
    if not filters:
        return True
    includes, excludes = filters.get("includes") or [], filters.get("excludes") or []
    return any(
        (not includes or any(matches(pattern, value) for pattern in includes))
        and not any(matches(pattern, value) for pattern in excludes)
        for value in values
    )


def matches(pattern: str, value: str) -> bool:
    """Whether a pattern describes the whole value."""
    return _compiled(pattern).fullmatch(value) is not None


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    parts: list[str] = []
    position = 0
    depth = 0
    while position < len(pattern):
        character = pattern[position]
        if pattern.startswith("**", position):
            parts.append(".*")
            position += 1
        elif character == "*":
            parts.append("[^/]*")
        elif character == "?":
            parts.append("[^/]")
        elif character == "[" and "]" in pattern[position + 2 :]:
            end = pattern.index("]", position + 2)
            inside = pattern[position + 1 : end].replace("\\", "\\\\")
            parts.append(f"[{'^' + inside[1:] if inside.startswith('!') else inside}]")
            position = end
        elif character == "{":
            parts.append("(?:")
            depth += 1
        elif character == "}" and depth:
            parts.append(")")
            depth -= 1
        elif character == "," and depth:
            parts.append("|")
        else:
            parts.append(re.escape(character))
        position += 1
    return re.compile("".join(parts) + ")" * depth)
