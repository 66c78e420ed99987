"""The git objects of a seed: blobs, trees, and the one commit, made in memory.

The commit is a function of the seed, the project and the repository's creation time, of nothing else. The same
request therefore always makes the same commit id, which is how a repeated request recognises its own work.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from dulwich.objects import Blob, Commit, ObjectID, Tree
from dulwich.pack import UnpackedObject

from seed_repository.events import SeedRequest
from seed_repository.seed import SeedFile

IDENTITY = b"SageMaker Projects <sagemaker-projects@noreply.invalid>"
"""Author and committer. The domain is reserved (RFC 2606), so no host shows the commit as some person's."""

UNKNOWN_TIME = datetime(2000, 1, 1, tzinfo=UTC)
"""The commit's time where the host does not tell when a repository was created."""

FOLDER = 0o040000
"""git's mode of a folder in a tree."""


@dataclass(frozen=True, slots=True)
class GitObject:
    """One object, ready to be packed: its id (40 hex digits), type number and content."""

    id: str
    type_number: int
    content: bytes


@dataclass
class Folder:
    """A folder of the tree while it is being built."""

    folders: "dict[str, Folder]" = field(default_factory=dict)
    entries: list[tuple[str, int, str]] = field(default_factory=list)

    def add(self, path: str, mode: int, identifier: str) -> None:
        """Enter a file, in this folder or in one below it."""
        *parents, name = path.split("/")
        folder = self
        for parent in parents:
            folder = folder.folders.setdefault(parent, Folder())
        folder.entries.append((name, mode, identifier))


@dataclass(frozen=True)
class SeedTree:
    """The rendered seed as git sees it: the root tree's id and every object below it."""

    id: str
    objects: tuple[GitObject, ...]
    file_count: int
    byte_count: int


@dataclass(frozen=True)
class Snapshot:
    """The seed's commit and everything it refers to."""

    commit: GitObject
    tree: SeedTree

    def __len__(self) -> int:
        return len(self.tree.objects) + 1

    def records(self) -> Iterator[UnpackedObject]:
        """The objects in the order in which they are packed."""
        for item in (self.commit, *self.tree.objects):
            yield UnpackedObject(item.type_number, sha=bytes.fromhex(item.id), decomp_chunks=[item.content])


def build_tree(files: Iterable[SeedFile]) -> SeedTree:
    """Make the blobs and trees of some files. Equal contents become one blob."""
    objects: dict[str, GitObject] = {}
    root = Folder()
    file_count = byte_count = 0
    for file in files:
        blob = _blob(file.content)
        objects.setdefault(blob.id, blob)
        root.add(file.path, file.mode.value, blob.id)
        file_count += 1
        byte_count += len(file.content)
    identifier = _write(root, objects)
    return SeedTree(identifier, tuple(objects.values()), file_count, byte_count)


def build_folders(files: Mapping[str, tuple[int, str]]) -> tuple[str, tuple[GitObject, ...]]:
    """Make the trees of files that exist already (path → mode, object id): the root's id, and all trees."""
    objects: dict[str, GitObject] = {}
    root = Folder()
    for path, (mode, identifier) in files.items():
        root.add(path, mode, identifier)
    return _write(root, objects), tuple(objects.values())


def build_snapshot(
    tree: SeedTree, request: SeedRequest, created: datetime | None, *, parent: str | None = None
) -> Snapshot:
    """Make the seed's commit. ``created`` is when the repository was, if the host knows."""
    seconds = int((created or UNKNOWN_TIME).timestamp())
    commit = Commit()
    commit.tree = ObjectID(tree.id.encode("ascii"))
    commit.parents = [] if parent is None else [ObjectID(parent.encode("ascii"))]
    commit.author = commit.committer = IDENTITY
    commit.author_time = commit.commit_time = seconds
    commit.author_timezone = commit.commit_timezone = 0
    commit.message = _message(request).encode("utf-8")
    return Snapshot(GitObject(commit.id.decode("ascii"), Commit.type_num, commit.as_raw_string()), tree)


def _message(request: SeedRequest) -> str:
    # Trailers, as git-interpret-trailers(1) understands them: people and tools can ask where a repository began.
    return (
        f"Start {request.project.name} from the {request.seed.name} seed\n\n"
        f"Seed: {request.seed.name} {request.seed.release}\n"
        f"Seed-SHA256: {request.seed.sha256}\n"
        f"SageMaker-Project: {request.project.name} ({request.project.id})\n"
    )


def _blob(content: bytes) -> GitObject:
    header = b"blob %d\0" % len(content)
    identifier = hashlib.sha1(header + content, usedforsecurity=False).hexdigest()
    return GitObject(identifier, Blob.type_num, content)


def _write(folder: Folder, objects: dict[str, GitObject]) -> str:
    tree = Tree()
    for name, mode, identifier in folder.entries:
        tree.add(name.encode("utf-8"), mode, ObjectID(identifier.encode("ascii")))
    for name, child in folder.folders.items():
        tree.add(name.encode("utf-8"), FOLDER, ObjectID(_write(child, objects).encode("ascii")))
    identifier = tree.id.decode("ascii")
    objects.setdefault(identifier, GitObject(identifier, Tree.type_num, tree.as_raw_string()))
    return identifier
