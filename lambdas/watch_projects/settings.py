"""What package 1 tells the function, through its environment."""

from collections.abc import Mapping
from typing import Self

from pydantic import BaseModel, ConfigDict, Field

PREFIX = "WATCH_"


class Settings(BaseModel):
    """Each is an environment variable: ``WATCH_`` and the name in upper case."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    state_bucket: str = Field(min_length=3)
    """Bucket with the states, the applied records and the releases."""
    installation_key: str = Field(min_length=1)
    """Object of that bucket that says what package 1 offers to whom (guard.tf)."""
    build_project: str = Field(min_length=2)
    """CodeBuild project that runs ``runner.sh`` for a project."""
    plans_at_once: int = Field(default=3, ge=1, le=20)
    """How many projects are looked at together. Deletions wait in the same queue, so this stays small."""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self:
        """Read the settings; an absent one without a default is an error."""
        variables = {name: PREFIX + name.upper() for name in cls.model_fields}
        return cls.model_validate(
            {name: environment[variable] for name, variable in variables.items() if variable in environment}
        )
