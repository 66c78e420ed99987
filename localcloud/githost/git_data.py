"""Reading and writing a repository's objects and refs without a clone (dulwich on the bare repository)."""

import time
from collections.abc import Sequence

from dulwich.errors import NotTreeError
from dulwich.graph import can_fast_forward
from dulwich.object_store import commit_tree_changes, tree_lookup_path
from dulwich.objects import Blob, Commit, ObjectID, ShaFile, Tag, Tree
from dulwich.refs import Ref, check_ref_format
from dulwich.repo import Repo

from localcloud.githost.accounts import Account

#: One change of a tree: path, mode (None removes), object id (None removes).
TreeChange = tuple[bytes, int | None, ObjectID | None]

FILE_MODE = 0o100644


class RefExistsError(Exception):
    """The ref to be created is there already."""


class RefMovedError(Exception):
    """The ref is not where the caller thought, or the update is no fast-forward."""


class InvalidRefError(Exception):
    """The name is not one that git accepts."""


def object_id(value: str) -> ObjectID:
    """An object id from its text."""
    return ObjectID(value.encode())


def read_ref(repo: Repo, ref: str) -> ObjectID | None:
    """Where a ref points, None when there is no such ref."""
    return repo.get_refs().get(Ref(ref.encode()))


def find_object(repo: Repo, sha: str) -> ShaFile | None:
    """The object with this (full) id."""
    try:
        return repo.object_store[object_id(sha)]
    except (KeyError, ValueError):
        return None


def resolve_commit(repo: Repo, revision: str) -> Commit | None:
    """The commit that a branch, tag, full ref, HEAD or (possibly shortened) commit id names."""
    refs = repo.refs
    for name in (revision, f"refs/heads/{revision}", f"refs/tags/{revision}", f"refs/{revision}"):
        if name != "HEAD" and not check_ref_format(Ref(name.encode())):
            continue
        try:
            return _peel(repo, repo[refs[Ref(name.encode())]])
        except KeyError:
            continue
    if 4 <= len(revision) <= 40 and all(character in "0123456789abcdef" for character in revision):
        if len(revision) == 40:
            found = find_object(repo, revision)
            return _peel(repo, found) if found is not None else None
        matches = list(repo.object_store.iter_prefix(revision.encode()))
        if len(matches) == 1:
            return _peel(repo, repo[matches[0]])
    return None


def _peel(repo: Repo, found: ShaFile) -> Commit | None:
    while isinstance(found, Tag):
        found = repo[found.object[1]]
    return found if isinstance(found, Commit) else None


def lookup(repo: Repo, commit: Commit, path: str) -> tuple[int, ShaFile] | None:
    """Mode and object at a path of a commit's tree; the empty path is the tree itself."""
    if not path.strip("/"):
        return 0o40000, repo[commit.tree]
    try:
        mode, sha = tree_lookup_path(repo.object_store.__getitem__, commit.tree, path.strip("/").encode())
    except (KeyError, NotTreeError):
        return None
    return mode, repo[sha]


def history(repo: Repo, start: Commit, path: str | None = None, limit: int | None = None) -> list[Commit]:
    """Commits from `start` backwards, those that touch `path` only when it is given."""
    walker = repo.get_walker(include=[start.id], paths=[path.encode()] if path else None, max_entries=limit)
    return [entry.commit for entry in walker]


def add_blob(repo: Repo, content: bytes) -> ObjectID:
    """Store a file's content."""
    blob = Blob.from_string(content)
    repo.object_store.add_object(blob)
    return blob.id


def add_tree(repo: Repo, base: ObjectID | None, changes: Sequence[TreeChange]) -> Tree:
    """Store the tree that results from `changes` on top of `base`."""
    tree = Tree()
    if base is not None:
        found = repo[base]
        if isinstance(found, Commit):
            found = repo[found.tree]
        if isinstance(found, Tree):
            tree = Tree.from_string(found.as_raw_string())
    repo.object_store.add_object(tree)
    result = repo[commit_tree_changes(repo.object_store, tree, list(changes))]
    if not isinstance(result, Tree):
        raise TypeError("a tree was expected")
    return result


def add_commit(
    repo: Repo,
    tree: ObjectID,
    parents: Sequence[ObjectID],
    message: str,
    *,
    author: bytes,
    committer: bytes | None = None,
    when: tuple[int, int] | None = None,
) -> Commit:
    """Store a commit; `author` and `committer` are `Name <address>`, `when` their times in seconds."""
    now = int(time.time())
    commit = Commit()
    commit.tree = tree
    commit.parents = list(parents)
    commit.author, commit.committer = author, committer or author
    commit.author_time, commit.commit_time = when or (now, now)
    commit.author_timezone = commit.commit_timezone = 0
    commit.encoding = b"UTF-8"
    commit.message = message.encode()
    repo.object_store.add_object(commit)
    return commit


def create_ref(repo: Repo, ref: str, sha: ObjectID) -> None:
    """Make a new ref; raises InvalidRefError or RefExistsError."""
    name = checked_ref(ref)
    if name in repo.refs or not repo.refs.add_if_new(name, sha):
        raise RefExistsError(ref)


def move_ref(repo: Repo, ref: str, sha: ObjectID, *, force: bool = False) -> ObjectID:
    """Move an existing ref and return where it was; raises RefMovedError when that is no fast-forward."""
    name = checked_ref(ref)
    old = repo.refs[name]
    if not force and not can_fast_forward(repo, old, sha):
        raise RefMovedError(ref)
    if not repo.refs.set_if_equals(name, old, sha):
        raise RefMovedError(ref)
    return old


def checked_ref(ref: str) -> Ref:
    """The ref as dulwich takes it; raises InvalidRefError."""
    name = Ref(ref.encode())
    if not ref.startswith("refs/") or not check_ref_format(name):
        raise InvalidRefError(ref)
    return name


def signature(account: Account, host: str) -> bytes:
    """How the host signs what it commits on behalf of an account."""
    return f"{account.login} <{account.id}+{account.login}@users.noreply.{host}>".encode()
