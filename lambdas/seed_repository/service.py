"""The story: read the credential, render the seed, find the repository, push one commit, once."""

import logging
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import urllib3

from seed_repository.access import check_host, credential_of, github_at
from seed_repository.credentials import Credential
from seed_repository.errors import HostUnavailable
from seed_repository.events import SeedRequest, SeedResult
from seed_repository.figures import Figures
from seed_repository.git_host import GitHost, PlainGitHost, Repository
from seed_repository.github import GitHubHost
from seed_repository.push import push_snapshot
from seed_repository.render import render
from seed_repository.retry import Patience, persist
from seed_repository.secret import read_secret
from seed_repository.seed import SeedFile, download, open_archive
from seed_repository.settings import Settings
from seed_repository.snapshot import SeedTree, Snapshot, build_snapshot, build_tree
from seed_repository.transport import Transport

if TYPE_CHECKING:
    from aws_lambda_powertools import Logger

    S3Client = Any
    SecretsManagerClient = Any


@dataclass
class SeedService:
    """Seeds repositories. Everything it talks to is given to it."""

    s3: "S3Client"
    secrets: "SecretsManagerClient"
    pool: urllib3.PoolManager
    settings: Settings
    patience: Patience
    log: "Logger | logging.Logger"
    figures: Figures = field(default_factory=Figures)
    span: Callable[[str], AbstractContextManager[object]] = nullcontext
    """Opens a named part of the trace."""

    def seed(self, request: SeedRequest) -> SeedResult:
        """Make the request's branch hold the seed, unless it holds something else.

        Raises:
            SeedRepositoryError: whatever went wrong, in words for the person who asked for the project.

        """
        if request.is_deletion:
            self.log.info("The project is being deleted; its repository is kept.", extra=_about(request))
            url = f"{request.host.base_url}/{request.repository.full_name}"
            return SeedResult(status="skipped", repository_url=url, branch=request.repository.branch)
        check_host(request.host, self.settings)
        credential = credential_of(read_secret(self.secrets, request.credential.secret_arn), request.host)
        return credential.shield(lambda: self._push(request, self._render(request), credential))

    def _render(self, request: SeedRequest) -> "_Rendered":
        with self.span("fetch seed"):
            archive = download(self.s3, request.seed, self.settings)
        with self.span("render seed"):
            seed = open_archive(archive, self.settings)
            files = render(seed, placeholder_values(request))
            tree = build_tree(files)
        self.figures.files, self.figures.bytes = tree.file_count, tree.byte_count
        return _Rendered(tree, holds_workflows=_holds_workflows(files))

    def _push(self, request: SeedRequest, rendered: "_Rendered", credential: Credential) -> SeedResult:
        transport = Transport(self.pool, credential, self.patience.deadline, self.settings.request_timeout_seconds)
        host = _host(request, transport, rendered)
        attempt = _Attempt(request, rendered.tree, host, transport, self.log)

        def on_retry(error: HostUnavailable, wait: float) -> None:
            self.figures.retries += 1
            self.log.warning(
                "The git host failed; asking again.",
                extra={**_about(request), "reason": str(error), "wait_seconds": wait},
            )

        try:
            with self.span("push seed"):
                return persist(attempt, self.patience, on_retry)
        finally:
            self.figures.requests = transport.request_count


@dataclass(frozen=True)
class _Rendered:
    """The seed as git sees it, and what pushing it takes."""

    tree: SeedTree
    holds_workflows: bool


@dataclass
class _Attempt:
    """One look at the repository and, if the branch is missing, one push. Called again, it looks again."""

    request: SeedRequest
    tree: SeedTree
    host: GitHost
    transport: Transport
    log: "Logger | logging.Logger"
    sent: set[str] = field(default_factory=set)
    """Commits that an earlier attempt sent, without learning whether they arrived."""

    def __call__(self) -> SeedResult:
        repository = self.host.find_or_create(self.request)
        snapshot = build_snapshot(self.tree, self.request, repository.created)
        branch = self.request.repository.branch

        def before_sending() -> None:
            self.sent.add(snapshot.commit.id)

        pushed = push_snapshot(
            snapshot,
            branch,
            repository=repository,
            host=self.host,
            transport=self.transport,
            before_sending=before_sending,
        )
        self._tell_oddities(repository, other_branches=pushed.other_branches)
        if pushed.head is None or (pushed.head == snapshot.commit.id and pushed.head in self.sent):
            return self._result("created", snapshot.commit.id, repository)
        return self._existing(pushed.head, snapshot, repository)

    def _existing(self, head: str, snapshot: Snapshot, repository: Repository) -> SeedResult:
        seeded = self.host.seed_commit(repository, head, snapshot.commit.id, snapshot.tree.id)
        if seeded is not None:
            return self._result("unchanged", seeded, repository)
        about = {**_about(self.request), "head": head, "seed_tree": snapshot.tree.id}
        if self.request.repository.on_existing_content == "pull-request" and isinstance(self.host, GitHubHost):
            return self._propose(self.host, head, repository, about)
        self.log.warning("The branch holds other work, which is left alone: nothing was pushed.", extra=about)
        return self._result("skipped", head, repository)

    def _propose(
        self, host: GitHubHost, head: str, repository: Repository, about: dict[str, object]
    ) -> SeedResult:
        from seed_repository.proposal import Proposer  # noqa: PLC0415 - most repositories are empty

        if repository.obstacle is not None:
            raise repository.obstacle
        proposal = Proposer(self.request, host, self.transport, self.log).propose(repository, self.tree, head)
        if not proposal.needed:
            return self._result("unchanged", head, repository)
        self.log.warning(
            "The branch holds other work, which is left alone.", extra={**about, "pull_request": proposal.url}
        )
        return self._result("skipped", head, repository, pull_request=proposal.url)

    def _result(
        self,
        status: Literal["created", "unchanged", "skipped"],
        commit: str,
        repository: Repository,
        *,
        pull_request: str | None = None,
    ) -> SeedResult:
        return SeedResult(
            status=status,
            commit_sha=commit,
            repository_url=repository.url,
            branch=self.request.repository.branch,
            pull_request_url=pull_request,
        )

    def _tell_oddities(self, repository: Repository, *, other_branches: bool) -> None:
        wanted = self.request.repository
        if repository.full_name.lower() != wanted.full_name.lower():
            self.log.warning(
                "The repository was renamed; it is used under its new name.",
                extra={**_about(self.request), "new_name": repository.full_name},
            )
        if other_branches and repository.default_branch not in {None, wanted.branch}:
            self.log.warning(
                "The branch is not the repository's default branch.",
                extra={**_about(self.request), "default_branch": repository.default_branch},
            )


def placeholder_values(request: SeedRequest) -> dict[str, str]:
    """What the templates of every seed can use, and whatever else the request's context brings."""
    return {
        **request.context.model_dump(),
        "project_name": request.project.name,
        "project_id": request.project.id,
        "repository": request.repository.full_name,
        "branch": request.repository.branch,
        "release": request.seed.release,
    }


def _host(request: SeedRequest, transport: Transport, rendered: _Rendered) -> GitHost:
    if request.host.kind != "github" or request.host.api_url is None:
        return PlainGitHost()
    permissions = {"contents": "write"}
    if rendered.holds_workflows:
        permissions["workflows"] = "write"
    if request.repository.on_existing_content == "pull-request":
        permissions["pull_requests"] = "write"
    return github_at(request.host.base_url, request.host.api_url, transport, permissions)


def _holds_workflows(files: Iterable[SeedFile]) -> bool:
    return any(file.path.startswith(".github/workflows/") for file in files)


def _about(request: SeedRequest) -> dict[str, object]:
    return {
        "repository": request.repository.full_name,
        "branch": request.repository.branch,
        "seed": request.seed.name,
        "release": request.seed.release,
    }
