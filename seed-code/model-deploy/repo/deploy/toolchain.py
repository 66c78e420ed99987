"""Terraform as ``terraform.toml`` pins it: from PATH, from the platform's mirror, or from HashiCorp, always checked."""

import hashlib
import os
import platform
import shutil
import subprocess
import tomllib
import urllib.request
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from deploy.context import ROOT
from deploy.errors import DeployError

RELEASES = "https://releases.hashicorp.com/terraform"
MACHINES = {"x86_64": "linux_amd64", "aarch64": "linux_arm64"}


def install(environ: Mapping[str, str], s3: Any, folder: Path) -> tuple[str, dict[str, str]]:
    """Return the path of Terraform and the variables it runs with; what has to be fetched goes to ``folder``."""
    pins = tomllib.loads((ROOT / "terraform.toml").read_text(encoding="utf-8"))
    variables = _provider(environ, s3, folder, pins["aws_provider_version"])
    found = shutil.which("terraform", path=environ.get("PATH"))
    if found and _version(found) == pins["version"]:
        return found, variables
    machine = MACHINES.get(platform.machine(), "")
    name = f"terraform_{pins['version']}_{machine}.zip"
    if machine not in pins["sha256"]:
        raise DeployError(f"terraform.toml knows no Terraform for {platform.machine()}")
    archive = folder / name
    folder.mkdir(parents=True, exist_ok=True)
    mirror = environ.get("TERRAFORM_ARCHIVE", "")
    if mirror.endswith(f"/{name}"):
        _from_s3(s3, mirror, archive)
    else:
        _download(f"{RELEASES}/{pins['version']}/{name}", archive)
    _verify(archive, pins["sha256"][machine])
    with zipfile.ZipFile(archive) as unpacked:
        unpacked.extract("terraform", folder)
    binary = folder / "terraform"
    binary.chmod(0o755)
    return str(binary), variables


def _version(binary: str) -> str:
    done = subprocess.run([binary, "version"], capture_output=True, text=True, check=False)
    first = done.stdout.split("\n", 1)[0]
    return first.removeprefix("Terraform v").strip()


def _provider(environ: Mapping[str, str], s3: Any, folder: Path, version: str) -> dict[str, str]:
    """Where the provider comes from; the lock file decides whether it is the right one."""
    mirror = environ.get("TERRAFORM_PROVIDER_ARCHIVE", "")
    name = f"terraform-provider-aws_{version}_linux_amd64.zip"
    if environ.get("TF_CLI_CONFIG_FILE") or not mirror.endswith(f"/{name}") or platform.machine() != "x86_64":
        return {}
    place = folder / "mirror" / "registry.terraform.io" / "hashicorp" / "aws"
    place.mkdir(parents=True, exist_ok=True)
    _from_s3(s3, mirror, place / name)
    config = folder / "terraform.rc"
    config.write_text(
        f'provider_installation {{\n  filesystem_mirror {{\n    path = "{folder / "mirror"}"\n  }}\n}}\n',
        encoding="utf-8",
    )
    return {"TF_CLI_CONFIG_FILE": str(config)}


def _from_s3(s3: Any, uri: str, file: Path) -> None:
    bucket, key = uri.removeprefix("s3://").split("/", 1)
    s3.download_file(bucket, key, str(file))


def _download(address: str, file: Path) -> None:
    try:
        # The address begins with https:// in this file.
        with urllib.request.urlopen(address, timeout=300) as got, file.open("wb") as out:  # noqa: S310 # nosec B310 - https only
            shutil.copyfileobj(got, out)
    except OSError as error:
        raise DeployError(
            f"{address} could not be downloaded ({error}): open the network to it, or ask for a mirror"
        ) from error


def _verify(file: Path, expected: str) -> None:
    with file.open("rb") as content:
        found = hashlib.file_digest(content, "sha256").hexdigest()
    if found != expected:
        file.unlink()
        raise DeployError(f"{file.name} is not what terraform.toml says: its SHA-256 is {found}, expected {expected}")


def own_environment(extra: Mapping[str, str]) -> dict[str, str]:
    """The variables Terraform runs with."""
    return {**os.environ, "TF_IN_AUTOMATION": "1", "TF_INPUT": "0", "CHECKPOINT_DISABLE": "1", **extra}
