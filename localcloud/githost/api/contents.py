"""Files by path, one request each (https://docs.github.com/en/rest/repos/contents).

Unlike the git database this also works on an empty repository: the first PUT makes its first commit.
"""

import base64
from typing import Any

from dulwich.objects import Blob, Commit, ShaFile, Tree

from localcloud.githost import git_data
from localcloud.githost.api.answers import Answer, ApiError, not_found
from localcloud.githost.api.call import Call
from localcloud.githost.api.objects import decode
from localcloud.githost.repositories import Repository

_DOCUMENTATION = "/repos/contents#get-repository-content"
_SYMLINK = 0o120000


def get(call: Call, owner: str, name: str, path: str = "") -> Answer:
    """GET …/contents/{path}?ref=."""
    repository = call.readable(owner, name)
    if repository.empty():
        error = not_found(_DOCUMENTATION)
        error.message = "This repository is empty."
        raise error
    revision = call.request.args.get("ref") or repository.default_branch
    with repository.open() as repo:
        commit = git_data.resolve_commit(repo, revision)
        if commit is None:
            raise ApiError(404, f"No commit found for the ref {revision}", documentation=_DOCUMENTATION)
        found = git_data.lookup(repo, commit, path)
        if found is None:
            raise not_found(_DOCUMENTATION)
        _, node = found
        if "raw" in call.request.headers.get("Accept", "") and isinstance(node, Blob):
            return Answer(node.data, headers={"Content-Type": "application/octet-stream"})
        if isinstance(node, Tree):
            return Answer(
                [
                    _shape(
                        call,
                        repository,
                        revision,
                        f"{path}/{item.path.decode()}".strip("/"),
                        (item.mode, repo[item.sha]),
                    )
                    for item in node.iteritems()
                ]
            )
        shape = _shape(call, repository, revision, path, found)
        if isinstance(node, Blob):
            shape |= {"content": base64.encodebytes(node.data).decode(), "encoding": "base64"}
        return Answer(shape)


def readme(call: Call, owner: str, name: str) -> Answer:
    """GET …/readme."""
    return get(call, owner, name, "README.md")


def put(call: Call, owner: str, name: str, path: str) -> Answer:
    """PUT …/contents/{path} {message, content, sha, branch}."""
    repository = call.writable(owner, name)
    message = call.required("message", str)
    content = decode(call.required("content", str), "base64")
    branch = _branch(call, repository)
    with repository.lock:
        existing = _existing(call, repository, branch, path)
        commit = call.host.write_file(
            repository, branch, path, content, message=message, login=call.signed_in().login
        )
    with repository.open() as repo:
        found = git_data.lookup(repo, commit, path)
        if found is None:
            raise not_found(_DOCUMENTATION)
        shape = _shape(call, repository, branch, path, found)
    return _answer(call, repository, commit, shape, created=existing is None)


def delete(call: Call, owner: str, name: str, path: str) -> Answer:
    """DELETE …/contents/{path} {message, sha, branch}."""
    repository = call.writable(owner, name)
    message, _ = call.required("message", str), call.required("sha", str)
    branch = _branch(call, repository)
    with repository.lock:
        if _existing(call, repository, branch, path) is None:
            raise not_found(_DOCUMENTATION)
        commit = call.host.delete_file(repository, branch, path, message=message, login=call.signed_in().login)
    return _answer(call, repository, commit, None, created=False)


def _branch(call: Call, repository: Repository) -> str:
    branch = call.field("branch", str) or repository.default_branch
    if not repository.empty() and branch not in repository.branches():
        raise ApiError(404, f"Branch {branch} not found", documentation="/repos/contents")
    if branch in repository.protected_branches:
        raise ApiError(409, "Repository rule violations found: changes must be made through a pull request.")
    return branch


def _existing(call: Call, repository: Repository, branch: str, path: str) -> ShaFile | None:
    with repository.open() as repo:
        commit = git_data.resolve_commit(repo, f"refs/heads/{branch}")
        found = git_data.lookup(repo, commit, path) if commit is not None else None
    node = found[1] if found is not None else None
    given = call.field("sha", str)
    if node is not None and given is None:
        raise ApiError(422, 'Invalid request.\n\n"sha" wasn\'t supplied.')
    if node is not None and given != node.id.decode():
        raise ApiError(409, f"{path} does not match {given}", documentation="/repos/contents")
    return node


def _answer(call: Call, repository: Repository, commit: Commit, content: Any, *, created: bool) -> Answer:
    payload = {"content": content, "commit": call.host.shapes.git_commit(repository, commit)}
    return Answer(payload, status=201 if created else 200)


def _shape(call: Call, repository: Repository, ref: str, path: str, found: tuple[int, ShaFile]) -> dict[str, Any]:
    mode, node = found
    kind = "dir" if isinstance(node, Tree) else "symlink" if mode == _SYMLINK else "file"
    page = "tree" if kind == "dir" else "blob"
    return {
        "type": kind,
        "size": 0 if kind == "dir" else node.raw_length(),
        "name": path.rsplit("/", 1)[-1],
        "path": path,
        "sha": node.id.decode(),
        "url": f"{call.host.api_url}/repos/{repository.full_name}/contents/{path}?ref={ref}",
        "html_url": f"{call.host.base_url}/{repository.full_name}/{page}/{ref}/{path}",
    }
