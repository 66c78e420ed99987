"""The git database: blobs, trees, commits (https://docs.github.com/en/rest/git).

None of it works on an empty repository: GitHub answers 409 until there is a first commit.
"""

import base64
import binascii
from datetime import datetime
from typing import Any

from dulwich.objects import Blob, Commit, ObjectID, Tree
from dulwich.repo import Repo

from localcloud.githost import git_data
from localcloud.githost.api.answers import Answer, ApiError, empty_repository, not_found
from localcloud.githost.api.call import Call
from localcloud.githost.repositories import Repository

_KINDS = {0o40000: "tree", 0o160000: "commit"}
_MODES = ("100644", "100755", "040000", "160000", "120000")


def create_blob(call: Call, owner: str, name: str) -> Answer:
    """POST …/git/blobs {content, encoding}."""
    repository = _database(call, owner, name)
    content = decode(call.required("content", str), call.field("encoding", str, "utf-8") or "utf-8")
    with repository.open() as repo:
        sha = git_data.add_blob(repo, content).decode()
    url = _url(call, repository, "blobs", sha)
    return Answer({"sha": sha, "url": url}, status=201, headers={"Location": url})


def get_blob(call: Call, owner: str, name: str, sha: str) -> Answer:
    """GET …/git/blobs/{sha}."""
    repository = call.readable(owner, name)
    with repository.open() as repo:
        found = git_data.find_object(repo, sha)
    if not isinstance(found, Blob):
        raise not_found("/git/blobs#get-a-blob")
    return Answer(
        {
            "sha": sha,
            "node_id": f"B_{sha}",
            "size": len(found.data),
            "url": _url(call, repository, "blobs", sha),
            "content": base64.encodebytes(found.data).decode(),
            "encoding": "base64",
        }
    )


def create_tree(call: Call, owner: str, name: str) -> Answer:
    """POST …/git/trees {tree: [{path, mode, type, sha | content}], base_tree}."""
    repository = _database(call, owner, name)
    entries = call.required("tree", list)
    base = call.field("base_tree", str)
    with repository.open() as repo:
        if base is not None and git_data.find_object(repo, base) is None:
            raise ApiError(422, "base_tree is not a valid tree", documentation="/git/trees#create-a-tree")
        changes = [_change(repo, entry) for entry in entries]
        try:
            tree = git_data.add_tree(repo, git_data.object_id(base) if base else None, changes)
        except KeyError as error:
            raise ApiError(422, "GitRPC::BadObjectState", documentation="/git/trees#create-a-tree") from error
        shape = _tree_shape(call, repository, repo, tree, recursive=False)
    return Answer(shape, status=201, headers={"Location": shape["url"]})


def get_tree(call: Call, owner: str, name: str, sha: str) -> Answer:
    """GET …/git/trees/{tree or commit or branch}?recursive=1."""
    repository = call.readable(owner, name)
    if repository.empty():
        raise empty_repository("/git/trees#get-a-tree")
    with repository.open() as repo:
        found = git_data.find_object(repo, sha)
        if not isinstance(found, Tree):
            commit = git_data.resolve_commit(repo, sha)
            found = repo[commit.tree] if commit is not None else None
        if not isinstance(found, Tree):
            raise not_found("/git/trees#get-a-tree")
        recursive = "recursive" in call.request.args
        return Answer(_tree_shape(call, repository, repo, found, recursive=recursive))


def create_commit(call: Call, owner: str, name: str) -> Answer:
    """POST …/git/commits {message, tree, parents, author, committer}."""
    repository = _database(call, owner, name)
    message, tree = call.required("message", str), call.required("tree", str)
    parents = call.field("parents", list, []) or []
    token = call.signed_in()
    default = call.host.signature(token.login)
    author, author_time = _identity(call.field("author", dict), default)
    committer, commit_time = _identity(call.field("committer", dict), author)
    with repository.open() as repo:
        if not isinstance(git_data.find_object(repo, tree), Tree):
            raise ApiError(422, "Tree SHA does not exist", documentation="/git/commits#create-a-commit")
        for parent in parents:
            if not isinstance(git_data.find_object(repo, str(parent)), Commit):
                raise ApiError(
                    422,
                    "Parent SHA does not exist or is not a commit object",
                    documentation="/git/commits#create-a-commit",
                )
        commit = git_data.add_commit(
            repo,
            git_data.object_id(tree),
            [git_data.object_id(parent) for parent in parents],
            message,
            author=author,
            committer=committer,
            when=(author_time, commit_time) if author_time and commit_time else None,
        )
    shape = call.host.shapes.git_commit(repository, commit)
    return Answer(shape, status=201, headers={"Location": shape["url"]})


def get_commit(call: Call, owner: str, name: str, sha: str) -> Answer:
    """GET …/git/commits/{sha}."""
    repository = call.readable(owner, name)
    with repository.open() as repo:
        found = git_data.find_object(repo, sha)
    if not isinstance(found, Commit):
        raise not_found("/git/commits#get-a-commit-object")
    return Answer(call.host.shapes.git_commit(repository, found))


def decode(content: str, encoding: str) -> bytes:
    """A blob's bytes from the request's text."""
    if encoding == "utf-8":
        return content.encode()
    if encoding != "base64":
        raise ApiError(422, "Encoding must be utf-8 or base64")
    try:
        return base64.b64decode(content)
    except binascii.Error as error:
        raise ApiError(422, "content is not valid Base64") from error


def _database(call: Call, owner: str, name: str) -> Repository:
    repository = call.writable(owner, name)
    if repository.empty():
        raise empty_repository()
    return repository


def _change(repo: Repo, entry: dict[str, Any]) -> git_data.TreeChange:
    path, mode = str(entry.get("path", "")), str(entry.get("mode", "100644"))
    if not path or path.startswith("/") or any(part in ("", ".", "..", ".git") for part in path.split("/")):
        raise ApiError(
            422, "tree.path contains a malformed path component", documentation="/git/trees#create-a-tree"
        )
    if mode not in _MODES:
        raise ApiError(422, "Must supply a valid tree.mode", documentation="/git/trees#create-a-tree")
    if "content" in entry:
        return path.encode(), int(mode, 8), git_data.add_blob(repo, str(entry["content"]).encode())
    if "sha" not in entry:
        raise ApiError(
            422, "Must supply either tree.sha or tree.content", documentation="/git/trees#create-a-tree"
        )
    if entry["sha"] is None:
        return path.encode(), None, None
    sha = str(entry["sha"])
    if mode != "160000" and git_data.find_object(repo, sha) is None:
        raise ApiError(422, f"tree.sha {sha} is not a valid object", documentation="/git/trees#create-a-tree")
    return path.encode(), int(mode, 8), ObjectID(sha.encode())


def _tree_shape(call: Call, repository: Repository, repo: Repo, tree: Tree, *, recursive: bool) -> dict[str, Any]:
    entries: list[dict[str, Any]] = []

    def walk(node: Tree, prefix: str) -> None:
        for item in node.iteritems():
            path = prefix + item.path.decode("utf-8", "replace")
            kind = _KINDS.get(item.mode, "blob")
            sha = item.sha.decode()
            shape: dict[str, Any] = {"path": path, "mode": f"{item.mode:06o}", "type": kind, "sha": sha}
            if kind == "blob":
                shape["size"] = repo.object_store[item.sha].raw_length()
            entries.append({**shape, "url": _url(call, repository, f"{kind}s", sha)})
            if recursive and kind == "tree":
                child = repo[item.sha]
                if isinstance(child, Tree):
                    walk(child, f"{path}/")

    walk(tree, "")
    sha = tree.id.decode()
    return {"sha": sha, "url": _url(call, repository, "trees", sha), "tree": entries, "truncated": False}


def _identity(given: dict[str, Any] | None, default: bytes) -> tuple[bytes, int | None]:
    if given is None:
        return default, None
    when = None
    if date := given.get("date"):
        try:
            when = int(datetime.fromisoformat(str(date)).timestamp())
        except ValueError as error:
            raise ApiError(422, f"{date} is not a valid date") from error
    return f"{given.get('name', '')} <{given.get('email', '')}>".encode(), when


def _url(call: Call, repository: Repository, kind: str, sha: str) -> str:
    return f"{call.host.api_url}/repos/{repository.full_name}/git/{kind}/{sha}"
