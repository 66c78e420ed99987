"""The git host: what its parts share, and what happens after a push."""

from collections.abc import Callable
from pathlib import Path
from shutil import copyfile
from typing import Any

from dulwich.objects import Commit

from localcloud.githost import git_data
from localcloud.githost.accounts import PLATFORM_SCOPES, Accounts, Token
from localcloud.githost.api.shapes import Shapes
from localcloud.githost.apps import Apps
from localcloud.githost.faults import Faults
from localcloud.githost.permissions import Permissions
from localcloud.githost.repositories import Repositories, Repository
from localcloud.githost.smart_http import RefUpdate

Publish = Callable[[str, dict[str, Any]], None]

_HOOKS = Path(__file__).parent / "hooks"
_ZERO = "0" * 40


class GitHost:
    """A GitHub Enterprise Server as far as git and the REST calls of this project go.

    Args:
        directory: where repositories are kept.
        base_url: the address that people and clients use, as `http://127.0.0.1:4567`.
        publish: receives `git.push`, `git.tag` and `git.pull_request` events.
        faults: what it shall do wrong; a list of its own unless given.

    """

    def __init__(
        self, directory: Path, base_url: Callable[[], str], publish: Publish, faults: Faults | None = None
    ) -> None:
        self._base_url = base_url
        self._publish = publish
        hooks = directory / "hooks"
        hooks.mkdir(parents=True, exist_ok=True)
        for hook in _HOOKS.iterdir():
            copyfile(hook, hooks / hook.name)
            (hooks / hook.name).chmod(0o755)
        self.accounts = Accounts()
        self.permissions = Permissions(self.accounts)
        self.apps = Apps(self.accounts)
        self.repositories = Repositories(directory / "repositories", hooks)
        self.faults = faults or Faults()

    @property
    def base_url(self) -> str:
        """The host's address, without a slash at its end."""
        return self._base_url().rstrip("/")

    @property
    def api_url(self) -> str:
        """Where the REST API begins."""
        return f"{self.base_url}/api/v3"

    @property
    def shapes(self) -> Shapes:
        """The maker of JSON objects, with this host's addresses."""
        return Shapes(self.base_url)

    def register(self, user: str, token: str, organizations: tuple[str, ...]) -> None:
        """The accounts that are there from the start: a user with a token, and organizations it administers."""
        self.accounts.add_user(user)
        for organization in organizations:
            self.accounts.add_organization(organization, admins=[user])
        if token:
            scopes = PLATFORM_SCOPES | {"delete_repo", "admin:org"}
            self.accounts.add_token(Token(value=token, login=user, scopes=scopes))

    def pushed(self, repository: Repository, updates: list[RefUpdate], login: str) -> None:
        """Keep the books after refs changed (by a push or through the API) and tell the subscribers."""
        repository.after_push([update.branch for update in updates if update.branch])
        for update in updates:
            event: dict[str, Any] = {
                "repository": repository.full_name,
                "ref": update.ref,
                "before": update.old,
                "commit": update.new,
                "deleted": update.deleted,
                "pusher": login,
            }
            if update.branch is not None:
                self._publish("git.push", {**event, "branch": update.branch})
            elif update.ref.startswith("refs/tags/"):
                self._publish("git.tag", {**event, "tag": update.ref.removeprefix("refs/tags/")})

    def pull_changed(self, repository: Repository, pull: dict[str, Any], action: str) -> None:
        """Tell the subscribers about a pull request: `opened`, `updated`, `closed` (merged or not)."""
        self._publish(
            "git.pull_request", {"repository": repository.full_name, "action": action, "pull": dict(pull)}
        )

    def signature(self, login: str) -> bytes:
        """The author of what the host itself commits for an account."""
        account = self.accounts.find(login)
        if account is None:
            raise KeyError(login)
        return git_data.signature(account, "localhost")

    def write_file(
        self, repository: Repository, branch: str, path: str, content: bytes, *, message: str, login: str
    ) -> Commit:
        """Commit one file to a branch; the first commit when the repository is empty."""
        with repository.lock, repository.open() as repo:
            sha = git_data.add_blob(repo, content)
            changes: list[git_data.TreeChange] = [(path.encode(), git_data.FILE_MODE, sha)]
            return self._commit_changes(repository, branch, changes, message=message, login=login)

    def delete_file(self, repository: Repository, branch: str, path: str, *, message: str, login: str) -> Commit:
        """Commit the removal of one file."""
        with repository.lock:
            return self._commit_changes(
                repository, branch, [(path.encode(), None, None)], message=message, login=login
            )

    def _commit_changes(
        self,
        repository: Repository,
        branch: str,
        changes: list[git_data.TreeChange],
        *,
        message: str,
        login: str,
    ) -> Commit:
        ref = f"refs/heads/{branch}"
        with repository.open() as repo:
            parent = git_data.resolve_commit(repo, ref)
            tree = git_data.add_tree(repo, parent.tree if parent else None, changes)
            commit = git_data.add_commit(
                repo, tree.id, [parent.id] if parent else [], message, author=self.signature(login)
            )
            if parent is None:
                git_data.create_ref(repo, ref, commit.id)
            else:
                git_data.move_ref(repo, ref, commit.id)
        old = parent.id.decode() if parent else _ZERO
        self.pushed(repository, [RefUpdate(old, commit.id.decode(), ref)], login)
        return commit
