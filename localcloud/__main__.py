"""``python -m localcloud``: run, start in the background, stop."""

import logging
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from threading import Event
from typing import Annotated

import typer

from localcloud.handout import write as write_handout
from localcloud.memory import keep_small
from localcloud.server import LocalCloud
from localcloud.settings import Settings
from localcloud.shell import healthy, shown

app = typer.Typer(add_completion=False, help=__doc__, no_args_is_help=True)
_Directory = Annotated[Path, typer.Option(help="Folder for everything the local cloud writes.")]
_DEFAULT = Path(".localcloud")
_KEEP_TRAFFIC = "Keep what passes and may be gone in the end, in the folder, as long as it runs."
_ENFORCE = (
    "Refuse what IAM would refuse, in AWS's words: to roles and users, and to services that act as a role. IAM is "
    "not asked about the administrator, the root (unknown access keys), unsigned and presigned requests, and what "
    "SNS, alarms and EventBridge deliver without a role (resources' own policies decide that)."
)
_START_SECONDS = 60
_MARKER = ".local-cloud"
_LOG = "localcloud.log"
_logger = logging.getLogger("localcloud")


@app.command()
def serve(
    directory: _Directory = _DEFAULT,
    port: Annotated[int, typer.Option(help="Port of the AWS endpoint; 0 picks a free one.")] = 0,
    git_port: Annotated[int, typer.Option(help="Port of the git host; 0 picks a free one.")] = 0,
    region: Annotated[str, typer.Option(help="Region of the credentials handed out.")] = "eu-central-1",
    *,
    enforce_iam: Annotated[bool, typer.Option("--enforce-iam", help=_ENFORCE)] = False,
    keep_traffic: Annotated[bool, typer.Option("--keep-traffic", help=_KEEP_TRAFFIC)] = False,
) -> None:
    """Run in the foreground until Ctrl-C, SIGTERM or the terminal's end."""
    directory = directory.absolute()
    keep_small()
    _make_empty(directory)
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    stop = Event()
    received: list[int] = []

    def end(number: int, _: object) -> None:
        received.append(number)
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, end)
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # as nohup has it
        signal.signal(signal.SIGHUP, end)
    settings = Settings(
        directory=directory,
        port=port,
        git_port=git_port,
        region=region,
        enforce_iam=enforce_iam,
        keep_traffic=keep_traffic,
    )
    cloud = LocalCloud(settings)
    if cloud.cloud.traffic is not None:
        cloud.cloud.traffic.watch_this_process()
    with cloud as running:
        handout = write_handout(running.cloud, directory)
        (directory / "pid").write_text(f"{os.getpid()}\n", encoding="utf-8")
        typer.echo(
            f"AWS endpoint {running.cloud.endpoint}, git host {running.cloud.git_url}, settings in {handout}"
        )
        stop.wait()
        _logger.warning("%s: the local cloud ends.", signal.Signals(received[0]).name)
    _make_empty(directory)


@app.command()
def up(
    directory: _Directory = _DEFAULT,
    enforce_iam: Annotated[bool, typer.Option("--enforce-iam", help=_ENFORCE)] = False,
) -> None:
    """Start in the background and say what to try next."""
    directory = directory.absolute()
    if _running(directory):
        typer.echo(f"The local cloud is running already. Its settings: source {shown(directory / 'env')}")
        return
    _make_empty(directory)
    log = directory / _LOG
    with log.open("ab") as output:
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "localcloud", "serve", "--directory", str(directory)),
                *(["--enforce-iam"] if enforce_iam else []),
            ],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            cwd=Path(__file__).resolve().parent.parent,
        )
    deadline = time.monotonic() + _START_SECONDS
    while not ((directory / "env").exists() and healthy(directory)):
        if process.poll() is not None or time.monotonic() > deadline:
            typer.echo(f"error: the local cloud did not start; its log is {log}", err=True)
            raise typer.Exit(1)
        time.sleep(0.1)
    typer.echo((directory / "next-steps.txt").read_text(encoding="utf-8"))


@app.command()
def down(directory: _Directory = _DEFAULT) -> None:
    """Stop what ``up`` started, with all its children."""
    directory = directory.absolute()
    if not _running(directory):
        typer.echo("The local cloud is not running.")
        return
    pid = int((directory / "pid").read_text(encoding="utf-8"))
    os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + _START_SECONDS
    while _alive(pid):
        if time.monotonic() > deadline:
            typer.echo(f"error: process {pid} does not end; its log is {directory / _LOG}", err=True)
            raise typer.Exit(1)
        time.sleep(0.1)
    typer.echo("The local cloud has stopped; its state is gone (it lived in memory).")


def _make_empty(directory: Path) -> None:
    """Remove what an earlier local cloud left, whose state is gone; its logs stay for reading.

    Raises:
        typer.BadParameter: the folder holds something else than a local cloud's files.

    """
    directory.mkdir(parents=True, exist_ok=True)
    marker = directory / _MARKER
    if not marker.exists() and any(directory.iterdir()):
        raise typer.BadParameter(f"{directory} is not empty and not a local cloud's folder; choose another one")
    marker.touch()
    for path in directory.iterdir():
        if path.name in (_MARKER, _LOG, "calls.jsonl", "policies.jsonl"):
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


def _running(directory: Path) -> bool:
    path = directory / "pid"
    return path.exists() and _alive(int(path.read_text(encoding="utf-8"))) and healthy(directory)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, PermissionError):
        return False
    stat = Path(f"/proc/{pid}/stat")
    return not (stat.exists() and stat.read_text(encoding="utf-8").rsplit(")", 1)[1].split()[0] == "Z")


if __name__ == "__main__":
    app()
