"""What this function needs of a git host, and how little of it plain git offers."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from seed_repository.errors import SeedRepositoryError
from seed_repository.events import SeedRequest
from seed_repository.refusals import refusal
from seed_repository.transport import Answer


@dataclass(frozen=True)
class Repository:
    """A repository as its host describes it. What the host does not tell keeps its default."""

    full_name: str
    url: str
    created: datetime | None = None
    default_branch: str | None = None
    archived: bool = False
    just_created: bool = False
    """Made by this very attempt: it is known to be empty, without asking."""
    obstacle: SeedRepositoryError | None = field(default=None, compare=False)
    """Why nothing can be pushed to it, if that is known beforehand."""

    @property
    def git_url(self) -> str:
        """Where git finds it."""
        return f"{self.url}.git"


class GitHost(Protocol):
    """A git host."""

    def find_or_create(self, request: SeedRequest) -> Repository:
        """The repository of a request, created if it is missing and the request says so."""

    def seed_commit(self, repository: Repository, head: str, commit: str, tree: str) -> str | None:
        """The seed's commit, if ``head`` has it: ``commit`` in its history, or ``head`` if that holds ``tree``."""

    def git_refusal(self, answer: Answer, repository: Repository) -> SeedRepositoryError:
        """What an answer other than 200 to one of git's own requests means."""


class PlainGitHost:
    """Any host that speaks git over HTTP: repositories exist already, and nothing can be asked about them."""

    def find_or_create(self, request: SeedRequest) -> Repository:
        """The repository of the request. Whether it exists is seen when git asks for its branches."""
        name = request.repository.full_name
        return Repository(name, f"{request.host.base_url}/{name}")

    def seed_commit(
        self,
        repository: Repository,  # noqa: ARG002 - part of the protocol
        head: str,
        commit: str,
        tree: str,  # noqa: ARG002 - part of the protocol
    ) -> str | None:
        """The seed's commit if nothing was committed since; more is unknown without fetching the history."""
        return commit if head == commit else None

    def git_refusal(self, answer: Answer, repository: Repository) -> SeedRepositoryError:
        """What an answer other than 200 means: for git, a missing repository and a forbidden one look alike."""
        return refusal(answer, what=f"push to {repository.url}", needs="permission to push to the repository")
