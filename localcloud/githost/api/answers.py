"""What GitHub's REST API says when it refuses, and how a handler answers.

Wording and status codes: https://docs.github.com/en/rest/using-the-rest-api/troubleshooting-the-rest-api.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

DOCUMENTATION = "https://docs.github.com/rest"


@dataclass(frozen=True)
class Answer:
    """A handler's result; `payload` None is an empty body."""

    payload: Any = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


class ApiError(Exception):
    """An answer that refuses, raised from anywhere below a handler."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        documentation: str = "",
        errors: list[Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.documentation = f"{DOCUMENTATION}{documentation}"
        self.errors = errors
        self.headers = dict(headers or {})

    def payload(self) -> dict[str, Any]:
        """The JSON body."""
        payload: dict[str, Any] = {"message": self.message}
        if self.errors is not None:
            payload["errors"] = self.errors
        return {**payload, "documentation_url": self.documentation, "status": str(self.status)}


def not_found(documentation: str = "") -> ApiError:
    """The resource does not exist, or the caller may not know that it does."""
    return ApiError(404, "Not Found", documentation=documentation)


def empty_repository(documentation: str = "/git") -> ApiError:
    """The git database has no commit yet: only a push or the contents API can make the first one."""
    return ApiError(409, "Git Repository is empty.", documentation=documentation)


def validation_failed(resource: str, field_name: str, code: str, *, message: str | None = None) -> ApiError:
    """One field of the request is not acceptable."""
    error = {"resource": resource, "field": field_name, "code": code}
    if message is not None:
        error["message"] = message
    return ApiError(422, "Validation Failed", errors=[error])


def archived() -> ApiError:
    """The repository takes no changes."""
    return ApiError(403, "Repository was archived so is read-only.")


def missing_permission(permission: str, level: str, *, kind: str = "fine-grained") -> ApiError:
    """A fine-grained or installation token lacks a permission; the header says which."""
    return ApiError(
        403,
        f"Resource not accessible by {'integration' if kind == 'installation' else 'personal access token'}",
        headers={"X-Accepted-GitHub-Permissions": f"{permission}={level}"},
    )
