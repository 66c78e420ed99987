"""The build runs a release by its hashes: what was changed on its way is not run."""

import base64
import hashlib
import io
import os
import subprocess
import tarfile
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[3]
BUILDSPEC = ROOT / "service-catalog-setup" / "teardown" / "buildspec.yml"
SETTINGS = b"lock_timeout_seconds=600\n"
# Gives what the shelf has under the name, whatever hash is in the key: S3, where somebody has changed an object.
AWS = """#!/bin/bash
[[ $1 == s3 && $2 == cp && $3 == --only-show-errors ]] || exit 9
echo "$4" >> "$SHELF/asked"
cp "$SHELF/${4##*/}" "$5"
"""


def archive(script: str) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:gz") as tar:
        entry = tarfile.TarInfo("runner.sh")
        entry.size = len(script)
        tar.addfile(entry, io.BytesIO(script.encode()))
    return made.getvalue()


RUNNER = archive('echo "ran $1 with $(cat "$2")" | tee "$SHELF/ran" >"$4"\n')


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    (tmp_path / "aws").write_text(AWS)
    (tmp_path / "aws").chmod(0o755)
    (tmp_path / "runner-settings").write_bytes(SETTINGS)
    (tmp_path / "runner.tar.gz").write_bytes(RUNNER)
    return tmp_path


def build(shelf: Path, **changed: str) -> subprocess.CompletedProcess[str]:
    (command,) = yaml.safe_load(BUILDSPEC.read_text(encoding="utf-8"))["phases"]["build"]["commands"]
    environment = {
        "PATH": f"{shelf}{os.pathsep}{os.environ['PATH']}",
        "SHELF": str(shelf),
        "TMPDIR": str(shelf),
        "STATE_BUCKET": "bucket",
        "PARAMETERS": f"SageMakerProjectId={base64.b64encode(b'p-abc123').decode()}",
        "SETTINGS_SHA256": hashlib.sha256(SETTINGS).hexdigest(),
        "RUNNER_SHA256": hashlib.sha256(RUNNER).hexdigest(),
        "ACTION": "plan",
    } | changed
    return subprocess.run(
        ["bash", "-c", command],
        env=environment,
        cwd=shelf,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_the_release_runs(shelf: Path) -> None:
    done = build(shelf)

    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "ran plan with lock_timeout_seconds=600"
    assert (shelf / "asked").read_text().splitlines()[0].startswith("s3://bucket/projects/p-abc123/objects/")


@pytest.mark.parametrize("name", ["runner-settings", "runner.tar.gz"])
def test_a_changed_object_is_not_run(shelf: Path, name: str) -> None:
    other = archive('echo mine >"$SHELF/ran"\n') if name.endswith("gz") else b"lock_timeout_seconds=1\n"
    (shelf / name).write_bytes(other)

    done = build(shelf)

    assert done.returncode != 0
    assert not (shelf / "ran").exists()
    asked = [line for line in (shelf / "asked").read_text().splitlines() if line.endswith(name)]
    assert len(asked) == 2  # the release's own as well as the project's copy


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"ACTION": "anything; touch ran"}, "ACTION must be destroy, apply or plan."),
        ({"PARAMETERS": f"SageMakerProjectId={base64.b64encode(b'../other').decode()}"}, ""),
    ],
)
def test_what_is_not_a_projects_is_refused(shelf: Path, changed: dict[str, str], said: str) -> None:
    done = build(shelf, **changed)

    assert done.returncode != 0
    assert said in done.stderr
    assert not (shelf / "asked").exists()
