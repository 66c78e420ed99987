"""The cold start of the released archive under AWS Lambda's own runtime client, beside two smaller functions.

Measured from the start of the process to its first request for an event, which is what AWS reports as init.
"""

import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from statistics import median

POWERTOOLS = """
from aws_lambda_powertools import Logger, Metrics
logger = Logger(service="empty")
metrics = Metrics(namespace="Empty", service="empty")

@metrics.log_metrics
@logger.inject_lambda_context
def handler(event, context):
    return {}
"""
NOTHING = "def handler(event, context):\n    return {}\n"
_PATIENCE = 60.0


@dataclass(frozen=True)
class Start:
    """Milliseconds until a function asks for an event: median and best on the clock, median of processor time."""

    wall_ms: float
    cpu_ms: float
    best_ms: float


class _Asked(ThreadingHTTPServer):
    """A runtime API that hands out no event: it notes that the function asks for one."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Next)
        self.asked = threading.Event()
        self.release = threading.Event()
        self.moment = 0.0


class _Next(BaseHTTPRequestHandler):
    server: _Asked

    def do_GET(self) -> None:
        self.server.moment = time.perf_counter()
        self.server.asked.set()
        self.server.release.wait(_PATIENCE)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def unpacked(archive: Path) -> Iterator[dict[str, Path]]:
    """The archive and its neighbours as task folders; the neighbours use the archive's own packages."""
    with tempfile.TemporaryDirectory(prefix="bench-start-") as temporary:
        root = Path(temporary)
        with zipfile.ZipFile(archive) as bundle:
            bundle.extractall(root / "seed")
        (root / "powertools").mkdir()
        for package in (root / "seed").iterdir():
            (root / "powertools" / package.name).symlink_to(package)
        (root / "powertools" / "empty.py").write_text(POWERTOOLS, encoding="utf-8")
        (root / "nothing").mkdir()
        (root / "nothing" / "empty.py").write_text(NOTHING, encoding="utf-8")
        yield {name: root / name for name in ("seed", "powertools", "nothing")}


def start(folder: Path, handler: str, rounds: int) -> Start:
    """Start a function a number of times."""
    walls, cpus = zip(*(_once(folder, handler) for _ in range(rounds)), strict=True)
    return Start(median(walls), median(cpus), min(walls))


def imported(folder: Path, handler: str) -> list[str]:
    """Names of the modules that are loaded when the function is ready for an event."""
    module = handler.rpartition(".")[0]
    code = f"import sys, {module}; print('\\n'.join(sorted(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder,
        env=_environment(folder, 0),
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.split()


def _once(folder: Path, handler: str) -> tuple[float, float]:
    server = _Asked()
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    before = _children_seconds()
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "awslambdaric", handler],
        cwd=folder,
        env=_environment(folder, server.server_port),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        if not server.asked.wait(_PATIENCE):
            raise RuntimeError(f"{handler} did not start within {_PATIENCE:.0f} s")
    finally:
        process.kill()
        process.wait()
        server.release.set()
        server.shutdown()
        server.server_close()
    return (server.moment - began) * 1000, (_children_seconds() - before) * 1000


def _environment(folder: Path, port: int) -> dict[str, str]:
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "PYTHONPATH": str(folder),
        "PYTHONDONTWRITEBYTECODE": "1",  # as in Lambda, whose task folder is read-only
        "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{port}",
        "AWS_LAMBDA_FUNCTION_NAME": "bench",
        "AWS_LAMBDA_FUNCTION_VERSION": "1",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
        "AWS_REGION": "eu-west-1",
        "LAMBDA_TASK_ROOT": str(folder),
    }


def _children_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
