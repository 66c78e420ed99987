"""The log: CloudWatch Logs' limits, order, and what a line may contain."""

from typing import Any

SCRIPT = """
. ./json.sh; . ./log.sh
declare -A settings=([log_group]=/sagemaker-projects/runner)
work=$FAKE_ROOT/tmp log_stream=p-abc123/apply/now
log_collect < "$1" > "$FAKE_ROOT/echo"
"""


def collect(machine: Any, content: bytes) -> list[dict[str, Any]]:
    """Send content through the log; the batches that reached the log group."""
    path = machine.root / "content"
    path.write_bytes(content)
    machine.bash(SCRIPT, str(path))
    return list(machine.log_batches)


def test_lines_arrive_in_order_and_as_they_were(machine: Any) -> None:
    [batch] = collect(
        machine, 'first\n\n\tsecond "quoted" \\ \x1b[1m\n│ Error: ü ✓\nno line break at the end'.encode()
    )

    assert [event["message"] for event in batch["events"]] == [
        "first",
        " ",
        '\tsecond "quoted" \\ \x1b[1m',
        "│ Error: ü ✓",
        "no line break at the end",
    ]
    stamps = [event["timestamp"] for event in batch["events"]]
    assert stamps == sorted(stamps)
    assert 1_600_000_000_000 < stamps[0] < 4_000_000_000_000


def test_the_output_is_repeated_on_the_machine(machine: Any) -> None:
    collect(machine, b"one\ntwo\n")

    assert (machine.root / "echo").read_bytes() == b"one\ntwo\n"


def test_many_lines_go_in_several_batches_within_the_limits(machine: Any) -> None:
    batches = collect(machine, b"".join(b"line %d\n" % number for number in range(12_000)))

    assert len(batches) > 1
    assert all(len(batch["events"]) <= 10_000 for batch in batches)
    messages = [event["message"] for batch in batches for event in batch["events"]]
    assert messages == [f"line {number}" for number in range(12_000)]


def test_long_lines_are_cut_and_batches_stay_small(machine: Any) -> None:
    batches = collect(
        machine, b"".join(b"%d " % number + b"x" * 300_000 + b"\n" for number in range(20)) + "ü".encode() * 40_000
    )

    for batch in batches:
        sizes = [len(event["message"].encode()) + 26 for event in batch["events"]]
        assert max(sizes) <= 262_144
        assert sum(sizes) <= 1_048_576
    messages = [event["message"] for batch in batches for event in batch["events"]]
    assert [message.split(" ")[0] for message in messages[:20]] == [str(number) for number in range(20)]
    assert all(message.endswith(" (cut here)") for message in messages)


def test_bytes_that_are_not_text_do_not_lose_the_rest(machine: Any) -> None:
    [batch] = collect(machine, b"before\n\xff\xfe\x00\x01\nafter\n")

    assert [event["message"] for event in batch["events"]] == ["before", "��\x01", "after"]


def test_nothing_said_is_nothing_sent(machine: Any) -> None:
    assert collect(machine, b"") == []
