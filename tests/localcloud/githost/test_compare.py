"""Comparing two commits, as GitHub answers."""

from typing import Any


def test_every_relation_of_two_commits(host: Any) -> None:
    repository = host.create()
    work = host.work()
    first = host.git("rev-parse", "HEAD", folder=work).strip()
    second = host.commit(work, more="more\n")
    host.git("checkout", "-q", "-b", "side", first, folder=work)
    aside = host.commit(work, side="side\n")
    host.git("checkout", "-q", "--orphan", "apart", folder=work)
    host.commit(work, apart="apart\n")
    for branch in ("main", "side", "apart"):
        host.push(work, repository, branch)

    def status(base: str, head: str) -> Any:
        answer = host.api("GET", f"/repos/{repository}/compare/{base}...{head}?per_page=1&page=2")
        return answer.body.get("status") if answer.status == 200 else answer.status

    assert status(first, second) == "ahead"
    assert status(second, first) == "behind"
    assert status(first, first) == "identical"
    assert status(second, aside) == "diverged"
    assert status("main", "side") == "diverged"
    assert status("0" * 40, "main") == 404
    assert status("main", "apart") == 404
    compared = host.api("GET", f"/repos/{repository}/compare/{first}...main").body
    assert (compared["ahead_by"], compared["commits"][0]["sha"]) == (1, second)


def test_branches_without_common_history_cannot_be_merged(host: Any) -> None:
    repository = host.create()
    work = host.work()
    host.push(work, repository)
    host.git("checkout", "-q", "--orphan", "apart", folder=work)
    host.commit(work, apart="apart\n")
    host.push(work, repository, "apart")

    answer = host.api("POST", f"/repos/{repository}/pulls", {"head": "apart", "base": "main", "title": "x"})

    assert answer.status == 422
    assert "no history in common" in answer.body["errors"][0]["message"]
