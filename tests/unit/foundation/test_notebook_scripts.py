"""What a notebook instance runs at its start and every five minutes."""

import base64
import json
import re
import runpy
import subprocess
from email.message import Message
from pathlib import Path
from urllib.error import HTTPError, URLError

import pytest

SCRIPTS = Path(__file__).resolve().parents[3] / "foundation" / "modules" / "notebooks" / "scripts"
PREPARE = runpy.run_path(str(SCRIPTS / "prepare_notebooks.py"))
IDLE = runpy.run_path(str(SCRIPTS / "stop_when_idle.py"))
NOON = 1_780_000_000  # 2026-05-28T20:26:40Z


def notebook(*source: str) -> dict:
    outputs = [{"output_type": "stream", "text": ["secret"]}]
    cell = {"cell_type": "code", "source": list(source), "outputs": outputs, "execution_count": 7, "metadata": {}}
    return {"cells": [cell, {"cell_type": "markdown", "source": "For @@TEAM@@"}], "metadata": {"widgets": {}}}


def test_notebooks_lose_outputs_and_gain_values():
    prepared = PREPARE["prepared"](notebook("bucket = '@@BUCKET@@'\n", "x = 1"), {"BUCKET": "b", "TEAM": "t"})

    code, text = prepared["cells"]
    assert code["source"] == ["bucket = 'b'\n", "x = 1"]
    assert (code["outputs"], code["execution_count"]) == ([], None)
    assert text["source"] == ["For t"]
    assert "widgets" not in prepared["metadata"]


def test_what_people_have_is_left_alone_and_the_rest_arrives(tmp_path, capsys):
    source, target = tmp_path / "from", tmp_path / "to"
    (source / "deep").mkdir(parents=True)
    target.mkdir()
    for name in ("mine.ipynb", "deep/new.ipynb", "unfilled.ipynb"):
        words = "@@NOBODY@@" if name.startswith("un") else "@@BUCKET@@"
        (source / name).write_text(json.dumps(notebook(words)), encoding="utf-8")
    (source / "broken.ipynb").write_text("{", encoding="utf-8")
    (source / "data.csv").write_text("@@BUCKET@@", encoding="utf-8")
    (target / "mine.ipynb").write_text("my own work", encoding="utf-8")

    written = PREPARE["deliver"](source, target, {"BUCKET": "b", "TEAM": "t"})

    assert written == ["data.csv", "deep/new.ipynb"]
    assert (target / "mine.ipynb").read_text(encoding="utf-8") == "my own work"
    assert (target / "data.csv").read_text(encoding="utf-8") == "@@BUCKET@@"
    complaints = capsys.readouterr().err
    assert "broken.ipynb: not delivered" in complaints
    assert "NOBODY" in complaints


def kernel(state: str, activity: str) -> dict:
    return {"execution_state": state, "last_activity": activity}


@pytest.mark.parametrize(
    ("kernels", "terminals", "started", "idle"),
    [
        ([], [], NOON - 900, 900),  # nobody came since the start
        ([kernel("idle", "2026-05-28T20:16:40.123456Z")], [], NOON - 9000, 600),
        ([kernel("idle", "2026-05-28T10:00:00Z")], [{"last_activity": "2026-05-28T20:25:40Z"}], NOON - 90_000, 60),
        ([kernel("busy", "2026-05-28T10:00:00Z")], [], NOON - 90_000, 0),  # a long training in a cell
        ([kernel("idle", "2026-05-28T10:00:00Z")], [], NOON - 60, 60),  # just started
    ],
)
def test_idleness_is_the_time_since_anything_happened(kernels, terminals, started, idle):
    assert IDLE["seconds_idle"](kernels, terminals, NOON, started) == idle


@pytest.fixture
def looked(tmp_path, monkeypatch):
    """Look once at an instance that was idle long ago, with these answers of Jupyter; the commands that ran."""
    variables, commands = IDLE["main"].__globals__, []
    (tmp_path / "metadata.json").write_text(
        json.dumps({"ResourceArn": "arn:aws:sagemaker:eu-west-1:1:notebook-instance/ada", "ResourceName": "ada"}),
        encoding="utf-8",
    )
    monkeypatch.setitem(variables, "METADATA", tmp_path / "metadata.json")
    monkeypatch.setattr(subprocess, "run", lambda command, check: commands.append(command[:3]))

    def look(**answers):
        def asked(subject):
            if isinstance(answers[subject], Exception):
                raise answers[subject]
            return answers[subject]

        monkeypatch.setitem(variables, "_asked", asked)
        IDLE["main"](1)
        return commands

    return look


def http(code: int) -> HTTPError:
    return HTTPError("https://localhost", code, "", Message(), None)


STOP = ["aws", "sagemaker", "stop-notebook-instance"]
BUSY = [kernel("busy", "2026-05-28T10:00:00Z")]


@pytest.mark.parametrize(
    ("kernels", "terminals", "commands"),
    [
        ([], [], [STOP]),
        (URLError("refused"), [], [STOP]),  # nobody can work without Jupyter
        ([], http(404), [STOP]),  # terminals are turned off
        (BUSY, http(404), []),
        (BUSY, http(403), []),
        (http(403), [], []),  # it does not say who works
    ],
)
def test_an_instance_is_stopped_only_when_it_is_known_to_be_idle(looked, kernels, terminals, commands):
    assert looked(kernels=kernels, terminals=terminals) == commands


@pytest.mark.parametrize("copies", [True, False], ids=["S3 answers", "S3 does not answer"])
def test_an_instance_starts_with_or_without_its_notebooks(tmp_path, copies):
    """The script as Terraform renders it, with stand-ins for what needs root or AWS."""
    home, lib = tmp_path / "home", tmp_path / "lib"
    values = {
        "prepare": base64.b64encode((SCRIPTS / "prepare_notebooks.py").read_bytes()).decode(),
        "idle": base64.b64encode((SCRIPTS / "stop_when_idle.py").read_bytes()).decode(),
        "placeholders": base64.b64encode(b'{"BUCKET": "b", "TEAM": "t"}').decode(),
        "source": "s3://team/start/",
        "folder": "notebooks",
        "region": "eu-west-1",
        "idle_seconds": "3600",
    }
    script = re.sub(r"^%{.*\n", "", (SCRIPTS / "on-start.sh.tftpl").read_text("utf-8"), flags=re.MULTILINE)
    script = re.sub(r"\$\{([a-z_]+)\}", lambda found: values[found[1]], script)
    script = script.replace("home=/home/ec2-user/SageMaker", f"home={home}")
    script = script.replace("lib=/usr/local/lib/notebook-workbench", f"lib={lib}")
    (tmp_path / "delivered.ipynb").write_text(json.dumps(notebook("@@BUCKET@@")), encoding="utf-8")
    stubs = {
        "sudo": 'shift 2; exec "$@"',
        "aws": f'echo "$*" >{tmp_path}/asked; cp {tmp_path}/delivered.ipynb "${{@: -1}}"' if copies else "exit 1",
        "systemd-run": f'echo "$*" >{tmp_path}/timer',
    }
    (tmp_path / "bin").mkdir()
    for name, body in stubs.items():
        (tmp_path / "bin" / name).write_text(f"#!/bin/bash\n{body}\n", encoding="utf-8")
        (tmp_path / "bin" / name).chmod(0o755)

    done = subprocess.run(
        ["bash"],
        input=script,
        env={"PATH": f"{tmp_path}/bin:/usr/local/bin:/usr/bin:/bin", "TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )

    assert (tmp_path / "timer").read_text("utf-8").strip().endswith("stop_when_idle.py 3600")
    if copies:
        assert "--region eu-west-1 --recursive" in (tmp_path / "asked").read_text("utf-8")
        assert (home / "notebooks" / "delivered.ipynb").exists()
    else:
        assert "Not all notebooks of s3://team/start/ could be copied." in done.stderr
