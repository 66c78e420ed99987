"""The same by native git: write the files, add, commit, push."""

import shutil
import subprocess
import tempfile
from pathlib import Path
from time import perf_counter

from bench.host import TOKEN
from bench.trees import write


def push(files: dict[str, bytes], host: str, repository: str) -> float:
    """Push a tree with git; the seconds from the first file to the end of the push."""
    address = f"{host.replace('://', f'://x-access-token:{TOKEN}@')}/{repository}.git"
    folder = Path(tempfile.mkdtemp(prefix="bench-git-"))
    environment = {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": str(folder), "GIT_CONFIG_NOSYSTEM": "1"}
    work = folder / "work"
    try:
        started = perf_counter()
        write(files, work)
        for arguments in (
            ["init", "--quiet", "--initial-branch=main"],
            ["add", "--all"],
            ["-c", "user.name=Bench", "-c", "user.email=bench@example.com", "commit", "--quiet", "-m", "Seed"],
            ["push", "--quiet", address, "main"],
        ):
            # Without the housekeeping that git would leave running in the background.
            command = ["git", "-c", "gc.auto=0", "-c", "maintenance.auto=false", *arguments]
            subprocess.run(command, cwd=work, env=environment, check=True, capture_output=True)
        return perf_counter() - started
    finally:
        shutil.rmtree(folder)
