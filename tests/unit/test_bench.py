"""The measurements' own code: the same tree for everybody, and promises that are really compared."""

import json
from pathlib import Path
from typing import Any

import pytest

from bench import __main__ as bench
from bench import native_git, rest, seeding, trees
from bench.host import running


def test_every_way_pushes_the_same_files(tmp_path: Path) -> None:
    files = trees.contents(5)
    archive = tmp_path / "5.zip"
    archive.write_bytes(trees.archive(files))
    ids, requests = set(), {}
    with running(tmp_path / "host") as host:
        requests["seed"] = seeding.measure(archive, host.url, host.create())["requests"]
        ids.add(host.tree())
        native_git.push(files, host.url, host.create())
        ids.add(host.tree())
        for way in (rest.contents_api, rest.git_data_api):
            requests[way.__name__] = rest.push(way, files, host.url, host.create()).requests
            ids.add(host.tree())

    assert len(ids) == 1
    assert requests == {"seed": 3, "contents_api": 5, "git_data_api": 8}


def test_seeding_within_a_memory_limit_fails_when_it_is_exceeded(tmp_path: Path) -> None:
    archive = tmp_path / "5.zip"
    archive.write_bytes(trees.archive(trees.contents(5)))

    with pytest.raises(RuntimeError, match="seeding failed"):
        seeding.measure(archive, "http://127.0.0.1:9", "example-org/x", limit_mb=16)


def _results() -> dict[str, Any]:
    return {
        "cold_start": {"archive_bytes": 1, "starts": {"seed function": {"best_ms": 1.0}}, "unwanted": []},
        "sizes": [{"files": 100, "requests": 3, "ratio": 0.5}],
    }


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        (("cold_start", "archive_bytes"), 4_000_001, "the archive has 4,000,001 bytes"),
        (("cold_start", "unwanted"), ["boto3"], "a start loads boto3"),
        (("cold_start", "starts"), {"seed function": {"best_ms": 251.0}}, "init takes 251 ms"),
        (("sizes",), [{"files": 100, "requests": 5, "ratio": 0.5}], "100 files take 5 requests"),
        (("sizes",), [{"files": 100, "requests": 4, "ratio": 1.1}], "1.10 times as long as git"),
    ],
)
def test_broken_promises_are_named(path: tuple[str, ...], value: Any, said: str) -> None:
    results = _results()
    assert bench._broken(results) == []
    *parents, last = path
    place = results
    for parent in parents:
        place = place[parent]
    place[last] = value

    (broken,) = bench._broken(results)
    assert said in broken
    assert json.dumps(results)
