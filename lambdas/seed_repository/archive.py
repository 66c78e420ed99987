"""Archiving the repository of a project that is being deleted: read-only from then on, and never deleted.

Call (docs.github.com/en/rest/repos/repos, "Update a repository"): ``PATCH`` with ``archived``. Whoever has admin
rights can take it back.
"""

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal

import urllib3
from aws_lambda_powertools.utilities.parser import ValidationError, parse
from pydantic import AfterValidator, BaseModel, ConfigDict, model_validator

from seed_repository.access import check_host, credential_of, github_at
from seed_repository.errors import HostUnavailable, RequestInvalid
from seed_repository.events import (
    CredentialReference,
    Host,
    Project,
    RequestModel,
    Text,
    WebAddress,
    full_name_of,
    reasons_of,
)
from seed_repository.figures import Figures
from seed_repository.retry import Patience, persist
from seed_repository.secret import read_secret
from seed_repository.settings import Settings
from seed_repository.transport import Transport

if TYPE_CHECKING:
    from aws_lambda_powertools import Logger

    SecretsManagerClient = Any


class ArchivedRepository(RequestModel):
    """The repository to archive."""

    full_name: Annotated[Text, AfterValidator(full_name_of)]
    url: WebAddress


class ArchiveRequest(RequestModel):
    """One request to archive one repository."""

    action: Literal["archive"]
    project: Project
    repository: ArchivedRepository
    host: Host
    credential: CredentialReference

    @model_validator(mode="after")
    def _repository_is_on_github(self) -> "ArchiveRequest":
        if self.host.kind != "github":
            raise ValueError("only GitHub can archive a repository: choose to keep it")
        expected = f"{self.host.base_url}/{self.repository.full_name}"
        if self.repository.url.removesuffix(".git").lower() != expected.lower():
            raise ValueError(f"the repository's address must be {expected}")
        return self


class ArchiveResult(BaseModel):
    """What became of it: ``archived`` now, ``unchanged`` because it was already, or ``missing``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    status: Literal["archived", "unchanged", "missing"]
    repository_url: str


@dataclass
class ArchiveService:
    """Archives repositories. Everything it talks to is given to it."""

    secrets: "SecretsManagerClient"
    pool: urllib3.PoolManager
    settings: Settings
    patience: Patience
    log: "Logger | logging.Logger"
    figures: Figures

    def archive(self, request: ArchiveRequest) -> ArchiveResult:
        """Make the repository read-only; again and again with the same outcome.

        Raises:
            RequestInvalid: it is not the repository that this function may archive.
            SeedRepositoryError: whatever else went wrong, in words for the person who deletes the project.

        """
        # Everybody who may invoke the function writes the event: what may be archived stands in its settings, and
        # only if the project was told to archive.
        allowed = self.settings.archive_repository or ""
        if request.repository.full_name.lower() not in allowed.lower().split():
            archived = " and ".join(allowed.split()) or "nothing"
            raise RequestInvalid(
                f"This function archives {archived}: the project's last update did not choose to "
                f"archive {request.repository.full_name}. Update the project with the choice, then delete it."
            )
        check_host(request.host, self.settings)
        credential = credential_of(read_secret(self.secrets, request.credential.secret_arn), request.host)
        transport = Transport(self.pool, credential, self.patience.deadline, self.settings.request_timeout_seconds)
        host = github_at(request.host.base_url, request.host.api_url or "", transport, {"administration": "write"})

        def on_retry(error: HostUnavailable, wait: float) -> None:
            self.figures.retries += 1
            self.log.warning(
                "The git host failed; asking again.", extra={"reason": str(error), "wait_seconds": wait}
            )

        def attempt() -> ArchiveResult:
            status = host.archive(request.repository.full_name)
            return ArchiveResult(status=status, repository_url=request.repository.url)

        try:
            return credential.shield(lambda: persist(attempt, self.patience, on_retry))
        finally:
            self.figures.requests = transport.request_count


def parse_archive_request(event: dict[str, Any]) -> ArchiveRequest:
    """Check an event.

    Raises:
        RequestInvalid: with every field that is wrong, and why.

    """
    try:
        return parse(event=event, model=ArchiveRequest)
    except ValidationError as error:
        raise RequestInvalid(f"The request to archive is not valid: {reasons_of(error)}") from None
