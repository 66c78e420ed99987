"""Terraform: the one on PATH, or a pinned, checksummed download into the checkout."""

import hashlib
import http.client
import json
import os
import platform
import shutil
import stat
import subprocess
import tomllib
import urllib.request
import zipfile
from dataclasses import dataclass
from pathlib import Path

MINIMUM = (1, 11, 0)
_RELEASES = "https://releases.hashicorp.com/terraform"
_TIMEOUT_SECONDS = 60


class ToolchainError(Exception):
    """A tool is missing; the message says how to get it."""


@dataclass(frozen=True)
class Pin:
    """The pinned version, and the SHA-256 of each platform's archive (hex)."""

    version: str
    sha256: dict[str, str]


def read_pin(path: Path) -> Pin:
    """The pin out of ``release/terraform.toml``."""
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    return Pin(version=data["version"], sha256=dict(data["sha256"]))


def current_platform() -> str:
    """The running machine in Terraform's words, for example ``linux_amd64``."""
    machine = platform.machine().lower()
    architecture = {"x86_64": "amd64", "aarch64": "arm64"}.get(machine, machine)
    return f"{platform.system().lower()}_{architecture}"


def find(tools: Path, pin: Pin) -> Path:
    """Path of a usable Terraform: on PATH, downloaded before, or downloaded now.

    Args:
        tools: the checkout's folder for downloaded tools.
        pin: version and checksums of the download.

    Raises:
        ToolchainError: none is there and none can be had.

    """
    on_path = shutil.which("terraform")
    if on_path and _version(Path(on_path)) >= MINIMUM:
        return Path(on_path).absolute()
    downloaded = tools / f"terraform-{pin.version}" / "terraform"
    if downloaded.exists():
        return downloaded.absolute()
    return _download(downloaded, pin)


def _version(binary: Path) -> tuple[int, ...]:
    done = subprocess.run(
        [str(binary), "version", "-json"],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={**os.environ, "CHECKPOINT_DISABLE": "1"},
    )
    try:
        text = json.loads(done.stdout)["terraform_version"]
        return tuple(int(part) for part in text.split("-")[0].split("."))
    except (ValueError, KeyError):
        return (0,)


def _download(target: Path, pin: Pin) -> Path:
    name = current_platform()
    url = f"{_RELEASES}/{pin.version}/terraform_{pin.version}_{name}.zip"
    if name not in pin.sha256:
        raise ToolchainError(
            f"Terraform is not on PATH, and no checksum is pinned for {name}. Install Terraform "
            f">= {'.'.join(map(str, MINIMUM))} (https://developer.hashicorp.com/terraform/install) and try again."
        )
    target.parent.mkdir(parents=True, exist_ok=True)
    archive = target.parent / "terraform.zip"
    try:
        with urllib.request.urlopen(url, timeout=_TIMEOUT_SECONDS) as answer, archive.open("wb") as file:  # nosec B310 # noqa: S310 - https, fixed host
            shutil.copyfileobj(answer, file)
    except (OSError, http.client.HTTPException) as error:
        raise ToolchainError(
            f"Terraform is not on PATH, and {url} could not be downloaded ({error}). Install Terraform "
            f">= {'.'.join(map(str, MINIMUM))} (https://developer.hashicorp.com/terraform/install) and try again."
        ) from error
    with archive.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if digest != pin.sha256[name]:
        archive.unlink()
        raise ToolchainError(f"{url} has SHA-256 {digest}, expected {pin.sha256[name]}: the download was refused.")
    # In one step at the end: what an interruption leaves is never taken for Terraform.
    unfinished = target.parent / "unfinished"
    with zipfile.ZipFile(archive) as bundle:
        bundle.extract("terraform", unfinished)
    archive.unlink()
    binary = unfinished / "terraform"
    binary.chmod(binary.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)
    binary.replace(target)
    unfinished.rmdir()
    return target.absolute()
