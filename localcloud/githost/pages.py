"""The pages a person sees: a repository's files and commits, a file, a commit, the list of repositories.

They need no sign-in, even for private repositories: the host listens on 127.0.0.1 only, and the links in the
summary of a demo should simply open.
"""

import re
import subprocess
from datetime import UTC, datetime
from typing import Any

from dulwich.objects import Blob, Commit, Tree
from jinja2 import Environment, PackageLoader, StrictUndefined
from werkzeug.wrappers import Request, Response

from localcloud.githost import git_data
from localcloud.githost.host import GitHost
from localcloud.githost.repositories import Repository, git_environment

_PATH = re.compile(
    r"/(?P<owner>[^/]+)/(?P<name>[^/]+)(?:/(?P<view>tree|blob|raw|commit|commits|pulls)(?:/(?P<rest>.*))?)?/?"
)
_COMMITS = 50
_SHOWN_BYTES = 200_000


class Pages:
    """Renders the pages from templates, everything escaped."""

    def __init__(self, host: GitHost) -> None:
        self._host = host
        self._environment = Environment(
            loader=PackageLoader("localcloud.githost"), autoescape=True, undefined=StrictUndefined
        )

    def answer(self, request: Request) -> Response:
        """Serve one page."""
        if request.path == "/":
            repositories = sorted(self._host.repositories, key=lambda item: item.full_name.lower())
            return self._page("home.html", repositories=repositories)
        match = _PATH.fullmatch(request.path)
        repository = (
            self._host.repositories.find(match["owner"], match["name"].removesuffix(".git")) if match else None
        )
        if match is None or repository is None:
            return self._page("missing.html", status=404, path=request.path)
        if repository.empty():
            return self._page("empty.html", repository=repository)
        view, rest = match["view"] or "tree", match["rest"] or ""
        if view == "commit":
            return self._commit(repository, rest)
        if view == "commits":
            return self._commits(repository, rest or repository.default_branch)
        if view == "pulls":
            return self._page("pulls.html", repository=repository, pulls=list(reversed(repository.pulls)))
        return self._tree_or_file(repository, view, rest)

    def _tree_or_file(self, repository: Repository, view: str, rest: str) -> Response:
        branch, path = _split(repository, rest)
        with repository.open() as repo:
            commit = git_data.resolve_commit(repo, branch)
            found = git_data.lookup(repo, commit, path) if commit is not None else None
            if commit is None or found is None:
                return self._page("missing.html", status=404, path=f"{repository.full_name}/{rest}")
            node = found[1]
            common: dict[str, Any] = {
                "repository": repository,
                "branch": branch,
                "path": path,
                "branches": repository.branches(),
            }
            if isinstance(node, Blob):
                if view == "raw":
                    return Response(node.data, content_type="text/plain; charset=utf-8")
                return self._page("file.html", **common, size=len(node.data), text=_text(node.data))
            if not isinstance(node, Tree):
                return self._page("missing.html", status=404, path=path)
            entries = sorted(
                ((item.path.decode("utf-8", "replace"), item.mode == 0o40000) for item in node.iteritems()),
                key=lambda entry: (not entry[1], entry[0].lower()),
            )
            readme = git_data.lookup(repo, commit, f"{path}/README.md")
            commits = git_data.history(repo, commit, limit=_COMMITS)
            return self._page(
                "tree.html",
                **common,
                entries=entries,
                commits=[_summary(item) for item in commits],
                readme=_text(readme[1].data) if readme and isinstance(readme[1], Blob) else None,
            )

    def _commits(self, repository: Repository, branch: str) -> Response:
        with repository.open() as repo:
            start = git_data.resolve_commit(repo, branch)
            if start is None:
                return self._page("missing.html", status=404, path=f"{repository.full_name}/commits/{branch}")
            commits = git_data.history(repo, start, limit=500)
        return self._page(
            "commits.html", repository=repository, branch=branch, commits=[_summary(item) for item in commits]
        )

    def _commit(self, repository: Repository, revision: str) -> Response:
        with repository.open() as repo:
            commit = git_data.resolve_commit(repo, revision)
        if commit is None:
            return self._page("missing.html", status=404, path=f"{repository.full_name}/commit/{revision}")
        patch = subprocess.run(
            ["git", "show", "--format=", "--stat", "--patch", commit.id.decode()],
            cwd=repository.path,
            env=git_environment(repository.path),
            capture_output=True,
            check=True,
        )
        return self._page(
            "commit.html", repository=repository, commit=_summary(commit), patch=_text(patch.stdout) or "(binary)"
        )

    def _page(self, template: str, status: int = 200, **values: Any) -> Response:
        html = self._environment.get_template(template).render(host=self._host, **values)
        headers = {
            "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
            "X-Content-Type-Options": "nosniff",
        }
        return Response(html, status=status, content_type="text/html; charset=utf-8", headers=headers)


def _split(repository: Repository, rest: str) -> tuple[str, str]:
    """Branch and path: a branch may have slashes in its name, so the longest one that fits is taken."""
    if not rest:
        return repository.default_branch, ""
    for branch in sorted(repository.branches(), key=len, reverse=True):
        if rest == branch or rest.startswith(f"{branch}/"):
            return branch, rest[len(branch) + 1 :].strip("/")
    revision, _, path = rest.partition("/")
    return revision, path.strip("/")


def _summary(commit: Commit) -> dict[str, str]:
    message = commit.message.decode("utf-8", "replace").strip()
    title, _, body = message.partition("\n")
    moment = datetime.fromtimestamp(commit.commit_time, UTC)
    return {
        "sha": commit.id.decode(),
        "title": title,
        "body": body.strip(),
        "author": commit.author.decode("utf-8", "replace").split(" <")[0],
        "date": moment.strftime("%Y-%m-%d %H:%M:%S UTC"),
    }


def _text(content: bytes) -> str | None:
    """A file as text, None when it is binary."""
    if b"\0" in content[:8000]:
        return None
    text = content[:_SHOWN_BYTES].decode("utf-8", "replace")
    return text if len(content) <= _SHOWN_BYTES else f"{text}\n… ({len(content)} bytes, cut here)"
