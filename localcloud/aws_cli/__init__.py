"""The AWS CLI of instances and builds, kept warm: one process has it loaded, and forks for each command.

It is the same program with the same words. Started anew, each command takes half a second of one core before it
asks for anything, and a run of the runner has some twenty of them (docs/adr/0074).
"""

import sys
from pathlib import Path

from localcloud.processes import ProcessGroup

_CLIENT = Path(__file__).with_name("client.py")
_SHEBANG_LIMIT = 200
"""Bytes: Linux reads 256 of a script's first line, spaces end the program's name."""


def install(folder: Path, socket: Path, processes: ProcessGroup, environment: dict[str, str]) -> Path | None:
    """Start the process and write the program ``aws`` that asks it.

    Args:
        folder: where ``aws`` is written, for a PATH.
        socket: where the process listens; a path of 107 bytes at most.
        processes: what ends it.
        environment: of the process; each command brings its own.

    Returns:
        The program; None where a script cannot name this interpreter, and the real program has to do.

    """
    line = f"#!{sys.executable} -IS\n"
    if len(line) > _SHEBANG_LIMIT or " " in sys.executable:
        return None
    processes.start(
        [sys.executable, "-m", "localcloud.aws_cli.server", str(socket)],
        env=environment,
        cwd=Path(__file__).resolve().parents[2],
    )
    folder.mkdir(parents=True, exist_ok=True)
    program = folder / "aws"
    text = _CLIENT.read_text(encoding="utf-8")
    for name, value in (("SOCKET", socket), ("REAL", Path(sys.executable).with_name("aws"))):
        text = text.replace(f'"{name}"', repr(str(value)))
    program.write_text(line + text, encoding="utf-8")
    program.chmod(0o755)
    return program
