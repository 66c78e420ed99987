"""The seed on top of other work: a tree in which the seed's files are added to, or replace, those of a branch."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from dulwich.objects import ObjectID, Tree

from seed_repository.snapshot import FOLDER, GitObject, SeedTree, build_folders

Entries = Mapping[str, tuple[int, str]]
"""Files by path: mode and object id."""


@dataclass(frozen=True)
class Overlay:
    """The resulting tree, with the objects that the host has not got, and what it changes."""

    tree: SeedTree
    added: int
    changed: int


def lay_over(seed: SeedTree, existing: Entries) -> Overlay:
    """Put the seed's files over existing ones. Files of the seed win; all others stay."""
    files = dict(existing)
    added = changed = 0
    for path, entry in _files(seed):
        if path not in existing:
            added += 1
        elif existing[path] != entry:
            changed += 1
        files[path] = entry
    # Where one of the seed's files has the name of a folder, or the other way round, the seed wins as well.
    of_seed = dict(_files(seed))
    folders = {folder for path in of_seed for folder in _parents(path)}
    kept = {
        path: entry
        for path, entry in files.items()
        if path in of_seed or (path not in folders and not any(parent in of_seed for parent in _parents(path)))
    }
    identifier, folder_objects = build_folders(kept)
    known = {name for _, name in existing.values()}
    blobs = [item for item in seed.objects if item.type_number != Tree.type_num and item.id not in known]
    objects = (*blobs, *folder_objects)
    return Overlay(SeedTree(identifier, objects, seed.file_count, seed.byte_count), added, changed)


def _files(tree: SeedTree) -> Iterator[tuple[str, tuple[int, str]]]:
    return _walk(tree.id, {item.id: item for item in tree.objects}, "")


def _walk(identifier: str, objects: Mapping[str, GitObject], under: str) -> Iterator[tuple[str, tuple[int, str]]]:
    folder = Tree.from_string(objects[identifier].content)
    for entry in folder.iteritems():
        path = under + entry.path.decode("utf-8")
        if entry.mode == FOLDER:
            yield from _walk(_text(entry.sha), objects, f"{path}/")
        else:
            yield path, (entry.mode, _text(entry.sha))


def _text(identifier: ObjectID) -> str:
    return identifier.decode("ascii")


def _parents(path: str) -> Iterator[str]:
    while "/" in path:
        path = path.rpartition("/")[0]
        yield path
