"""Runs a CommandRunner's command as the instance's user data would: bash, the role's identity, a root folder."""

import json
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread
from time import sleep

from localcloud import faults, waits
from localcloud.cloud import Cloud
from localcloud.principals import Credentials
from localcloud.processes import ChildProcess, ProcessTimeoutError
from localcloud.services.ec2.machines import Machine

OUTPUT_FILE = "/command-output.txt"
SIGNAL_LIMIT = 4_096
"""Bytes of a wait condition's data (CloudFormation user guide, "Wait condition template syntax")."""
_SAFE_PATH = re.compile(r"[A-Za-z0-9_./-]+")
_POLL_SECONDS = 0.2


@dataclass(frozen=True)
class Run:
    """What to run, and for whom.

    Attributes:
        machine: the instance that it runs on.
        stack: name of the stack that waits.
        timeout: seconds until the wait condition gives up.
        sink: receives each line of output.
        alive: whether the instance still runs.
        given_up: whether the stack has given up.

    """

    cloud: Cloud
    region: str
    machine: Machine
    stack: str
    command: str
    credentials: Credentials | None
    timeout: float
    sink: Callable[[str], None]
    alive: Callable[[], bool]
    given_up: Callable[[], bool]


def execute(run: Run) -> str | None:
    """Run the command and return what was signalled, or None when nothing was until the timeout.

    On an instance ``cfn-signal`` stands after the command in the same script: a command that exits skips it, and
    the wait condition then waits for its whole timeout. So does this function.
    """
    root = run.cloud.temporary_folder("ec2", run.machine.id)
    visible = _visible(root)
    try:
        output, signal = visible / "command-output.txt", root / "signal"
        script = root / "user-data.sh"
        script.write_text(_script(run.command, output, signal), encoding="utf-8")
        environment = run.cloud.child_environment(
            run.credentials,
            root / "home",
            run.region,
            AWS_EC2_METADATA_DISABLED="false",
            AWS_EC2_METADATA_SERVICE_ENDPOINT=run.machine.metadata.url,
        )
        with waits.of(run.cloud).open("signal", run.machine.id, run.stack, run.timeout) as wait:
            _run(run, wait, ["bash", str(script)], environment, root)
            while not signal.exists():
                if wait.over or run.given_up():
                    return None
                sleep(_POLL_SECONDS)
        return signal.read_text(encoding="utf-8", errors="replace")
    finally:
        if visible != root:
            visible.unlink()
            visible.parent.rmdir()
        shutil.rmtree(root, ignore_errors=True)


def first_word(data: str) -> str:
    """The resource's output out of the signal's data.

    The CommandRunner takes the fourth piece of the wait condition's ``Data`` split at quotation marks: everything
    up to the first one, and nothing at all for an empty file.
    """
    return json.dumps({"Command Output": data}, ensure_ascii=False).split('"')[3]


def _script(command: str, output: Path, signal: Path) -> str:
    # Only this literal is replaced: on an instance the command runs as root and writes to /.
    body = command.replace(OUTPUT_FILE, str(output))
    return "\n".join(
        [
            "#!/bin/bash",
            body,
            f'printf %s "$(cat {output})" > {signal}.new && mv {signal}.new {signal}',
            f"echo Contents of {OUTPUT_FILE} = $(cat {output})",
            "",
        ]
    )


def _visible(root: Path) -> Path:
    """A name of ``root`` that needs no quoting, for it is put into somebody else's command."""
    if _SAFE_PATH.fullmatch(str(root)):
        return root
    link = Path(tempfile.mkdtemp(prefix="localcloud-")) / "root"
    link.symlink_to(root, target_is_directory=True)
    return link


def _run(run: Run, wait: waits.Wait, argv: list[str], environment: dict[str, str], root: Path) -> None:
    ended = Event()
    watchers: list[Thread] = []

    def watch(child: ChildProcess) -> None:
        while not ended.wait(_POLL_SECONDS):
            if wait.expired or run.given_up() or not run.alive():
                child.kill()
                return

    def started(child: ChildProcess) -> None:
        run.machine.run(child, run.command)
        watcher = Thread(target=watch, args=(child,), name=f"watch-{run.machine.id}", daemon=True)
        watchers.append(watcher)
        watcher.start()

    def heard(line: str) -> None:
        run.sink(line)
        faults.of(run.cloud).heard("instance", run.machine.id, line)

    try:
        status = run.cloud.processes.run(
            argv, env=environment, cwd=root, stdout=heard, timeout=run.timeout, on_start=started
        )
        run.sink(f"localcloud: the user data ended with status {status}")
    except (ProcessTimeoutError, subprocess.TimeoutExpired) as error:
        run.sink(f"localcloud: {error}")
    finally:
        run.machine.ended()
        ended.set()
        for watcher in watchers:
            watcher.join(10.0)
