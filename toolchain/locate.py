"""Terraform and its provider for a command that is started without the Makefile."""

import os
from pathlib import Path

from toolchain.provider import find_mirror, write_cli_configuration
from toolchain.terraform import find, read_pin


def prepare(root: Path) -> Path:
    """Terraform as the Makefile found it, or found here; what it reads goes into this process's environment.

    Args:
        root: The checkout; what is written lies in its ``.tools``.

    Raises:
        ToolchainError: Terraform is neither on this machine nor can it be downloaded.

    """
    tools = root / ".tools"
    if not Path(os.environ.get("TF_CLI_CONFIG_FILE", "")).is_file():
        configuration = write_cli_configuration(tools, find_mirror(Path.home(), dict(os.environ)))
        os.environ["TF_CLI_CONFIG_FILE"] = str(configuration)
    os.environ["CHECKPOINT_DISABLE"] = "1"
    if binary := os.environ.get("TERRAFORM"):
        return Path(binary)
    return find(tools, read_pin(root / "release" / "terraform.toml"))
