"""What holds in any state of a repository, under any policy, credential and schedule of faults."""

import itertools
from collections.abc import Mapping
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from seed_repository.overlay import lay_over
from seed_repository.seed import Mode, SeedFile
from seed_repository.snapshot import build_folders, build_tree

from localcloud.githost.faults import Fault
from tests.unit.seed_repository.conftest import World
from tests.unit.seed_repository.git_server import git
from tests.unit.seed_repository.github_server import GitHubServer

_FEW = settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
_NUMBERS = itertools.count()

# Few names, so that files and folders of both trees often meet.
_PATHS = st.lists(st.sampled_from(["a", "b", "B", "ä", "c d"]), min_size=1, max_size=3).map("/".join)
_MODES = st.sampled_from([Mode.FILE, Mode.EXECUTABLE, Mode.SYMLINK])
_FILES = st.dictionaries(_PATHS, st.tuples(_MODES, st.sampled_from([b"x", b"y", b"z"])), min_size=1, max_size=8)
Files = Mapping[str, tuple[Mode, bytes]]


def _without_clashes(files: Files) -> dict[str, tuple[Mode, bytes]]:
    return {path: file for path, file in files.items() if not any(other.startswith(f"{path}/") for other in files)}


def _entries(files: Files) -> dict[str, tuple[int, str]]:
    return {
        path: (mode.value, build_tree([SeedFile("x", Mode.FILE, content)]).objects[0].id)
        for path, (mode, content) in files.items()
    }


@_FEW
@given(seed=_FILES.map(_without_clashes), existing=_FILES.map(_without_clashes))
def test_overlay_is_what_writing_the_seed_over_the_files_makes(seed: Files, existing: Files) -> None:
    tree = build_tree(SeedFile(path, *file) for path, file in seed.items())

    overlay = lay_over(tree, _entries(existing))

    def in_the_way(path: str) -> bool:
        return any(path.startswith(f"{other}/") or other.startswith(f"{path}/") for other in seed)

    expected = {path: file for path, file in existing.items() if not in_the_way(path)} | dict(seed)
    assert overlay.tree.id == build_folders(_entries(expected))[0]
    assert overlay.added == len(seed.keys() - existing.keys())
    sent = {item.id for item in overlay.tree.objects}
    assert {name for _, name in _entries(seed).values()} <= sent | {
        name for _, name in _entries(existing).values()
    }


_FAULTS = st.builds(
    Fault,
    path=st.sampled_from(
        [
            ".*/repos/[^/]+/[^/]+",
            ".*/installation",
            ".*/access_tokens",
            ".*/info/refs",
            ".*/git-receive-pack",
            ".*/pulls",
        ]
    ),
    kind=st.sampled_from(["answer", "drop", "lose_answer"]),
    status=st.sampled_from([500, 503, 429]),
    headers=st.sampled_from([{}, {"Retry-After": "1"}]),
)
_STATES = st.sampled_from(["missing", "empty", "other work", "other branch", "seeded", "built upon"])


@_FEW
@given(
    state=_STATES,
    policy=st.sampled_from(["leave", "pull-request"]),
    app=st.booleans(),
    faults=st.lists(_FAULTS, max_size=5),
)
def test_nothing_of_theirs_is_lost_and_nothing_is_made_twice(
    world: World, github: GitHubServer, *, state: str, policy: str, app: bool, faults: list[Fault]
) -> None:
    name = f"r{next(_NUMBERS)}"
    world.event["repository"].update(
        full_name=f"acme/{name}", url=f"{github.url}/acme/{name}", on_existing_content=policy
    )
    if app:
        world.store_app(github.install_app().id)
    else:
        world.store_token("ghp_s3cr3t+token/for=tests")
    theirs = _prepare(world, github, name, state)
    for fault in faults:
        github.host.faults.add(Fault(**vars(fault)))

    result = world.seed(attempts=30, seconds=3600)
    github.host.faults.clear()
    again = world.seed()

    repository = github.repository(name)
    branches = repository.branches()
    expected = {"other work": "skipped", "seeded": "unchanged", "built upon": "unchanged"}.get(state, "created")
    assert result.status == expected
    assert again.status == ("unchanged" if expected == "created" else expected)
    assert {branch: branches[branch] for branch in theirs} == theirs
    proposed = state == "other work" and policy == "pull-request"
    assert len(repository.pulls) == proposed
    assert (result.pull_request_url is not None) == proposed
    assert set(branches) - set(theirs) - {"main"} == ({"seed/1.0.0"} if proposed else set())
    if expected == "created":
        assert git("rev-list", "main", cwd=repository.path).stdout.split() == [result.commit_sha]
    assert git("fsck", "--strict", cwd=repository.path, check=False).returncode == 0


def _prepare(world: World, github: GitHubServer, name: str, state: str) -> dict[str, str]:
    """Bring the repository into a state; the branches that must stay as they are."""
    if state == "missing":
        return {}
    repository = github.create(name)
    if state == "other work":
        github.write(repository, "theirs", "precious")
    if state == "other branch":
        github.write(repository, "theirs", "precious", branch="develop")
    if state in {"seeded", "built upon"}:
        world.seed()
    if state == "built upon":
        github.write(repository, "theirs", "precious")
    return repository.branches()


def test_large_and_empty_files_arrive(world: World, github: GitHubServer, seed_folder: Path) -> None:
    sizes = [0, 1, 127, 128, 65_535, 65_536, 5_000_000]
    for size in sizes:
        (seed_folder / "repo" / f"size-{size}").write_bytes(b"x" * size)
    world.upload(seed_folder)

    world.seed()

    listed = git("ls-tree", "-l", "main", cwd=github.repository().path).stdout.splitlines()
    found = {line.split("\t")[1]: int(line.split()[3]) for line in listed if "size-" in line}
    assert found == {f"size-{size}": size for size in sizes}
