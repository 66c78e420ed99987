"""GitHub's JSON objects, with the members that clients use (https://docs.github.com/en/rest)."""

from datetime import UTC, datetime
from typing import Any

from dulwich.objects import Commit

from localcloud.githost.accounts import Account
from localcloud.githost.repositories import Repository


class Shapes:
    """Makes the objects; every URL in them leads back to this host."""

    def __init__(self, base_url: str) -> None:
        self.base = base_url
        self.api = f"{base_url}/api/v3"

    def account(self, account: Account) -> dict[str, Any]:
        """A simple user: users and organizations alike."""
        return {
            "login": account.login,
            "id": account.id,
            "node_id": f"A_{account.id}",
            "url": f"{self.api}/users/{account.login}",
            "html_url": f"{self.base}/{account.login}",
            "repos_url": f"{self.api}/users/{account.login}/repos",
            "type": account.kind,
            "site_admin": False,
        }

    def repository(self, repository: Repository, permissions: dict[str, bool] | None = None) -> dict[str, Any]:
        """A full repository."""
        name = repository.full_name
        url = f"{self.api}/repos/{name}"
        shape = {
            "id": repository.id,
            "node_id": f"R_{repository.id}",
            "name": repository.name,
            "full_name": name,
            "private": repository.private,
            "visibility": "private" if repository.private else "public",
            "owner": self.account(repository.owner),
            "html_url": f"{self.base}/{name}",
            "description": repository.description,
            "fork": False,
            "url": url,
            "branches_url": f"{url}/branches{{/branch}}",
            "commits_url": f"{url}/commits{{/sha}}",
            "contents_url": f"{url}/contents/{{+path}}",
            "git_refs_url": f"{url}/git/refs{{/sha}}",
            "pulls_url": f"{url}/pulls{{/number}}",
            "clone_url": f"{self.base}/{name}.git",
            "git_url": f"{self.base}/{name}.git",
            "ssh_url": f"git@localhost:{name}.git",
            "default_branch": repository.default_branch,
            "archived": repository.archived,
            "disabled": False,
            "is_template": False,
            "has_issues": True,
            "created_at": timestamp(repository.created_at),
            "updated_at": timestamp(repository.updated_at),
            "pushed_at": timestamp(repository.pushed_at),
            "size": 0 if repository.empty() else 1,
        }
        if permissions is not None:
            shape["permissions"] = permissions
        if repository.owner.kind == "Organization":
            shape["organization"] = self.account(repository.owner)
        return shape

    def commit(self, repository: Repository, commit: Commit) -> dict[str, Any]:
        """A commit as the repository lists it."""
        sha = commit.id.decode()
        url = f"{self.api}/repos/{repository.full_name}"
        return {
            "sha": sha,
            "node_id": f"C_{sha}",
            "commit": {
                "author": identity(commit.author, commit.author_time),
                "committer": identity(commit.committer, commit.commit_time),
                "message": commit.message.decode("utf-8", "replace").rstrip("\n"),
                "tree": {"sha": commit.tree.decode(), "url": f"{url}/git/trees/{commit.tree.decode()}"},
                "url": f"{url}/git/commits/{sha}",
                "comment_count": 0,
            },
            "url": f"{url}/commits/{sha}",
            "html_url": f"{self.base}/{repository.full_name}/commit/{sha}",
            "author": None,
            "committer": None,
            "parents": [
                {"sha": parent.decode(), "url": f"{url}/commits/{parent.decode()}"} for parent in commit.parents
            ],
        }

    def git_commit(self, repository: Repository, commit: Commit) -> dict[str, Any]:
        """A commit as the git database has it."""
        shape = self.commit(repository, commit)
        inner = shape["commit"]
        return {
            "sha": shape["sha"],
            "node_id": shape["node_id"],
            "url": inner["url"],
            "html_url": shape["html_url"],
            "author": inner["author"],
            "committer": inner["committer"],
            "tree": inner["tree"],
            "message": inner["message"],
            "parents": shape["parents"],
        }

    def branch(self, repository: Repository, name: str, sha: str) -> dict[str, Any]:
        """A branch as the list has it."""
        return {
            "name": name,
            "commit": {"sha": sha, "url": f"{self.api}/repos/{repository.full_name}/commits/{sha}"},
            "protected": name in repository.protected_branches,
        }

    def reference(self, repository: Repository, ref: str, sha: str, kind: str = "commit") -> dict[str, Any]:
        """A ref of the git database."""
        url = f"{self.api}/repos/{repository.full_name}/git"
        return {
            "ref": ref,
            "node_id": f"REF_{repository.id}_{ref}",
            "url": f"{url}/{ref}",
            "object": {"type": kind, "sha": sha, "url": f"{url}/{kind}s/{sha}"},
        }

    def pull(self, repository: Repository, pull: dict[str, Any]) -> dict[str, Any]:
        """A pull request; its record is kept in the repository's `pulls`."""
        url = f"{self.api}/repos/{repository.full_name}/pulls/{pull['number']}"
        owner = self.account(repository.owner)
        branches = repository.branches()

        def side(branch: str) -> dict[str, Any]:
            return {
                "label": f"{repository.owner.login}:{branch}",
                "ref": branch,
                "sha": branches.get(branch, pull["shas"][branch]),
                "user": owner,
                "repo": self.repository(repository),
            }

        return {
            "id": pull["id"],
            "number": pull["number"],
            "url": url,
            "html_url": f"{self.base}/{repository.full_name}/pull/{pull['number']}",
            "state": pull["state"],
            "title": pull["title"],
            "body": pull["body"],
            "draft": pull["draft"],
            "user": pull["user"],
            "created_at": pull["created_at"],
            "updated_at": pull["updated_at"],
            "closed_at": pull["closed_at"],
            "merged_at": pull["merged_at"],
            "merged": pull["merged_at"] is not None,
            "merge_commit_sha": pull["merge_commit_sha"],
            "head": side(pull["head"]),
            "base": side(pull["base"]),
        }


def timestamp(moment: datetime) -> str:
    """GitHub's form of a time."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def identity(raw: bytes, seconds: float) -> dict[str, str]:
    """An author or committer: `Name <address>` and a time."""
    name, _, address = raw.decode("utf-8", "replace").partition(" <")
    moment = datetime.fromtimestamp(seconds, UTC)
    return {"name": name, "email": address.rstrip(">"), "date": timestamp(moment)}
