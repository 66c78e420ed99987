"""Stop this notebook instance when nobody has used it for a while.

Asks Jupyter, on this machine, what its kernels and terminals did last; a systemd timer starts it each few minutes.
Runs on the Python of the operating system (3.7 or later, standard library only).
"""

from __future__ import annotations

import json
import ssl
import subprocess
import sys
import time
import urllib.request
from calendar import timegm
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

JUPYTER = "https://localhost:8443/api/"
METADATA = Path("/opt/ml/metadata/resource-metadata.json")


def seconds_idle(
    kernels: list[dict[str, Any]], terminals: list[dict[str, Any]], now: float, started: float
) -> float:
    """Seconds since anything happened; 0 while a kernel works.

    ``kernels`` and ``terminals`` are Jupyter's answers; ``now`` and ``started`` are seconds since the epoch.
    """
    if any(kernel.get("execution_state") in ("busy", "starting") for kernel in kernels):
        return 0
    times = [_seconds(item["last_activity"]) for item in [*kernels, *terminals] if item.get("last_activity")]
    return max(0, now - max([started, *times]))


def _seconds(moment: str) -> int:
    return timegm(time.strptime(moment[:19], "%Y-%m-%dT%H:%M:%S"))


def _asked(subject: str) -> list[dict[str, Any]]:
    # Jupyter's certificate is its own, and the connection does not leave this machine.
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    address = JUPYTER + subject
    with urllib.request.urlopen(address, timeout=10, context=context) as answer:  # noqa: S310  # nosec B310 - of this machine
        found: list[dict[str, Any]] = json.loads(answer.read().decode("utf-8"))
    return found


def _terminals() -> list[dict[str, Any]]:
    """None, where Jupyter was told to have none."""
    try:
        return _asked("terminals")
    except HTTPError as error:
        if error.code != 404:
            raise
        return []


def main(limit: int) -> None:
    """Stop the instance if it has been idle for ``limit`` seconds."""
    try:
        kernels, terminals = _asked("kernels"), _terminals()
    except HTTPError as error:
        # It is there and does not say: somebody may be working.
        print(f"Jupyter answers {error.code}, so nothing is stopped", file=sys.stderr)
        return
    except OSError as error:
        # Without Jupyter nobody can work here; the time since the start then decides.
        print(f"Jupyter does not answer: {error}", file=sys.stderr)
        kernels, terminals = [], []
    now = time.time()
    started = now - float(Path("/proc/uptime").read_text(encoding="utf-8").split()[0])
    idle = seconds_idle(kernels, terminals, now, started)
    print(f"idle for {idle:.0f} of {limit} seconds")
    if idle >= limit:
        about = json.loads(METADATA.read_text(encoding="utf-8"))
        region = about["ResourceArn"].split(":")[3]
        name = about["ResourceName"]
        command = [
            "aws",
            "sagemaker",
            "stop-notebook-instance",
            "--region",
            region,
            "--notebook-instance-name",
            name,
        ]
        subprocess.run(command, check=True)


if __name__ == "__main__":
    main(int(sys.argv[1]))
