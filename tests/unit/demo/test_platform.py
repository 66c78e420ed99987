import json
from typing import Any

from demo.platform import Progress
from demo.report.model import State

TABLE, RULES = "aws_dynamodb_table.locks", "aws_s3_bucket_lifecycle_configuration.state[0]"


def say(progress: Progress, kind: str, second: int, **content: Any) -> None:
    message = {"type": kind, "@timestamp": f"2026-11-20T09:30:{second:02d}.000000Z", **content}
    progress.read(json.dumps(message) + "\n")


def planned(progress: Progress) -> None:
    for address in (TABLE, RULES):
        say(progress, "planned_change", 1, change={"resource": {"addr": address}, "action": "create"})
    say(progress, "change_summary", 2, changes={"add": 2, "operation": "plan"})


def hook(address: str) -> dict[str, Any]:
    return {"hook": {"resource": {"addr": address}}}


def test_what_only_the_provider_waits_for_keeps_nobody() -> None:
    progress = Progress()
    assert not progress.settled
    planned(progress)
    for address in (TABLE, RULES):
        say(progress, "apply_start", 3, **hook(address))
    assert not progress.settled

    say(progress, "apply_complete", 5, **hook(TABLE))

    assert progress.settled
    assert progress.made == 1
    assert "55 s" in progress.words


def test_the_guard_of_package_1_keeps_nobody_either() -> None:
    progress = Progress()
    change = {"resource": {"addr": "aws_lambda_invocation.guard"}, "action": "create"}
    say(progress, "planned_change", 1, change=change)
    planned(progress)

    say(progress, "apply_complete", 5, **hook(TABLE))

    assert progress.settled
    assert progress.words == "1 of 3 resources"


def test_resources_become_spans() -> None:
    progress = Progress()
    planned(progress)
    say(progress, "apply_start", 3, **hook(TABLE))
    say(progress, "apply_errored", 7, **hook(TABLE))

    (span,) = progress.spans

    assert span.name == TABLE
    assert span.state is State.FAILED
    assert (span.ended - span.started).total_seconds() == 4


def test_the_first_error_is_the_reason() -> None:
    class Ended:
        code = 1
        tail = ["not json", json.dumps({"@message": "Error: no"})]

    progress = Progress()
    say(
        progress,
        "diagnostic",
        4,
        diagnostic={
            "severity": "error",
            "summary": "creating table",
            "detail": "Limit\n  exceeded",
            "address": TABLE,
        },
    )

    error = progress.error(Ended())

    assert progress.failed
    assert f"{TABLE}: creating table: Limit exceeded" in str(error)
    assert error.log == ["not json", "Error: no"]


def test_a_warning_is_not_a_failure() -> None:
    progress = Progress()

    say(progress, "diagnostic", 4, diagnostic={"severity": "warning", "summary": "deprecated", "detail": ""})

    assert not progress.failed
