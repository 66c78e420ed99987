"""What package 1 tells the function, through its environment."""

from collections.abc import Mapping
from typing import Self

from pydantic import BaseModel, ConfigDict, Field

PREFIX = "TEARDOWN_"


class Settings(BaseModel):
    """Each is an environment variable: ``TEARDOWN_`` and the name in upper case."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    build_project: str = Field(min_length=2)
    """CodeBuild project that runs ``runner.sh``."""
    requests_table: str = Field(min_length=3)
    """DynamoDB table that remembers requests until they are answered; its key is ``request``."""
    lock_table: str = Field(min_length=3)
    """DynamoDB table that locks the states."""
    state_bucket: str = Field(min_length=3)
    """Bucket with the states and the run records."""
    answer_hosts: str = Field(pattern=r"^[a-z0-9.-]+(,[a-z0-9.-]+)*$")
    """S3's hosts in this region, by commas: the only ones that answers are put to."""
    remember_seconds: int = Field(default=7200, gt=0)
    """How long a request is remembered: as long as CloudFormation's address for the answer works."""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self:
        """Read the settings; an absent one without a default is an error."""
        variables = {name: PREFIX + name.upper() for name in cls.model_fields}
        return cls.model_validate(
            {name: environment[variable] for name, variable in variables.items() if variable in environment}
        )
