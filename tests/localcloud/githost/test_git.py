"""Git clients of the host: clone, fetch, push, and what they are refused."""

import os
from typing import Any


def test_an_empty_repository_takes_a_first_push_and_can_be_cloned(cloud: Any, host: Any) -> None:
    pushes: list[dict[str, Any]] = []
    cloud.internal.events.subscribe("git.push", pushes.append)
    repository, work = host.create(), host.work(README="hello\n")

    host.push(work, repository)

    host.git("clone", "--quiet", host.address(repository), "copy")
    assert (host.folder / "copy" / "README").read_text() == "hello\n"
    head = host.git("rev-parse", "HEAD", folder=work).strip()
    ours = [push for push in pushes if push["repository"] == repository]
    assert [(push["branch"], push["commit"], push["pusher"]) for push in ours] == [("main", head, "platform-bot")]


def test_large_pushes_arrive_whole(host: Any) -> None:
    repository, work = host.create(), host.work()
    for number in range(40):
        (work / f"data{number}").write_bytes(os.urandom(100_000))
    host.commit(work)

    host.push(work, repository)

    bare = host.git("clone", "--quiet", "--bare", host.address(repository), "bare.git")
    assert "error" not in host.git("fsck", "--strict", folder=host.folder / "bare.git") + bare


def test_the_first_branch_pushed_becomes_the_default(host: Any) -> None:
    repository, work = host.create(), host.work()

    host.push(work, repository, "HEAD:trunk")

    assert host.api("GET", f"/repos/{repository}").body["default_branch"] == "trunk"
    assert "refs/heads/trunk" in host.git("ls-remote", "--symref", host.address(repository), "HEAD")


def test_nothing_is_said_about_private_repositories_without_credentials(host: Any) -> None:
    repository, nobody = host.create(), host.other(None)

    answer = nobody.request("GET", f"/{repository}.git/info/refs?service=git-upload-pack")

    assert (answer.status, answer.headers["WWW-Authenticate"]) == (401, 'Basic realm="GitHub"')
    assert nobody.request("GET", "/example-org/missing.git/info/refs?service=git-upload-pack").status == 401
    assert "Authentication failed" in host.other("wrong").git(
        "ls-remote", host.other("wrong").address(repository), expect=1
    )
    assert "Repository not found." in host.git("ls-remote", host.address("example-org/missing"), expect=1)


def test_public_repositories_can_be_read_by_anybody_and_written_by_members(cloud: Any, host: Any) -> None:
    repository, work = host.create(private=False), host.work()
    host.push(work, repository)
    host.api("POST", "/admin/users", {"login": "stranger"})
    token = host.api("POST", "/admin/users/stranger/authorizations", {"scopes": ["repo"]}).body["token"]

    assert "refs/heads/main" in host.other(None).git("ls-remote", host.other(None).address(repository))
    refused = host.other(token).push(work, repository, "main:other", expect=1)

    assert f"Permission to {repository}.git denied to stranger." in refused


def test_protected_branches_take_no_direct_push(host: Any) -> None:
    repository, work = host.create(), host.work()
    host.push(work, repository)
    host.api("PUT", f"/repos/{repository}/branches/main/protection", {})
    host.commit(work, README="changed\n")

    refused = host.push(work, repository, expect=1)

    assert "GH006: Protected branch update failed for refs/heads/main." in refused
    host.push(work, repository, "main:feature")


def test_archived_repositories_are_read_only(host: Any) -> None:
    repository, work = host.create(), host.work()
    host.push(work, repository)
    host.api("PATCH", f"/repos/{repository}", {"archived": True})

    refused = host.push(work, repository, "main:other", expect=1)

    assert "This repository was archived so it is read-only." in refused
    assert "refs/heads/main" in host.git("ls-remote", host.address(repository))


def test_a_renamed_repository_is_found_under_its_old_name(host: Any) -> None:
    repository, work = host.create(), host.work()
    host.push(work, repository)
    host.api("PATCH", f"/repos/{repository}", {"name": f"{repository.split('/')[1]}-new"})

    moved = host.api("GET", f"/repos/{repository}")

    assert moved.status == 301
    assert host.request("GET", moved.headers["Location"].removeprefix(host.url)).body["name"].endswith("-new")
    host.commit(work, README="again\n")
    host.push(work, repository)


def test_a_push_of_broken_objects_is_refused(host: Any) -> None:
    repository, work = host.create(), host.work()
    tree = host.git("rev-parse", "HEAD^{tree}", folder=work).strip()
    broken = f"tree {tree}\nauthor nobody\ncommitter nobody\n\nbroken\n"
    (work / "object").write_text(broken)
    commit = host.git("hash-object", "-t", "commit", "-w", "--literally", "object", folder=work).strip()

    refused = host.push(work, repository, f"{commit}:refs/heads/broken", expect=1)

    assert "remote unpack failed" in refused or "unpack-objects abnormal exit" in refused
    assert host.api("GET", f"/repos/{repository}/branches").body == []
