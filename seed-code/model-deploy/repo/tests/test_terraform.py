"""Terraform's outputs, as the other commands rely on them."""

from pathlib import Path

import pytest

from deploy.errors import DeployError
from deploy.terraform import Terraform


def program(folder: Path, body: str) -> Terraform:
    binary = folder / "terraform"
    binary.write_text(f"#!/bin/sh\n{body}\n")
    binary.chmod(0o755)
    return Terraform(str(binary), {}, folder)


def test_what_terraform_leaves_out_is_none(tmp_path: Path) -> None:
    """A batch has no endpoint, and Terraform lists no output that is null."""
    outputs = program(tmp_path, """echo '{"kind": {"value": "batch"}, "model_name": {"value": "a-model"}}'""").outputs()

    assert outputs["kind"] == "batch"
    assert outputs["model_name"] == "a-model"
    assert [outputs[name] for name in ("endpoint_name", "endpoint_config_name", "dashboard")] == [None] * 3


def test_outputs_that_cannot_be_read_are_no_outputs(tmp_path: Path) -> None:
    with pytest.raises(DeployError, match="the outputs could not be read: no state"):
        program(tmp_path, "echo no state >&2; exit 1").outputs()
