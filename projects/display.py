"""Projects, drift and orphans as tables for people, and as JSON for tools."""

import json
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from projects.drift import Result
from projects.orphans import Findings
from projects.overview import Project

_GOOD = ("CreateCompleted", "UpdateCompleted", "Succeeded", "succeeded")
_BAD = ("Failed", "failed")
_REASON = 160


def projects_table(projects: list[Project], now: datetime | None = None) -> Table:
    """One line for each project; reasons of failures below."""
    now = now or datetime.now(UTC)
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("Project", "Id", "Status", "Product", "Release", "Last run", "Pipeline", "Drift", "Held by"):
        table.add_column(heading, overflow="fold")
    for project in projects:
        run = project.last_run
        table.add_row(
            project.name,
            project.id,
            _status(project.status),
            project.product or "",
            _release(project),
            _status(f"{run.action} {run.outcome}, {_ago(run.end, now)}") if run else "",
            _status(f"{project.pipeline.status}{_since(project.pipeline.started, now)}")
            if project.pipeline
            else "",
            _drift(project, now),
            f"{project.holder.who} ({project.holder.action})" if project.holder else "",
        )
    return table


def troubles(projects: list[Project]) -> list[Text]:
    """Why projects are not as they should be: one line each."""
    lines = []
    for project in projects:
        reason = None
        if project.last_run is not None and project.last_run.outcome == "failed":
            reason = project.last_run.reason
        elif project.status.endswith("Failed"):
            reason = project.message
        if reason:
            lines.append(Text(f"{project.name}: {_short(reason)}", style="red"))
        if project.drift.found and project.drift.changed:
            lines.append(Text(f"{project.name} differs in {', '.join(project.drift.changed)}", style="yellow"))
    return lines


def drift_table(results: list[Result]) -> Table:
    """One line for each look."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("Project", "Id", "Drift", "What differs, or why it is not known"):
        table.add_column(heading, overflow="fold")
    for result in results:
        word, style = {True: ("yes", "yellow"), False: ("no", "green"), None: ("unknown", "red")}[result.drift]
        if result.skipped:
            word, style = "not looked at", "yellow"
        said = ", ".join(result.changed) if result.drift else _short(result.reason or "")
        table.add_row(result.check.name, result.check.project_id, Text(word, style=style), said)
    return table


def show_orphans(console: Console, findings: Findings) -> None:
    """What belongs to nobody, by project, each with its reason and what to do."""
    project = None
    for orphan in findings.orphans:
        if orphan.project != project:
            project = orphan.project
            console.print(Text(project, style="bold"))
        console.print(Text(f"  {orphan.kind}: {orphan.name}"), soft_wrap=True)
        console.print(Text(f"    because {orphan.reason}", style="yellow"), soft_wrap=True)
        console.print(Text(f"    to do:  {orphan.advice}", style="dim"), soft_wrap=True)
    if findings.kept:
        console.print("Kept by choice when their projects were deleted:")
        for resource in findings.kept:
            console.print(Text(f"  {resource.kind}: {resource.name}"), soft_wrap=True)
    count = len(findings.orphans)
    words = {0: "Everything belongs to somebody.", 1: "1 thing belongs to nobody."}
    console.print(words.get(count, f"{count} things belong to nobody."))


def as_json(value: Any) -> str:
    """Dataclasses as JSON; times in ISO 8601."""
    plain = [asdict(item) for item in value] if isinstance(value, list) else asdict(value)
    return json.dumps(plain, indent=2, default=_plain)


def _plain(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{type(value)} has no form in JSON")


def _status(text: str) -> Text:
    words = text.replace(",", " ").split()
    good = any(word in _GOOD for word in words)
    bad = any(word.endswith(_BAD) for word in words)
    return Text(text, style="red" if bad else "green" if good else "")


def _release(project: Project) -> Text:
    text = Text(project.release or "?" if project.product else "")
    if project.outdated:
        text.append(f" → {project.newest}", style="yellow")
    if project.deprecated:
        text.append(" (deprecated)", style="yellow")
    return text


def _drift(project: Project, now: datetime) -> Text:
    word, style = {True: ("yes", "yellow"), False: ("no", "green"), None: ("unknown", "")}[project.drift.found]
    return Text(word + _since(project.drift.when, now), style=style)


def _since(time: datetime | None, now: datetime) -> str:
    return f", {_ago(time, now)}" if time else ""


def _ago(time: datetime, now: datetime) -> str:
    """How long ago, in the largest unit that fits."""
    seconds = max(0, int((now - time).total_seconds()))
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds // size} {unit} ago"
    return "now"


def _short(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= _REASON else words[: _REASON - 1] + "…"
