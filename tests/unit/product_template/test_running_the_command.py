"""The command runs the released runner, and hands on its word; a failure is signalled too."""

import base64
import hashlib
import shlex
import subprocess
import tarfile
from pathlib import Path
from typing import Any

import pytest

from tests.unit.product_template.commands import command
from tests.unit.product_template.forms import GOOD_VALUES


class Instance:
    """Where the command runs: a bucket in a folder, and a place for the output."""

    def __init__(self, root: Path, template: dict[str, Any], runner: str) -> None:
        self.root = root
        store = root / "store"
        store.mkdir()
        (root / "runner.sh").write_text(runner, encoding="utf-8")
        with tarfile.open(store / "runner.tar.gz", "w:gz") as tar:
            tar.add(root / "runner.sh", "runner.sh")
        (store / "runner-settings").write_text("region=eu-west-1\n", encoding="utf-8")
        hashes = {
            name: hashlib.sha256((store / name).read_bytes()).hexdigest()
            for name in ("runner.tar.gz", "runner-settings")
        }
        release = {
            "Version": "1.0.0",
            "RunnerSha256": hashes["runner.tar.gz"],
            "SettingsSha256": hashes["runner-settings"],
        }
        mappings = {"Platform": {**template["Mappings"]["Platform"], "Release": release}}
        self.output = root / "command-output.txt"
        self.text = command(template | {"Mappings": mappings}, GOOD_VALUES).replace(
            "/command-output.txt", shlex.quote(str(self.output))
        )
        (root / "bin").mkdir()
        aws = root / "bin" / "aws"
        aws.write_text(
            f'#!/bin/sh\nfor last; do from=$to; to=$last; done\ncp "{store}/${{from##*/}}" "$to"\n',
            encoding="utf-8",
        )
        aws.chmod(0o755)
        (root / "tmp").mkdir()

    def run(
        self, after: str = 'echo "signalled with <$(cat "$OUTPUT" 2>/dev/null)>"'
    ) -> subprocess.CompletedProcess[str]:
        """Run the command as user data does: without `set -e`, and with no HOME."""
        return subprocess.run(
            ["bash", "-c", f"{self.text}\n{after}"],
            env={
                "PATH": f"{self.root / 'bin'}:/usr/bin:/bin",
                "OUTPUT": str(self.output),
                "TMPDIR": str(self.root / "tmp"),
            },
            capture_output=True,
            text=True,
            check=False,
            timeout=30,
        )


def test_the_command_runs_the_released_runner_and_hands_on_its_word(
    template: dict[str, Any], tmp_path: Path
) -> None:
    instance = Instance(
        tmp_path, template, 'cat "$2" "$3"; echo "$1 $AWS_DEFAULT_REGION $HOME"; echo ok-1.0.0 > "$4"\n'
    )

    done = instance.run()

    assert "signalled with <ok-1.0.0>" in done.stdout, done.stderr
    assert "region=eu-west-1" in done.stdout
    assert f"GitRepoName={base64.b64encode(b'my-team/churn').decode()}" in done.stdout
    assert "apply ap-southeast-1 /root" in done.stdout


@pytest.mark.parametrize(
    "runner", ["exit 1\n", 'echo word > "$4"; exit 3\n', "kill -9 $$\n", "exit 0\n", "syntax ( error\n"]
)
def test_a_runner_that_fails_leaves_no_output_but_the_signal_is_sent(
    template: dict[str, Any], tmp_path: Path, runner: str
) -> None:
    instance = Instance(tmp_path, template, runner)

    assert "signalled with <>" in instance.run().stdout


@pytest.mark.parametrize("name", ["runner.tar.gz", "runner-settings"])
def test_a_tampered_or_missing_object_runs_nothing(template: dict[str, Any], tmp_path: Path, name: str) -> None:
    instance = Instance(tmp_path, template, 'touch "$OUTPUT.ran"; echo word > "$4"\n')
    stored = tmp_path / "store" / name
    stored.write_bytes(stored.read_bytes() + b"#")

    assert "signalled with <>" in instance.run().stdout
    stored.unlink()
    assert "signalled with <>" in instance.run().stdout
    assert not (tmp_path / "command-output.txt.ran").exists()
