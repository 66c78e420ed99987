"""Offering the seed to a branch that holds other work: as a pull request, once.

Calls (docs.github.com/en/rest): list pull requests; get a tree; create a pull request. Git pushes the commit.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from seed_repository.errors import HostAnswerUnexpected, SeedRepositoryError
from seed_repository.events import SeedRequest
from seed_repository.git_host import Repository
from seed_repository.github import (
    CONTENTS,
    CREATED,
    OK,
    UNPROCESSABLE,
    GitHubHost,
    json_list,
    json_object,
    path_of,
)
from seed_repository.overlay import Entries, Overlay, lay_over
from seed_repository.push import push_snapshot
from seed_repository.refusals import refusal
from seed_repository.snapshot import SeedTree, build_folders, build_snapshot
from seed_repository.transport import Transport

if TYPE_CHECKING:
    from aws_lambda_powertools import Logger

PULL_REQUESTS = (
    'the permission "Pull requests: read and write" (fine-grained token or GitHub App) or the scope "repo" '
    "(classic token)"
)


@dataclass(frozen=True)
class Proposal:
    """What came of it. Without a URL and without need there was nothing to propose: the branch has it all."""

    url: str | None
    needed: bool = True


@dataclass(frozen=True)
class Proposer:
    """Makes the branch ``seed/<release>`` and its pull request, unless they were made before."""

    request: SeedRequest
    host: GitHubHost
    transport: Transport
    log: "Logger | logging.Logger"

    def propose(self, repository: Repository, seed: SeedTree, head: str) -> Proposal:
        """Propose the seed on top of ``head``.

        A pull request that was ever made for this release is the answer, whatever people did with it: closing it
        is an answer too, and is not asked again.

        Raises:
            SeedRepositoryError: if the host refuses.

        """
        known = self._find(repository)
        if known is not None:
            return Proposal(known)
        tree = self.host.tree_of(repository, head)
        existing = self._entries(repository, tree)
        if existing is None:
            return Proposal(None)
        overlay = lay_over(seed, existing)
        if overlay.tree.id == tree:
            return Proposal(None, needed=False)
        snapshot = build_snapshot(overlay.tree, self.request, repository.created, parent=head)
        # A branch that is there already was pushed by an attempt that got no further: it is used as it is.
        push_snapshot(
            snapshot,
            self.request.seed_branch,
            repository=repository,
            host=self.host,
            transport=self.transport,
            before_sending=_nothing,
        )
        return Proposal(self._open(repository, overlay))

    def _find(self, repository: Repository) -> str | None:
        owner = repository.full_name.partition("/")[0]
        head = quote(f"{owner}:{self.request.seed_branch}", safe="")
        base = quote(self.request.repository.branch, safe="")
        path = f"{path_of(repository.full_name)}/pulls?state=all&head={head}&base={base}&per_page=1"
        answer = self.host.get(path)
        if answer.status != OK:
            raise refusal(answer, what=f"list pull requests of {repository.full_name}", needs=PULL_REQUESTS)
        found = json_list(answer)
        return _address(found[0]) if found else None

    def _entries(self, repository: Repository, tree: str) -> Entries | None:
        answer = self.host.get(f"{path_of(repository.full_name)}/git/trees/{tree}?recursive=1")
        if answer.status != OK:
            raise refusal(answer, what=f"list the files of {repository.full_name}", needs=CONTENTS)
        content = json_object(answer)
        entries = {
            str(entry["path"]): (int(str(entry["mode"]), 8), str(entry["sha"]))
            for entry in content.get("tree", [])
            if entry.get("type") != "tree"
        }
        # GitHub shortens long lists, and names that are not UTF-8 do not survive JSON. Whoever commits on top of
        # an incomplete list deletes files, so the list has to lead to the very same tree.
        if content.get("truncated") or build_folders(entries)[0] != tree:
            self.log.warning(
                "The host does not list all files of the branch: no pull request is made.",
                extra={"repository": repository.full_name, "tree": tree, "files": len(entries)},
            )
            return None
        return entries

    def _open(self, repository: Repository, overlay: Overlay) -> str | None:
        wanted = self.request.repository
        content = {
            "title": f"Add the {self.request.seed.name} seed to {wanted.branch}",
            "head": self.request.seed_branch,
            "base": wanted.branch,
            "body": _body(self.request, overlay),
        }
        answer = self.host.call("POST", f"{path_of(repository.full_name)}/pulls", content)
        if answer.status == CREATED:
            return _address(json_object(answer))
        if answer.status == UNPROCESSABLE and "already exists" in answer.said:
            return self._find(repository)
        if answer.status == UNPROCESSABLE:
            raise SeedRepositoryError(
                f"No pull request can be made from {self.request.seed_branch} to {wanted.branch} in "
                f'{repository.full_name}. GitHub says: "{answer.said}"'
            )
        raise refusal(answer, what=f"open a pull request in {repository.full_name}", needs=PULL_REQUESTS)


_nothing: Callable[[], None] = lambda: None  # noqa: E731 - a name for doing nothing


def _address(pull: Any) -> str:
    address = pull.get("html_url") if isinstance(pull, dict) else None
    if not isinstance(address, str):
        raise HostAnswerUnexpected("The host describes a pull request without its address.")
    return address


def _body(request: SeedRequest, overlay: Overlay) -> str:
    return (
        f"The SageMaker project **{request.project.name}** ({request.project.id}) was created for this "
        f"repository, whose branch `{request.repository.branch}` held other work. This proposes the files of the "
        f"seed {request.seed.name} {request.seed.release} on top of it: {overlay.added} new, {overlay.changed} "
        "changed, none removed unless a file and a folder share a name.\n\n"
        "Merge it to let the project's pipeline build this repository, or close it: it is proposed only once."
    )
