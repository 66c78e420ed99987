"""What a Lambda archive carries besides its own code: the locked packages for its target, pruned."""

import hashlib
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

_NEWEST_RUNTIME = (3, 13)  # the newest that AWS provider 5.100 accepts
_ARCHITECTURES = {"x86_64": "x86_64", "amd64": "x86_64", "arm64": "arm64", "aarch64": "arm64"}
_WHEEL_MACHINES = {"x86_64": "x86_64", "arm64": "aarch64"}
_GLIBCS = ("manylinux_2_34", "manylinux_2_28", "manylinux2014")  # Amazon Linux 2023 has glibc 2.34
_PRUNING = Path(__file__).with_name("prune.toml")


class BuildError(Exception):
    """The release cannot be built; the message says why."""


@dataclass(frozen=True)
class Target:
    """What an archive is built for. ``local`` means the interpreter that builds it."""

    runtime: str
    architecture: str
    local: bool

    @classmethod
    def aws(cls, architecture: str) -> "Target":
        """AWS Lambda."""
        return cls(f"python{_NEWEST_RUNTIME[0]}.{_NEWEST_RUNTIME[1]}", architecture, local=False)

    @classmethod
    def here(cls) -> "Target":
        """The machine and the interpreter that build, under the newest label that AWS knows."""
        major, minor = min(sys.version_info[:2], _NEWEST_RUNTIME)
        architecture = _ARCHITECTURES.get(platform.machine().lower(), "x86_64")
        return cls(f"python{major}.{minor}", architecture, local=True)

    @property
    def identity(self) -> str:
        """What tells apart the packages of two targets."""
        if self.local:
            machine = f"{platform.system()} {platform.machine()} {platform.libc_ver()}"
            return f"local {sys.implementation.cache_tag} {machine}"
        return f"aws {self.runtime} {self.architecture}"


@dataclass(frozen=True)
class Pruning:
    """What is left out: packages that the Lambda runtime brings, and files of the others that are not used."""

    provided: frozenset[str]
    unused: tuple[str, ...]

    @classmethod
    def read(cls, path: Path = _PRUNING) -> "Pruning":
        """Read the list that is kept beside this module."""
        content = tomllib.loads(path.read_text(encoding="utf-8"))
        return cls(
            frozenset(content["provided"]),
            tuple(pattern for group in content["unused"].values() for pattern in group),
        )


def install(lock: Path, target: Target, cache: Path, pruning: Pruning) -> Path:
    """A folder with the packages of a lock file, installed for a target and pruned; made once, then reused.

    Raises:
        BuildError: if pip cannot install them.

    """
    wanted = without_provided(lock.read_text(encoding="utf-8"), pruning.provided)
    identity = "\0".join([wanted, target.identity, *pruning.unused])
    ready = cache / hashlib.sha256(identity.encode()).hexdigest()[:32]
    if ready.is_dir():
        return ready
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache, prefix="installing-") as temporary:
        place = Path(temporary)
        requirements = place / "requirements.txt"
        requirements.write_text(wanted, encoding="utf-8")
        _pip_install(requirements, place / "packages", target)
        prune(place / "packages", pruning.unused)
        if not ready.is_dir():
            (place / "packages").rename(ready)
    return ready


def without_provided(lock: str, provided: frozenset[str]) -> str:
    """A lock file's text without some packages: each begins in the first column and goes on indented."""
    kept, keeping = [], True
    for line in lock.splitlines():
        name = re.match(r"([A-Za-z0-9._-]+)\s*(?:\[|==)", line)
        if name:
            keeping = re.sub(r"[-_.]+", "-", name[1]).lower() not in provided
        if keeping and not line.lstrip().startswith("#"):
            kept.append(line)
    return "\n".join(kept) + "\n"


def _pip_install(requirements: Path, packages: Path, target: Target) -> None:
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]
    command += ["--require-hashes", "--no-deps", "--only-binary=:all:", "--no-compile"]
    command += ["--target", str(packages), "-r", str(requirements)]
    if not target.local:
        machine = _WHEEL_MACHINES[target.architecture]
        command += ["--implementation=cp", f"--python-version={target.runtime.removeprefix('python')}"]
        command += [f"--platform={glibc}_{machine}" for glibc in _GLIBCS]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise BuildError(
            f"pip could not install the Lambda packages for {target.identity}:\n{done.stderr.strip()}"
        )


def prune(packages: Path, unused: tuple[str, ...]) -> None:
    """Remove files and folders whose path below ``packages`` matches a pattern."""
    for path in sorted(packages.rglob("*"), reverse=True):
        relative = path.relative_to(packages).as_posix()
        if any(fnmatchcase(relative, pattern) for pattern in unused):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
