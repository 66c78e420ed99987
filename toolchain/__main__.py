"""``python -m toolchain``: prepare ``.tools`` and print what the Makefile includes."""

import os
import sys
from pathlib import Path

from toolchain.provider import find_mirror, write_cli_configuration
from toolchain.terraform import ToolchainError, find, read_pin

_ROOT = Path(__file__).resolve().parent.parent


def main() -> int:
    """Write ``.tools/terraform.mk`` (TERRAFORM, TF_CLI_CONFIG_FILE) and say what was found."""
    tools = _ROOT / ".tools"
    tools.mkdir(exist_ok=True)
    try:
        terraform = find(tools, read_pin(_ROOT / "release" / "terraform.toml"))
    except ToolchainError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    mirror = find_mirror(Path.home(), dict(os.environ))
    configuration = write_cli_configuration(tools, mirror)
    (tools / "terraform.mk").write_text(
        f"export TERRAFORM := {terraform}\n"
        f"export TF_CLI_CONFIG_FILE := {configuration}\n"
        f"export PATH := {terraform.parent}:$(PATH)\n",
        encoding="utf-8",
    )
    print(f"Terraform: {terraform}; AWS provider: {mirror or 'the Terraform registry'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
