"""What every test of Terraform needs: where the provider comes from."""

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def terraform_cli_config() -> Path:
    """Terraform's CLI configuration, as the Makefile prepared it."""
    named = os.environ.get("TF_CLI_CONFIG_FILE", "")
    if not named or not Path(named).is_file():
        pytest.fail(
            "TF_CLI_CONFIG_FILE names no file, so Terraform would not find its provider. "
            'Run these tests through make: make test ARGS="tests/terraform".',
            pytrace=False,
        )
    return Path(named)
