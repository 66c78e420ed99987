"""Seeding repositories in every state, on a real git server."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from seed_repository.errors import (
    BranchProtected,
    PermissionMissing,
    PushRejected,
    RepositoryMissing,
    RepositoryNotCreated,
    RepositoryReadOnly,
)

from tests.unit.seed_repository.conftest import EVENTS, World
from tests.unit.seed_repository.git_server import TOKEN, Fault, git


def _rendered(seed_folder: Path, work: Path) -> Path:
    """What the seed becomes for the project of the event, written by hand."""
    (work / "docs").mkdir(parents=True)
    (work / "src/p-abc123def456").mkdir(parents=True)
    (work / "README.md").write_text("# Churn\n\nTrained in eu-west-1.\n", encoding="utf-8")
    (work / "docs/größe 日本.md").write_text("p-abc123def456\n", encoding="utf-8")
    (work / "src/p-abc123def456/model.py").write_text('TEMPLATE = "@{ kept }@ ${{ kept }} {{ kept }}"\n')
    for name in ("image.bin", "empty", "run.sh"):
        (work / name).write_bytes((seed_folder / "repo" / name).read_bytes())
    (work / "run.sh").chmod(0o755)
    (work / "latest").symlink_to("docs/größe 日本.md")
    return work


def _commit_by_somebody(world: World, tmp_path: Path, *, branch: str = "main", name: str = "theirs.txt") -> str:
    clone = tmp_path / "clone"
    if not clone.exists():
        git("clone", "-q", str(world.server.path("acme/churn")), str(clone))
        git("checkout", "-q", "-B", branch, cwd=clone)
    (clone / name).write_text("precious")
    git("add", ".", cwd=clone)
    git("commit", "-q", "-m", "Work", cwd=clone)
    git("push", "-q", "origin", branch, cwd=clone)
    return git("rev-parse", "HEAD", cwd=clone).stdout.strip()


def test_missing_repository_of_an_organization_is_created_and_seeded(
    world: World, seed_folder: Path, tmp_path: Path, native_tree: Callable[[Path], str]
) -> None:
    result = world.seed()

    path = world.server.path("acme/churn")
    assert result.status == "created"
    assert world.commits("acme/churn") == [result.commit_sha]
    assert result.repository_url == f"{world.server.url}/acme/churn"
    assert world.tree("acme/churn") == native_tree(_rendered(seed_folder, tmp_path / "rendered"))
    assert world.server.settings["acme/churn"]["private"] is True
    assert world.server.settings["acme/churn"]["description"].startswith("SageMaker project Churn")
    checked = git("fsck", "--strict", "--no-dangling", cwd=path)
    assert (checked.stdout, checked.returncode) == ("", 0)
    assert len(world.server.requests) <= 4


def test_missing_repository_of_a_person_is_created_and_seeded(world: World) -> None:
    world.point_at("Somebody/churn")
    world.server.login = "somebody"

    assert world.seed().status == "created"
    assert len(world.server.requests) <= 4


def test_commit_says_where_it_comes_from_and_shows_nobody_else(world: World) -> None:
    world.seed()

    shown = git("log", "-1", "--format=%an|%ae|%cI|%B", cwd=world.server.path("acme/churn")).stdout
    assert shown.startswith(
        "SageMaker Projects|sagemaker-projects@noreply.invalid|2026-03-04T05:06:07+00:00|Start Churn"
    )
    assert "Seed: example 1.0.0" in shown
    assert "SageMaker-Project: Churn (p-abc123def456)" in shown


def test_missing_repository_is_an_error_unless_it_may_be_created(world: World) -> None:
    world.event["repository"]["create"] = False

    with pytest.raises(RepositoryMissing, match=r"acme/churn does not exist .*create_repository"):
        world.seed()
    assert not world.server.settings


def test_empty_repository_is_seeded(world: World) -> None:
    world.server.create("acme/churn")

    result = world.seed()

    assert result.status == "created"
    assert world.commits("acme/churn") == [result.commit_sha]
    assert world.server.requests == [
        "GET /api/v3/repos/acme/churn",
        "GET /acme/churn.git/info/refs",
        "POST /acme/churn.git/git-receive-pack",
    ]


def test_second_time_changes_nothing(world: World) -> None:
    first = world.seed()
    world.server.requests.clear()

    second = world.seed()

    assert (second.status, second.commit_sha) == ("unchanged", first.commit_sha)
    assert len(world.commits("acme/churn")) == 1
    assert not any(request.startswith("POST") for request in world.server.requests)


def test_work_on_top_of_the_seed_is_left_alone(world: World, tmp_path: Path) -> None:
    seeded = world.seed()
    head = _commit_by_somebody(world, tmp_path)
    world.server.requests.clear()

    result = world.seed()

    assert (result.status, result.commit_sha) == ("unchanged", seeded.commit_sha)
    assert world.commits("acme/churn")[0] == head
    assert len(world.server.requests) <= 4


def test_same_content_committed_in_another_way_is_recognised(world: World) -> None:
    world.seed()
    path = world.server.path("acme/churn")
    other = git("commit-tree", "-m", "The same by hand", world.tree("acme/churn"), cwd=path).stdout.strip()
    git("update-ref", "refs/heads/main", other, cwd=path)
    git("reflog", "expire", "--all", "--expire=now", cwd=path)
    git("prune", "--expire=now", cwd=path)

    result = world.seed()

    assert (result.status, result.commit_sha) == ("unchanged", other)
    assert len(world.server.requests) <= 8


def test_other_work_is_never_touched(world: World, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    world.server.create("acme/churn")
    head = _commit_by_somebody(world, tmp_path)

    result = world.seed()

    assert (result.status, result.commit_sha) == ("skipped", head)
    assert world.commits("acme/churn") == [head]
    assert "holds other work" in caplog.text


def test_branch_missing_beside_other_branches_is_made(world: World, tmp_path: Path) -> None:
    world.server.create("acme/churn")
    head = _commit_by_somebody(world, tmp_path)
    world.event["repository"]["branch"] = "ml/churn"

    result = world.seed()

    assert result.status == "created"
    assert world.commits("acme/churn") == [head]
    assert world.commits("acme/churn", "ml/churn") == [result.commit_sha]


def test_renamed_repository_is_found_under_its_new_name(world: World) -> None:
    world.server.create("acme/customer-churn")
    world.server.renamed["acme/churn"] = "acme/customer-churn"

    result = world.seed()

    assert result.status == "created"
    assert result.repository_url == f"{world.server.url}/acme/customer-churn"
    assert len(world.server.requests) <= 4


def test_archived_repository_is_refused_before_anything_is_sent(world: World) -> None:
    world.server.create("acme/churn", archived=True)

    with pytest.raises(RepositoryReadOnly, match="archived"):
        world.seed()


@pytest.mark.parametrize("state", [{"archived": True}, {"push": False}])
def test_seeded_repository_that_takes_no_more_pushes_is_unchanged(world: World, state: dict[str, bool]) -> None:
    seeded = world.seed()
    world.server.settings["acme/churn"].update(state)

    result = world.seed()

    assert (result.status, result.commit_sha) == ("unchanged", seeded.commit_sha)


def test_repository_without_push_permission_names_the_permission(world: World) -> None:
    world.server.create("acme/churn", push=False)

    with pytest.raises(PermissionMissing, match="Contents: read and write"):
        world.seed()
    assert not any(request.startswith("POST") for request in world.server.requests)


@pytest.mark.parametrize(
    ("said", "error", "advice"),
    [
        ("protected branch hook declined", BranchProtected, "Let the credential bypass it"),
        ("GH013: Repository rule violations found", BranchProtected, "A protection of main"),
        ("refusing to allow a token without `workflow` scope", PermissionMissing, "Workflows: write"),
        ("pre-receive hook declined", PushRejected, "refuses the commit"),
    ],
)
def test_refused_push_says_why(world: World, said: str, error: type[Exception], advice: str) -> None:
    path = world.server.create("acme/churn")
    report = f"ng refs/heads/main {said}\n".encode()
    lines = b"000eunpack ok\n" + f"{len(report) + 4:04x}".encode() + report + b"0000"
    world.server.faults.append(
        Fault(
            "POST .*receive-pack",
            status=200,
            headers={"Content-Type": "application/x-git-receive-pack-result"},
            body=(f"{len(lines) + 5:04x}\x01" + lines.decode() + "0000"),
        )
    )

    with pytest.raises(error, match=advice):
        world.seed()
    assert git("for-each-ref", cwd=path).stdout == ""


def test_hook_of_the_host_is_quoted(world: World) -> None:
    path = world.server.create("acme/churn")
    (path / "hooks").mkdir(exist_ok=True)
    hook = path / "hooks" / "update"
    hook.write_text("#!/bin/sh\necho 'ask the security team' >&2\nexit 1\n")
    hook.chmod(0o755)

    with pytest.raises(PushRejected, match=r"hook declined \(ask the security team"):
        world.seed()


def test_owner_that_is_nobody_the_credential_knows(world: World) -> None:
    world.point_at("strangers/churn")

    with pytest.raises(PermissionMissing, match=r"strangers is neither .*Administration"):
        world.seed()


def test_internal_repository_of_a_person_is_refused(world: World) -> None:
    world.point_at("somebody/churn")
    world.event["repository"]["visibility"] = "internal"

    with pytest.raises(RepositoryNotCreated, match="only organizations have internal"):
        world.seed()


def test_deletion_of_the_project_keeps_the_repository(world: World) -> None:
    world.event["tf"] = json.loads((EVENTS / "terraform-delete.json").read_text(encoding="utf-8"))["tf"]

    result = world.seed()

    assert (result.status, result.commit_sha) == ("skipped", None)
    assert world.server.requests == []


def test_plain_git_host_is_seeded_without_any_rest_call(world: World) -> None:
    event = json.loads((EVENTS / "plain-git.json").read_text(encoding="utf-8"))
    world.server.create("group/team/churn")
    world.event["repository"] = {**event["repository"], "url": f"{world.server.url}/group/team/churn.git"}
    world.event["host"] = {"base_url": world.server.url, "kind": "git"}
    world.secrets.put_secret_value(
        SecretId=world.event["credential"]["secret_arn"],
        SecretString=json.dumps({"username": "robot", "token": TOKEN}),
    )

    assert world.seed().status == "created"
    assert world.seed().status == "unchanged"
    assert len(world.commits("group/team/churn")) == 1
    assert not any("/api/" in request for request in world.server.requests)


def test_plain_git_host_may_redirect_to_a_new_name(world: World) -> None:
    world.server.create("acme/customer-churn")
    world.server.renamed["acme/churn"] = "acme/customer-churn"
    world.event["host"] = {"base_url": world.server.url, "kind": "git"}

    assert world.seed().status == "created"
    assert len(world.commits("acme/customer-churn")) == 1


def test_race_is_lost_without_overwriting(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    world.server.create("acme/churn")
    heads = []
    answer = world.server._backend

    def somebody_is_faster(path: str, *arguments: object) -> tuple[int, dict[str, str], bytes]:
        if path.endswith("git-receive-pack") and not heads:
            heads.append(_commit_by_somebody(world, tmp_path))
        return answer(path, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(world.server, "_backend", somebody_is_faster)

    result = world.seed()

    assert (result.status, result.commit_sha) == ("skipped", heads[0])
    assert world.commits("acme/churn") == heads
