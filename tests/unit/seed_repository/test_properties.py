"""What holds for any tree, any name, any schedule of faults."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from seed_repository.render import render
from seed_repository.seed import Mode, SeedFile, open_archive
from seed_repository.settings import Settings
from seed_repository.snapshot import build_tree

from release.archives import Entry, zip_archive
from tests.unit.seed_repository.conftest import World
from tests.unit.seed_repository.git_server import Fault, git

_FEW = settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

# Any name that a file system here takes; git reads meaning into names that begin with .git.
_NAMES = st.text(
    st.characters(codec="utf-8", exclude_characters="/\\\0", exclude_categories=["Cs"]), min_size=1, max_size=30
).filter(lambda name: name.strip(". ") and not name.lower().startswith((".git", "git~")) and "@" not in name)
_CONTENTS = st.one_of(st.binary(max_size=200), st.sampled_from([b"", b"same", b"\r\n"]))
_FILES = st.tuples(st.sampled_from([Mode.FILE, Mode.EXECUTABLE]), _CONTENTS)
_LINKS = st.tuples(st.just(Mode.SYMLINK), _NAMES.map(str.encode))


@dataclass(frozen=True)
class Leaf:
    mode: Mode
    content: bytes


_LEAVES = st.one_of(_FILES, _LINKS).map(lambda pair: Leaf(*pair))
_TREES = st.recursive(
    st.dictionaries(_NAMES, _LEAVES, min_size=1, max_size=5),
    lambda children: st.dictionaries(_NAMES, st.one_of(_LEAVES, children), min_size=1, max_size=5),
    max_leaves=20,
)


def _flatten(tree: Mapping[str, object], under: str = "") -> dict[str, Leaf]:
    files: dict[str, Leaf] = {}
    for name, value in tree.items():
        if isinstance(value, Leaf):
            files[under + name] = value
        elif isinstance(value, Mapping):
            files.update(_flatten(value, f"{under}{name}/"))
    return files


def _write(files: dict[str, Leaf], folder: Path) -> None:
    for path, leaf in files.items():
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        if leaf.mode is Mode.SYMLINK:
            place.symlink_to(leaf.content.decode())
            continue
        place.write_bytes(leaf.content)
        place.chmod(0o755 if leaf.mode is Mode.EXECUTABLE else 0o644)


@_FEW
@given(tree=_TREES)
def test_tree_is_the_one_that_native_git_makes(tmp_path: Path, tree: Mapping[str, object]) -> None:
    files = _flatten(tree)
    work = tmp_path / "work"
    shutil.rmtree(work, ignore_errors=True)
    _write(files, work)
    git("init", "-q", str(work))
    git("add", "--all", "--force", cwd=work)

    made = build_tree(SeedFile(path, leaf.mode, leaf.content) for path, leaf in files.items())

    assert made.id == git("write-tree", cwd=work).stdout.strip()


@_FEW
@given(tree=_TREES)
def test_whatever_is_archived_comes_out_again(tree: Mapping[str, object]) -> None:
    files = _flatten(tree)
    entries = [
        Entry(f"repo/{path}", 0o120777 if leaf.mode is Mode.SYMLINK else leaf.mode.value, leaf.content)
        for path, leaf in files.items()
    ]
    toml = Entry("seed.toml", 0o100644, b'name = "example"\ndescription = "One"\n')

    seed = open_archive(zip_archive([toml, *entries]), Settings())

    assert {file.path: Leaf(file.mode, file.content) for file in render(seed, {})} == files


_FAULTS = st.builds(
    Fault,
    matches=st.sampled_from(["repos/", "user", "orgs/", "info/refs", "receive-pack"]),
    status=st.sampled_from([500, 502, 503, 504, 429]),
    headers=st.sampled_from([{}, {"Retry-After": "1"}, {"Retry-After": "nonsense"}]),
    after=st.booleans(),
    cut=st.booleans(),
)


@_FEW
@given(faults=st.lists(_FAULTS, max_size=8), exists=st.booleans())
def test_no_schedule_of_faults_makes_a_second_commit(world: World, faults: list[Fault], exists: bool) -> None:
    world.server.settings.clear()
    shutil.rmtree(world.server.root, ignore_errors=True)
    if exists:
        world.server.create("acme/churn")
    world.server.faults = [
        Fault(fault.matches, fault.status, dict(fault.headers), fault.body, fault.after, fault.cut)
        for fault in faults
    ]

    result = world.seed(attempts=20, seconds=3600)
    world.server.faults = []

    assert result.status == "created"
    assert world.seed().status == "unchanged"
    assert world.commits("acme/churn") == [result.commit_sha]
    assert git("fsck", "--strict", cwd=world.server.path("acme/churn"), check=False).returncode == 0
