"""The permissions that were reviewed: ``expected_policies.json``, by role and statement."""

import json
from collections.abc import Collection
from pathlib import Path
from typing import Any

_NEEDED = {"Action", "Resource"}
_KNOWN = {*_NEEDED, "Condition"}


def read(path: Path, roles: Collection[str]) -> dict[str, dict[str, Any]]:
    """The reviewed statements.

    Raises:
        ValueError: a role is missing or unknown, or a statement says too little or something that nobody compares.

    """
    found: dict[str, dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
    if found.keys() != set(roles):
        raise ValueError(
            f"{path.name} is about {', '.join(sorted(found))}, and not about {', '.join(sorted(roles))}"
        )
    for role, statements in found.items():
        if not statements:
            raise ValueError(f"{path.name}, {role}: has no statement")
        for sid, statement in statements.items():
            if missing := sorted(_NEEDED - statement.keys()):
                raise ValueError(f"{path.name}, {role}, {sid}: lacks {', '.join(missing)}")
            if unknown := sorted(statement.keys() - _KNOWN):
                raise ValueError(f"{path.name}, {role}, {sid}: knows no {', '.join(unknown)}")
    return found
