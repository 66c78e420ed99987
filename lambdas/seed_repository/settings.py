"""What can be configured per deployment, with defaults that suit a Lambda function of 512 MB and 5 minutes."""

from collections.abc import Mapping
from typing import Self

from pydantic import BaseModel, ConfigDict, Field

PREFIX = "SEED_"


class Settings(BaseModel):
    """Limits and patience. Each can be set by an environment variable: ``SEED_`` and the name in upper case."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    request_timeout_seconds: float = Field(default=30.0, gt=0, le=300)
    """Longest silence of the git host within one request."""
    attempts: int = Field(default=8, ge=1, le=50)
    """How often the host is asked at most, when it fails in a way that may pass."""
    reserve_seconds: float = Field(default=5.0, ge=0)
    """Part of the function's time that is kept for reporting a failure."""
    max_archive_bytes: int = Field(default=100 * 1024 * 1024, gt=0)
    """Largest seed archive."""
    max_bytes: int = Field(default=200 * 1024 * 1024, gt=0)
    """Largest seed, unpacked: what is held in memory."""
    max_files: int = Field(default=100_000, gt=0)
    """Most files in a seed."""

    base_url: str | None = None
    """The git host's only address: a request that names another one is refused. Without it none is."""
    api_url: str | None = None
    """The same for its API."""

    archive_repository: str | None = Field(default=None, min_length=3)
    """The repositories that may be archived, as owner/name, with spaces between them; without it none may."""

    requests_table: str | None = Field(default=None, min_length=3)
    """DynamoDB table that remembers requests (``once.py``); without it none is remembered."""
    remember_seconds: int = Field(default=3600, gt=0)
    """How long a result is the answer to the same request."""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self:
        """Read the settings from the variables that are present; the others keep their defaults."""
        variables = {name: PREFIX + name.upper() for name in cls.model_fields}
        return cls.model_validate(
            {name: environment[variable] for name, variable in variables.items() if variable in environment}
        )
