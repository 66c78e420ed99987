"""The shell of a build: every command is a process of its own, and what it exports goes on to the next.

As in CodeBuild, a command is a script that restores folder and environment, runs, and saves both: variables that
one command sets are there in the next one, whatever the phase, and so is the folder that it changed to.
"""

import shlex
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from localcloud.processes import ProcessTimeoutError

if TYPE_CHECKING:
    from localcloud.cloud import Cloud
    from localcloud.processes import ChildProcess
    from localcloud.services.codebuild.build import Build

#: `set -a` exports what a command assigns; `export -p` writes what the next one reads.
_TEMPLATE = """cd "$(cat {folder})" || exit 1
{guarded}
set -a
{command}
codebuild_exit=$?
set +a
export -p > {variables}
pwd > {folder}
exit $codebuild_exit
"""

_DUMP = 'if [ -e "$1" ]; then . "$1"; fi; exec env -0'


class CommandTimeoutError(Exception):
    """The build's time is over."""


class BuildShell:
    """Runs the commands of one build."""

    def __init__(
        self,
        cloud: "Cloud",
        build: "Build",
        folder: Path,
        *,
        source: Path,
        environment: dict[str, str],
        interpreter: str,
        on_line: Callable[[str], None],
    ) -> None:
        self._cloud = cloud
        self._build = build
        self._folder = folder
        self._on_line = on_line
        self._environment = environment
        self._argv = ["bash"] if interpreter == "bash" else ["bash", "--posix"]
        self._script = folder / "script.sh"
        self._variables = folder / "env.sh"
        self._directory = folder / "dir.txt"
        folder.mkdir(parents=True, exist_ok=True)
        self._directory.write_text(f"{source}\n", encoding="utf-8")

    def run(self, command: str, timeout: float, variables: dict[str, str] | None = None) -> int:
        """Run one command, `timeout` seconds at most, and return its exit status.

        `variables` are set for this and the following commands. Raises CommandTimeoutError.
        """
        lines = [f". {shlex.quote(str(self._variables))} 2>/dev/null" if self._variables.exists() else ":"]
        lines += [f"export {name}={shlex.quote(value)}" for name, value in (variables or {}).items()]
        text = _TEMPLATE.format(
            folder=shlex.quote(str(self._directory)),
            variables=shlex.quote(str(self._variables)),
            guarded="\n".join(lines),
            command=command,
        )
        self._script.write_text(text, encoding="utf-8")
        try:
            return self._cloud.processes.run(
                [*self._argv, str(self._script)],
                env=self._environment,
                cwd=self._folder,
                stdout=self._on_line,
                timeout=max(timeout, 0.1),
                on_start=self._started,
            )
        except ProcessTimeoutError as error:
            raise CommandTimeoutError from error
        finally:
            self._build.child = None

    def _started(self, child: "ChildProcess") -> None:
        self._build.child = child
        # Asked to stop between two commands, when there was no child to end.
        if self._build.stop_requested.is_set():
            child.end(grace=1.0)
        if self._build.lost.is_set():
            child.kill()

    def variables(self) -> dict[str, str]:
        """What is exported now."""
        captured: list[str] = []
        self._cloud.processes.run(
            [*self._argv, "-c", _DUMP, "dump", str(self._variables)],
            env=self._environment,
            cwd=self._folder,
            stdout=captured.append,
            timeout=10.0,
        )
        pairs = (item.partition("=") for item in "\n".join(captured).split("\0") if "=" in item)
        return {name: value for name, _, value in pairs}
