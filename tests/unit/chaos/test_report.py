"""The report of a campaign, also of one that did not come to its end."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from chaos import __main__ as command
from chaos.outcome import Outcome


@contextmanager
def nowhere(_place: Any) -> Iterator[None]:
    yield


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """Run the command with a campaign that does something else; its exit status and its report."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)  # the command removes them; here they come back
    app = typer.Typer()
    app.command()(command.main)
    monkeypatch.setattr(command, "opened", nowhere)
    monkeypatch.setattr(command, "_terraform", lambda _: Path("terraform"))
    monkeypatch.setattr(command.signal, "signal", lambda *_: None)
    monkeypatch.setattr(command, "count_orphans", lambda _: Outcome("orphans", "what is left"))

    def run(campaign: Any) -> tuple[int, dict[str, Any]]:
        monkeypatch.setattr(command.campaign, "run", campaign)
        done = CliRunner().invoke(app, ["--only", "delete/told-*", "--out", str(tmp_path)])
        return done.exit_code, json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))

    return run


def test_an_interrupted_campaign_does_not_read_like_a_good_one(run: Any) -> None:
    def interrupted(_room: Any, _seed: int, _rows: Any, _jobs: int, tell: Any) -> None:
        tell(Outcome("delete/told-twice", "the first"))
        raise KeyboardInterrupt

    status, report = run(interrupted)

    assert status == 130
    assert (report["complete"], report["rows"], report["failed"]) == (False, 1, [])


@pytest.mark.parametrize(("problems", "status", "failed"), [([], 0, []), (["gone"], 1, ["delete/told-twice"])])
def test_a_campaign_that_came_to_its_end_says_so(
    run: Any, problems: list[str], status: int, failed: list[str]
) -> None:
    def finished(_room: Any, _seed: int, _rows: Any, _jobs: int, tell: Any) -> None:
        tell(Outcome("delete/told-twice", "the first", problems=problems))

    ended, report = run(finished)

    assert ended == status
    assert (report["complete"], report["rows"], report["failed"]) == (True, 2, failed)
