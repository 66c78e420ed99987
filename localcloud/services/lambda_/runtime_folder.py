"""What a function sees beside its own archive: what AWS's Python runtime brings, and nothing else of this machine.

AWS's runtime has the runtime client and boto3: https://docs.aws.amazon.com/lambda/latest/dg/lambda-python.html.
The folder links to just those packages where they are installed: what is missing from an archive is missing here.
"""

import re
import shutil
from importlib.metadata import distribution
from pathlib import Path

_PROVIDED = ("awslambdaric", "boto3")
_NAME = re.compile(r"[A-Za-z0-9._-]+")


def build(folder: Path) -> Path:
    """Fill a folder with links to the runtime's packages, and return it."""
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    for name in sorted(_closure()):
        for file in distribution(name).files or []:
            top = file.parts[0]
            if top in ("..", "__pycache__"):
                continue
            link = folder / top
            if not link.exists():
                link.symlink_to(Path(str(distribution(name).locate_file(top))))
    return folder


def _closure() -> set[str]:
    """The provided distributions and everything that they require."""
    found: set[str] = set()
    waiting = list(_PROVIDED)
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        found.add(name)
        for requirement in distribution(name).requires or []:
            match = _NAME.match(requirement)
            if match is not None and "extra ==" not in requirement:
                waiting.append(match.group().lower())
    return found


#: Programs that a function finds on its PATH; AWS's image has few more, and neither git nor a compiler.
_PROGRAMS = ("bash", "cat", "cp", "env", "ls", "mkdir", "mv", "rm", "sh")


def build_programs(folder: Path) -> Path:
    """Fill a folder with links to the programs that a function may call, and return it."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in _PROGRAMS:
        found = shutil.which(name)
        link = folder / name
        if found is not None and not link.exists():
            link.symlink_to(found)
    return folder
