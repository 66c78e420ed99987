"""GitHub and GitHub Enterprise Server, by the six REST calls that git itself cannot do.

Calls (docs.github.com/en/rest, version 2022-11-28): get a repository; get the authenticated user; create a
repository for an organization or for a user; compare two commits; get a commit; update (archive) a repository.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal
from urllib.parse import quote

from seed_repository.errors import (
    HostAnswerUnexpected,
    HostUnavailable,
    PermissionMissing,
    RepositoryMissing,
    RepositoryNotCreated,
    RepositoryReadOnly,
    SeedRepositoryError,
)
from seed_repository.events import RepositoryRequest, SeedRequest, full_name_of
from seed_repository.git_host import Repository
from seed_repository.refusals import FORBIDDEN, NOT_FOUND, refusal
from seed_repository.transport import Answer, Transport

OK = 200
CREATED = 201
UNPROCESSABLE = 422
_HEADERS = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}

CONTENTS = (
    'the permission "Contents: read and write" (fine-grained token or GitHub App) or the scope "repo" '
    "(classic token)"
)
METADATA = 'the permission "Metadata: read" (fine-grained token or GitHub App) or the scope "repo" (classic token)'
ADMINISTRATION = (
    'the permission "Administration: read and write" for all repositories of the owner (fine-grained token or '
    'GitHub App) or the scope "repo" (classic token), and the organization must allow it to create repositories'
)
ARCHIVING = (
    'the permission "Administration: read and write" on this repository (fine-grained token or GitHub App) or the '
    'scope "repo" of an account with admin rights on it (classic token)'
)


class GitHubHost:
    """A GitHub, by its REST API and git."""

    def __init__(self, transport: Transport, *, base_url: str, api_url: str) -> None:
        self._transport = transport
        self._base_url = base_url
        self._api_url = api_url
        self._trees: dict[str, str] = {}

    def find_or_create(self, request: SeedRequest) -> Repository:
        """The repository of a request, created if it is missing and the request says so.

        A repository that was renamed or transferred is found under its new name: GitHub redirects.

        Raises:
            RepositoryMissing: if there is none, and it is not to be created.
            RepositoryNotCreated, PermissionMissing: if it cannot be created.

        """
        wanted = request.repository
        found = self._find(wanted.full_name)
        if found is not None:
            return found
        if not wanted.create:
            raise RepositoryMissing(
                f"The repository {wanted.full_name} does not exist on {self._base_url}, or the credential may not "
                "see it. Create it, or let the platform create repositories (github.create_repository), or give "
                f"the credential access to it: it needs {METADATA}."
            )
        return self._create(wanted)

    def seed_commit(self, repository: Repository, head: str, commit: str, tree: str) -> str | None:
        """The seed's commit, if ``head`` has it: ``commit`` in its history, or ``head`` if that holds ``tree``."""
        if head == commit:
            return commit
        # The second page has neither the list of files nor their patches: the answer stays small.
        compared = self.get(f"{path_of(repository.full_name)}/compare/{commit}...{head}?per_page=1&page=2")
        if compared.status == OK:
            return commit if json_object(compared).get("status") in {"ahead", "identical"} else None
        if compared.status != NOT_FOUND:
            raise refusal(compared, what=f"compare commits of {repository.full_name}", needs=CONTENTS)
        # The seed's commit is unknown there. Somebody may have committed the same content in another way.
        return head if self.tree_of(repository, head) == tree else None

    def archive(self, full_name: str) -> Literal["archived", "unchanged", "missing"]:
        """Make a repository read-only; one that was renamed is found under its new name.

        Raises:
            PermissionMissing: the credential may not.

        """
        found = self._find(full_name)
        if found is None:
            return "missing"
        if found.archived:
            return "unchanged"
        answer = self.call("PATCH", path_of(found.full_name), {"archived": True})
        if answer.status == OK:
            return "archived"
        if answer.status == FORBIDDEN and "archived" in answer.said.lower():
            return "unchanged"  # by somebody else, since it was looked up
        raise refusal(answer, what=f"archive {found.full_name}", needs=ARCHIVING)

    def tree_of(self, repository: Repository, commit: str) -> str:
        """The id of the tree that a commit holds; asked once."""
        if commit not in self._trees:
            described = self.get(f"{path_of(repository.full_name)}/git/commits/{commit}")
            if described.status == NOT_FOUND:
                raise HostUnavailable(f"{repository.full_name} does not show its newest commit {commit} yet.")
            if described.status != OK:
                raise refusal(described, what=f"read a commit of {repository.full_name}", needs=CONTENTS)
            held = json_object(described).get("tree")
            if not isinstance(held, dict) or not isinstance(held.get("sha"), str):
                raise HostAnswerUnexpected(f"{described.url} describes a commit without its tree.")
            self._trees[commit] = held["sha"]
        return self._trees[commit]

    def git_refusal(self, answer: Answer, repository: Repository) -> SeedRepositoryError:
        """What an answer other than 200 to one of git's own requests means."""
        return refusal(answer, what=f"push to {repository.full_name}", needs=CONTENTS)

    def _find(self, full_name: str) -> Repository | None:
        answer = self.get(path_of(full_name))
        if answer.status == OK:
            return self._repository(json_object(answer), just_created=False)
        if answer.status == NOT_FOUND:
            return None
        raise refusal(answer, what=f"look up {full_name}", needs=METADATA)

    def _create(self, wanted: RepositoryRequest) -> Repository:
        owner, _, name = wanted.full_name.partition("/")
        own = self._belongs_to_credential(owner)
        content: dict[str, object] = {
            "name": name,
            "description": wanted.description,
            "private": wanted.visibility != "public",
            "auto_init": False,
        }
        if own and wanted.visibility == "internal":
            raise RepositoryNotCreated(
                f"{wanted.full_name} cannot be created: {owner} is a person, and only organizations have internal "
                "repositories. Choose the visibility private or public."
            )
        if wanted.visibility == "internal":
            content["visibility"] = "internal"
        path = "/user/repos" if own else f"/orgs/{quote(owner)}/repos"
        answer = self.call("POST", path, content)
        if answer.status == CREATED:
            return self._repository(json_object(answer), just_created=True)
        raise self._not_created(answer, wanted, own=own)

    def _not_created(self, answer: Answer, wanted: RepositoryRequest, *, own: bool) -> SeedRepositoryError:
        said = answer.said
        if answer.status == NOT_FOUND:
            return PermissionMissing(
                f"{wanted.full_name} cannot be created: {wanted.full_name.partition('/')[0]} is neither the "
                "credential's own account nor an organization in which it may create repositories. "
                f"It needs {ADMINISTRATION}."
            )
        if answer.status == UNPROCESSABLE and "already exists" in said:
            return PermissionMissing(
                f"{wanted.full_name} exists already, but the credential may not see it. Give it access to this "
                f"repository: it needs {CONTENTS}."
            )
        if answer.status in {UNPROCESSABLE, 400}:
            account = "the account" if own else "the organization"
            return RepositoryNotCreated(
                f"{wanted.full_name} cannot be created: {account} or GitHub refuses it as asked for. "
                f'GitHub says: "{said}"'
            )
        return refusal(answer, what=f"create {wanted.full_name}", needs=ADMINISTRATION)

    def _belongs_to_credential(self, owner: str) -> bool:
        """Whether the owner is the person whose token this is: their repositories are created in another way."""
        answer = self.get("/user")
        if answer.status == OK:
            return str(json_object(answer).get("login", "")).lower() == owner.lower()
        if answer.status == FORBIDDEN and "integration" in answer.said.lower():
            return False  # a GitHub App's token has no user: "Resource not accessible by integration"
        raise refusal(answer, what="ask whose credential this is", needs=METADATA)

    def _repository(self, content: Mapping[str, Any], *, just_created: bool) -> Repository:
        full_name = content.get("full_name")
        if not isinstance(full_name, str) or full_name.count("/") != 1:
            raise HostAnswerUnexpected(f"{self._api_url} describes a repository without its full name.")
        created = content.get("created_at")
        default_branch = content.get("default_branch")
        return Repository(
            full_name=full_name,
            url=f"{self._base_url}/{full_name}",
            created=_time(created) if isinstance(created, str) else None,
            default_branch=default_branch if isinstance(default_branch, str) else None,
            archived=content.get("archived") is True,
            just_created=just_created,
            obstacle=_obstacle(full_name, content),
        )

    def get(self, path: str) -> Answer:
        """Read something of the API."""
        return self.call("GET", path, None)

    def call(
        self, method: str, path: str, content: Mapping[str, object] | None, *, authorization: str | None = None
    ) -> Answer:
        """Call the API; with the credential's token unless another authorization is given."""
        headers = dict(_HEADERS)
        body = None
        if content is not None:
            headers["Content-Type"] = "application/json"
            body = json.dumps(content).encode("utf-8")
        return self._transport.request(
            method,
            self._api_url + path,
            authorization=authorization or self._transport.credential.bearer,
            headers=headers,
            body=body,
        )


def path_of(full_name: str) -> str:
    """Where the API keeps a repository.

    Raises:
        HostAnswerUnexpected: it is no name, and its address would be something else of the API. Requests were
            checked before; names that the host gives to a renamed repository were not.

    """
    try:
        checked = full_name_of(full_name)
    except ValueError as error:
        raise HostAnswerUnexpected(f"The name of a repository that the host gives {error}.") from None
    if checked.count("/") != 1:
        raise HostAnswerUnexpected("The name of a repository that the host gives must be owner/name.")
    return f"/repos/{quote(checked)}"


def _obstacle(full_name: str, content: Mapping[str, Any]) -> SeedRepositoryError | None:
    if content.get("archived") is True:
        return RepositoryReadOnly(f"The repository {full_name} is archived: unarchive it, or choose another one.")
    if content.get("disabled") is True:
        return RepositoryReadOnly(f"The repository {full_name} is disabled by GitHub: choose another one.")
    permissions = content.get("permissions")
    if isinstance(permissions, dict) and permissions.get("push") is False:
        return PermissionMissing(f"The credential may not push to {full_name}. It needs {CONTENTS}.")
    return None


def json_object(answer: Answer) -> dict[str, Any]:
    """The object that an answer holds.

    Raises:
        HostAnswerUnexpected: if it holds none: something between here and the host answered.

    """
    try:
        content = json.loads(answer.body)
    except ValueError:
        raise HostAnswerUnexpected(
            f"{answer.url} does not answer JSON: is api_url the address of GitHub's API?"
        ) from None
    if not isinstance(content, dict):
        raise HostAnswerUnexpected(
            f"{answer.url} does not answer a JSON object: is api_url the address of GitHub's API?"
        )
    return content


def json_list(answer: Answer) -> list[Any]:
    """The list that an answer holds.

    Raises:
        HostAnswerUnexpected: if it holds none.

    """
    try:
        content = json.loads(answer.body)
    except ValueError:
        content = None
    if not isinstance(content, list):
        raise HostAnswerUnexpected(
            f"{answer.url} does not answer a JSON list: is api_url the address of GitHub's API?"
        )
    return content


def _time(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else None
