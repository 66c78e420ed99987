"""A shell with a local cloud's settings: that it still has one, and what it is told when it has none."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from localcloud.shell import trouble
from tests.local_process import ROOT


def command(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *arguments], cwd=ROOT, capture_output=True, text=True, check=False, timeout=90
    )


def test_a_shell_is_told_when_its_local_cloud_is_another_one_or_has_ended(tmp_path: Path) -> None:
    folder = tmp_path / "cloud"
    started = command("localcloud", "up", "--directory", str(folder))
    assert started.returncode == 0, started.stderr
    try:
        environment = json.loads((folder / "settings.json").read_text())["environment"]
        assert trouble(environment) is None
        before = {**environment, "AWS_ENDPOINT_URL": "http://127.0.0.1:1"}
        assert "started anew since" in str(trouble(before))
        assert "some of them were changed" in str(trouble({"DEPLOY_STATE": environment["DEPLOY_STATE"]}))
    finally:
        ended = command("localcloud", "down", "--directory", str(folder))
    assert ended.returncode == 0, ended.stderr

    said = str(trouble(environment))
    assert f"a local cloud in {folder} that has ended" in said
    assert f"make up, then: source {folder}/env" in said
    log = (folder / "localcloud.log").read_text()
    assert re.search(
        r"^20\d\d-\d\d-\d\d \d\d:\d\d:\d\d,\d+ WARNING localcloud: SIGTERM: the local cloud ends\.$", log, re.M
    )


def test_a_local_cloud_that_was_killed_has_ended(tmp_path: Path) -> None:
    (tmp_path / "settings.json").write_text('{"endpoint": "http://127.0.0.1:1", "environment": {}}')

    assert "has ended" in str(trouble({"DEPLOY_STATE": str(tmp_path / "package-1")}))


@pytest.mark.parametrize(("state", "status"), [(None, 0), ("package-1", 1)])
def test_the_command_has_an_opinion_only_where_settings_are(
    state: str | None, status: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DEPLOY_STATE", raising=False)
    if state:
        monkeypatch.setenv("DEPLOY_STATE", str(tmp_path / state))

    done = command("localcloud.shell")

    assert done.returncode == status
    assert done.stderr.startswith("error: This shell has the settings") is bool(state)
