"""Command line: ``python -m bench [--quick]``. Fails if a limit that the project promises is not kept."""

import argparse
import os
import platform
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from time import monotonic
from typing import Any

from bench import cold_start, native_git, rest, seeding, trees
from bench.host import Host, running
from bench.report import save, seconds, table

ROOT = Path(__file__).resolve().parents[1]
ROUNDS = {100: 5, 1_000: 3, 10_000: 3, 50_000: 1}
QUICK = {100: 3, 1_000: 1}
REST = (100, 1_000)
LIMITS = {"requests": 4, "archive_bytes": 4_000_000, "init_ms": 250, "memory_mb": 512}
_BUDGET = 240.0
"""Seconds after which no further round is begun, so that all ends within five minutes."""
_UNWANTED = (
    "boto3",
    "botocore.session",
    "aws_xray_sdk",
    "dulwich.index",
    "dulwich.porcelain",
    "requests",
    "jinja2.ext",
)


def main(arguments: list[str] | None = None) -> int:
    """Measure everything; 0 if every promise is kept."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small trees and few rounds")
    quick = parser.parse_args(arguments).quick
    end = monotonic() + _BUDGET
    results: dict[str, Any] = {"machine": _machine(), "quick": quick}
    with tempfile.TemporaryDirectory(prefix="bench-") as temporary, running(Path(temporary, "host")) as host:
        work = Path(temporary)
        results["cold_start"] = _cold_start(work, rounds=5 if quick else 15)
        results["sizes"] = _sizes(host, work, QUICK if quick else ROUNDS, end)
        results["rest"] = _rest(host, REST[:1] if quick else REST, results["sizes"], end)
        results["memory"] = _memory(host, work, 1_000 if quick else 10_000)
    broken = _broken(results)
    results["broken"] = broken
    save(results, ROOT / "build" / "bench" / "report.json")
    for promise in broken:
        print(f"not kept: {promise}", file=sys.stderr)
    return 1 if broken else 0


def _sizes(host: Host, work: Path, rounds: dict[int, int], end: float) -> list[dict[str, Any]]:
    measured = []
    for count, wanted in rounds.items():
        files = trees.contents(count)
        archive = work / f"{count}.zip"
        archive.write_bytes(trees.archive(files))
        ours: list[dict[str, Any]] = []
        git: list[float] = []
        ids = set()
        while len(ours) < wanted and (not ours or monotonic() < end):
            ours.append(seeding.measure(archive, host.url, host.create()))
            ids.add(host.tree())
            git.append(native_git.push(files, host.url, host.create()))
            ids.add(host.tree())
        if len(ids) != 1:
            raise RuntimeError(f"git and the seed function made different trees of the same files: {ids}")
        mine, theirs = median(one["seconds"] for one in ours), median(git)
        measured.append(
            {
                "files": count,
                "rounds": len(ours),
                "seconds": mine,
                "git_seconds": theirs,
                "ratio": mine / theirs,
                "requests": max(one["requests"] for one in ours),
                "peak_mb": median(one["peak_mb"] for one in ours),
                "base_mb": median(one["base_mb"] for one in ours),
            }
        )
    table(
        "The seed function against native git (write, add, commit, push), same tree, same server",
        ("files", "rounds", "seed", "git", "ratio", "requests", "peak memory", "per 1,000 files"),
        [
            (
                f"{one['files']:,}",
                str(one["rounds"]),
                seconds(one["seconds"]),
                seconds(one["git_seconds"]),
                f"{one['ratio']:.2f}",
                str(one["requests"]),
                f"{one['peak_mb']:.0f} MB",
                f"{(one['peak_mb'] - one['base_mb']) / one['files'] * 1000:.1f} MB",
            )
            for one in measured
        ],
    )
    return measured


def _rest(host: Host, counts: tuple[int, ...], sizes: list[dict[str, Any]], end: float) -> list[dict[str, Any]]:
    ways = (("contents API", rest.contents_api), ("git data API", rest.git_data_api))
    measured = [
        {"way": "seed function", "files": one["files"], "requests": one["requests"], "seconds": one["seconds"]}
        for one in sizes
        if one["files"] in counts
    ]
    for count in counts:
        files = trees.contents(count)
        for name, way in ways:
            if monotonic() < end:
                done = rest.push(way, files, host.url, host.create())
                measured.append({"way": name, "files": count, "requests": done.requests, "seconds": done.seconds})
    measured.sort(key=lambda one: (one["files"], one["requests"]))
    table(
        "The same seed by REST, as libraries do it",
        ("way", "files", "requests", "time"),
        [(one["way"], f"{one['files']:,}", f"{one['requests']:,}", seconds(one["seconds"])) for one in measured],
    )
    return measured


def _memory(host: Host, work: Path, count: int) -> dict[str, Any]:
    archive = work / f"{count}.zip"
    limit = LIMITS["memory_mb"]
    measured = seeding.measure(archive, host.url, host.create(), limit_mb=limit)
    print(
        f"\n{count:,} files in a process that may address {limit} MB, with AWS clients: {measured['status']}, "
        f"{measured['peak_mb']:.0f} MB resident."
    )
    return {"files": count, "limit_mb": limit, "peak_mb": measured["peak_mb"], "status": measured["status"]}


def _cold_start(work: Path, rounds: int) -> dict[str, Any]:
    out = work / "release"
    subprocess.run(
        [sys.executable, "-m", "release", "build", "--local", "--out", str(out)],
        cwd=ROOT,
        check=True,
        stdout=subprocess.DEVNULL,
    )
    archive = out / "lambda-seed-repository.zip"
    with cold_start.unpacked(archive) as folders:
        starts = {
            "seed function": cold_start.start(folders["seed"], "seed_repository.handler.handler", rounds),
            "empty handler with powertools": cold_start.start(folders["powertools"], "empty.handler", rounds),
            "empty handler": cold_start.start(folders["nothing"], "empty.handler", rounds),
        }
        modules = cold_start.imported(folders["seed"], "seed_repository.handler.handler")
    base = starts["empty handler with powertools"].wall_ms
    size = archive.stat().st_size
    table(
        f"Cold start with AWS Lambda's runtime client (archive {size:,} bytes, {rounds} starts each)",
        ("function", "init (median)", "best", "processor time", "ratio"),
        [
            (
                name,
                f"{one.wall_ms:.0f} ms",
                f"{one.best_ms:.0f} ms",
                f"{one.cpu_ms:.0f} ms",
                f"{one.wall_ms / base:.1f}",
            )
            for name, one in starts.items()
        ],
    )
    return {
        "archive_bytes": size,
        "starts": {
            name: {"init_ms": one.wall_ms, "best_ms": one.best_ms, "cpu_ms": one.cpu_ms}
            for name, one in starts.items()
        },
        "ratio_to_powertools": starts["seed function"].wall_ms / base,
        "modules": len(modules),
        "unwanted": [name for name in _UNWANTED if name in modules],
    }


def _broken(results: dict[str, Any]) -> list[str]:
    broken = []
    start = results["cold_start"]
    # On a machine that is busy with other things the clock tells about those: the best start counts here.
    init = start["starts"]["seed function"]["best_ms"]
    if init > LIMITS["init_ms"]:
        broken.append(f"init takes {init:.0f} ms, more than {LIMITS['init_ms']}")
    if start["archive_bytes"] > LIMITS["archive_bytes"]:
        broken.append(f"the archive has {start['archive_bytes']:,} bytes, more than {LIMITS['archive_bytes']:,}")
    if start["unwanted"]:
        broken.append(f"a start loads {', '.join(start['unwanted'])}")
    for one in results["sizes"]:
        if one["requests"] > LIMITS["requests"]:
            broken.append(f"{one['files']:,} files take {one['requests']} requests")
        if one["ratio"] > 1:
            broken.append(f"{one['files']:,} files take {one['ratio']:.2f} times as long as git")
    return broken


def _machine() -> dict[str, Any]:
    load = os.getloadavg()[0]
    return {
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "processors": os.cpu_count(),
        "load": round(load, 1),
    }


if __name__ == "__main__":
    sys.exit(main())
