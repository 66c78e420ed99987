"""One seeding by the function's own code, in a process of its own: time, requests, memory.

Run as ``python -m bench.seeding ARCHIVE HOST REPOSITORY [LIMIT_MB]``; prints JSON. S3 and Secrets Manager are
stood in for, since they are the same for every way to push; everything after their answers is the function's.
"""

import hashlib
import io
import json
import logging
import resource
import subprocess
import sys
from pathlib import Path
from time import perf_counter
from typing import Any

from bench.host import TOKEN

ROOT = Path(__file__).resolve().parents[1]


class _Store:
    def __init__(self, content: bytes) -> None:
        self._content = content

    def get_object(self, **_: object) -> dict[str, Any]:
        return {"ContentLength": len(self._content), "Body": io.BytesIO(self._content)}

    def get_secret_value(self, **_: object) -> dict[str, str]:
        return {"SecretString": json.dumps({"token": TOKEN})}


def measure(archive: Path, host: str, repository: str, *, limit_mb: int | None = None) -> dict[str, Any]:
    """Seed a repository in a new process.

    Returns:
        ``seconds``, ``requests``, ``peak_mb`` (largest resident memory of the process), ``base_mb`` (before the
        seeding), ``status``.

    """
    command = [sys.executable, "-m", "bench.seeding", str(archive), host, repository]
    command += [] if limit_mb is None else [str(limit_mb)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"seeding failed: {done.stderr[-2000:]}")
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def _event(content: bytes, host: str, repository: str) -> dict[str, Any]:
    event: dict[str, Any] = json.loads((ROOT / "bench" / "event.json").read_text(encoding="utf-8"))
    event["host"] = {"base_url": host, "api_url": f"{host}/api/v3"}
    event["repository"].update(full_name=repository, url=f"{host}/{repository}")
    event["seed"]["sha256"] = hashlib.sha256(content).hexdigest()
    return event


def main(arguments: list[str]) -> None:
    """Seed once and print what it took."""
    archive, host, repository, *limit = arguments
    if limit:
        size = int(limit[0]) * 1024 * 1024
        resource.setrlimit(resource.RLIMIT_AS, (size, size))
    sys.path.insert(0, str(ROOT / "lambdas"))
    import urllib3  # noqa: PLC0415 - within the limit
    from seed_repository.events import parse_request  # noqa: PLC0415
    from seed_repository.figures import Figures  # noqa: PLC0415
    from seed_repository.retry import Patience  # noqa: PLC0415
    from seed_repository.service import SeedService  # noqa: PLC0415
    from seed_repository.settings import Settings  # noqa: PLC0415
    from seed_repository.transport import Deadline  # noqa: PLC0415

    if limit:
        import boto3  # noqa: PLC0415

        for service_name in ("s3", "secretsmanager", "dynamodb"):
            boto3.client(service_name, region_name="eu-west-1")
    content = Path(archive).read_bytes()
    store, figures, settings = _Store(content), Figures(), Settings()
    service = SeedService(
        s3=store,
        secrets=store,
        pool=urllib3.PoolManager(),
        settings=settings,
        patience=Patience(1, Deadline(280)),
        log=logging.getLogger("bench"),
        figures=figures,
    )
    request = parse_request(_event(content, host, repository))
    base = _resident_mb()
    started = perf_counter()
    result = service.seed(request)
    seconds = perf_counter() - started
    measured = {"seconds": seconds, "requests": figures.requests, "peak_mb": _resident_mb(), "base_mb": base}
    print(json.dumps({**measured, "status": result.status, "files": figures.files}))


def _resident_mb() -> float:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1024 * 1024 if sys.platform == "darwin" else 1024)


if __name__ == "__main__":
    main(sys.argv[1:])
