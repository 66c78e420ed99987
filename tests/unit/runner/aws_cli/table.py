"""``python -m tests.unit.runner.aws_cli.table``: writes commands.txt from the wheels of AWS CLI 1.18.147."""

import io
import json
import re
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import botocore.loaders
from botocore import xform_name

from tests.unit.runner.aws_cli.used import ONLY_IN_BUILDS, used

TABLE = Path(__file__).with_name("commands.txt")
_WHEELS = {"awscli": "1.18.147", "botocore": "1.18.6"}
_HEAD = """\
# AWS CLI 1.18.147 (botocore 1.18.6), as Amazon Linux 2 has it: options of every command, then of each in use.
# What only builds of the deletion use ("in builds") is newer; its options are those of this checkout's botocore.
# Written by python -m tests.unit.runner.aws_cli.table from the two wheels on PyPI. Not to be edited.
"""
_FOLDERS = {"s3api": "s3"}
# Commands of the CLI's own, which no service's model describes; awscli/customizations/s3/subcommands.py.
_S3 = ("cp", "rm")


def main() -> int:
    """Write the table; 1 if that version lacks something that is used."""
    with tempfile.TemporaryDirectory() as folder:
        pins = [f"{name}=={version}" for name, version in _WHEELS.items()]
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"]
        subprocess.run([*pip, "--dest", folder, *pins], check=True)
        wheels = {name: next(Path(folder).glob(f"{name}-*.whl")).read_bytes() for name in _WHEELS}
    with (
        zipfile.ZipFile(io.BytesIO(wheels["awscli"])) as cli,
        zipfile.ZipFile(io.BytesIO(wheels["botocore"])) as core,
    ):
        lines = {"aws": set(json.loads(cli.read("awscli/data/cli.json"))["options"])}
        missing = []
        for command in sorted({use.command for use in used()}):
            service, operation = command.split()
            if command in ONLY_IN_BUILDS:
                model = botocore.loaders.Loader().load_service_model(service, "service-2")
                lines[f"{command} (in builds)"] = _options(model, operation) or set()
                continue
            options = _own(cli, operation) if service == "s3" else _modelled(core, service, operation)
            if options is None:
                missing.append(command)
            else:
                lines[command] = options
    text = "".join(f"{command}: {' '.join(sorted(options))}\n" for command, options in lines.items())
    TABLE.write_text(_HEAD + text, encoding="utf-8")
    for command in missing:
        sys.stderr.write(f"AWS CLI {_WHEELS['awscli']} has no {command}\n")
    return int(bool(missing))


def _modelled(core: zipfile.ZipFile, service: str, operation: str) -> set[str] | None:
    """Options of an operation of a service, by the service's model."""
    folder = f"botocore/data/{_FOLDERS.get(service, service)}/"
    newest = max(name for name in core.namelist() if name.startswith(folder) and name.endswith("service-2.json"))
    return _options(json.loads(core.read(newest)), operation)


def _options(model: dict[str, Any], operation: str) -> set[str] | None:
    for name, described in model["operations"].items():
        if xform_name(name, "-") == operation:
            members = (
                model["shapes"][described["input"]["shape"]].get("members", {}) if "input" in described else {}
            )
            switches = {f"no-{xform_name(key, '-')}" for key, value in members.items() if _is_switch(model, value)}
            return {xform_name(key, "-") for key in members} | switches
    return None


def _is_switch(model: dict[str, Any], member: dict[str, Any]) -> bool:
    return bool(model["shapes"][member["shape"]]["type"] == "boolean")


def _own(cli: zipfile.ZipFile, operation: str) -> set[str] | None:
    """Options of ``aws s3 cp`` and ``aws s3 rm``: all that the module of these commands names."""
    if operation not in _S3:
        return None
    text = cli.read("awscli/customizations/s3/subcommands.py").decode("utf-8")
    return set(re.findall(r"{'name': '([a-z0-9-]+)'", text)) - {"paths"}


if __name__ == "__main__":
    sys.exit(main())
