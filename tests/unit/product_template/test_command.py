"""The command that the template makes is small and inert."""

import base64
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.unit.product_template.commands import STACK, command, longest
from tests.unit.product_template.forms import GOOD_VALUES


def test_the_deletion_is_asked_what_the_command_is_asked(template: dict[str, Any]) -> None:
    """What is destroyed is what was applied, and the resource is there before the first run."""
    teardown, project = template["Resources"]["Teardown"], template["Resources"]["Project"]
    properties = teardown["Properties"]

    assert project["DependsOn"] == "Teardown"
    assert set(properties["Parameters"]) == {*template["Parameters"], "Stack"}
    for name, value in properties["Parameters"].items():
        assert value == {"Fn::Base64": {"Ref": "AWS::StackId" if name == "Stack" else name}}
    variables = project["Properties"]["Command"]["Fn::Sub"][1]
    assert properties["RunnerSha256"] == variables["Runner"]
    assert properties["SettingsSha256"] == variables["Settings"]


def test_the_command_fits_a_stack_parameter_in_the_worst_case(template: dict[str, Any]) -> None:
    worst = template | {
        "Mappings": {
            "Platform": {**template["Mappings"]["Platform"], "Store": {"Bucket": "b" * 63, "Key": "k" * 100}}
        }
    }

    assert len(command(worst, longest(template)).encode()) <= 4096


def test_what_a_person_typed_is_in_the_command_only_as_base64(template: dict[str, Any]) -> None:
    values = {name: f"'; touch /tmp/{name}; $(id) `id` ${{IFS}}" for name in template["Parameters"]}

    text = command(template, values)

    assert not any(value in text for value in values.values())
    for name, value in values.items():
        assert f"{name}={base64.b64encode(value.encode()).decode()}\n" in text
    assert f"Stack={base64.b64encode(STACK.encode()).decode()}\n" in text
    assert "${" not in text.replace("${HOME:-/root}", "")


def test_the_command_is_clean_bash(template: dict[str, Any], tmp_path: Path) -> None:
    script = tmp_path / "command.sh"
    script.write_text("#!/bin/bash\n" + command(template, GOOD_VALUES), encoding="utf-8")

    subprocess.run(["bash", "-n", str(script)], check=True)
    checker = shutil.which("shellcheck", path=f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    if checker is None:
        pytest.skip("shellcheck comes with the requirements of `make check`")
    done = subprocess.run([checker, str(script)], capture_output=True, text=True, check=False)
    assert done.stdout == ""
