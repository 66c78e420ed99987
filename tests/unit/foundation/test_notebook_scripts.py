"""What a notebook instance runs at its start and every five minutes."""

import json
import runpy
from pathlib import Path

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
