"""When a search passes: nothing found, nothing left out, nothing blind."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from canary import __main__ as command
from canary import evidence, report
from canary.places import PLACES, REQUIRED, place_of
from canary.search import Canary, TooLargeError
from localcloud.pieces import Piece

TOKEN = "ghp_" + "5f1c0a9b7e3d2846f00d" + "cafe12345678abcd"  # in two, so that no scanner takes it for one
CANARY = Canary("the token", TOKEN, (r"store/secretsmanager/.*",), (r"file/cloud/env",))
KEPT = Piece("store/secretsmanager/1/eu/secrets/a", f'{{"token": "{TOKEN}"}}'.encode())
# A piece of each place.
SAMPLES = {
    "state, all versions": "store/s3/1/aws/buckets/x-state-1/keys/projects/p-1/terraform.tfstate/0",
    "run records": "store/s3/1/aws/buckets/x-state-1/keys/projects/p-1/runs/1-apply.json/0",
    "state bucket, the rest": "store/s3/1/aws/buckets/x-state-1/keys/objects/a/runner.tar.gz/0",
    "artifacts and models": "store/s3/1/aws/buckets/ml-p-1/keys/model.tar.gz/0",
    "the call log": "file/cloud/calls.jsonl",
    "package 1: state": "file/cloud/package-1/terraform.tfstate",
    "package 1: plans": "file/cloud/package-1/package-1.tfplan",
    "plans of projects": "file/cloud/removed/abc/tmp.x/plan",
    "processes started: environment": "traffic/started/bash/environment/HOME",
    "processes seen: arguments": "process/bash/arguments",
    "others (store/kinesis)": "store/kinesis/1/eu/streams/a",
}


def journey(*pieces: Piece) -> evidence.Evidence:
    return evidence.search("journey", [CANARY], pieces)


def everywhere() -> list[Piece]:
    """A piece with content in each place that the journey has to search."""
    names = {place: pattern for place, pattern in PLACES.items() if place in REQUIRED["journey"]}
    samples = {
        **{
            place: pattern.split("|")[0].replace(".*", "x").replace("[^/]*", "x")
            for place, pattern in names.items()
        },
        **{place: name for place, name in SAMPLES.items() if place in names},
        "the call log": "file/cloud/calls.jsonl",
        "pipelines (CodePipeline)": "store/codepipeline/x",
        "events, topics, queues": "store/sns/x",
        "roles, keys, sessions": "store/iam/x",
        "repositories' settings": "store/github/x",
    }
    del samples["Secrets Manager"]  # which is KEPT
    return [Piece(name, b"nothing") for name in samples.values()] + [KEPT]


@pytest.mark.parametrize(("place", "piece"), SAMPLES.items())
def test_a_piece_belongs_to_a_place(place: str, piece: str) -> None:
    assert place_of(piece) == place


def test_a_secret_where_it_is_kept_or_handed_over_is_no_finding() -> None:
    found = journey(KEPT, Piece("file/cloud/env", f"export GITHUB_TOKEN={TOKEN}".encode()))

    assert (found.findings, found.kept, found.handed) == ([], {"the token": 1}, {"the token": 1})


def test_a_finding_says_where_and_how_and_not_what() -> None:
    found = journey(KEPT, Piece("store/logs/1/eu/groups/a", TOKEN.encode().hex().encode()))

    assert found.findings == [
        {
            "canary": "the token",
            "place": "logs that are there",
            "piece": "store/logs/1/eu/groups/a",
            "how": "hexadecimal",
        }
    ]
    assert any("the token is in logs that are there" in problem for problem in found.problems())


def test_a_name_is_searched_too() -> None:
    found = journey(KEPT, Piece(f"file/clones/{TOKEN}/a", b""))

    assert [(item["piece"], item["how"]) for item in found.findings] == [
        ("file/clones/<the token>/a", "in its name, as it is")
    ]


def test_a_search_that_does_not_see_what_is_there_is_blind() -> None:
    assert "the token was not found where it is kept: the search is blind" in journey().problems()
    handed_only = replace(CANARY, kept=())
    assert evidence.search("x", [handed_only], [KEPT]).unseen == ["the token"]
    assert evidence.search("x", [handed_only], [Piece("file/cloud/env", TOKEN.encode())]).unseen == []


def test_a_place_that_had_nothing_is_named() -> None:
    assert journey(*everywhere()).problems() == []
    for left_out in everywhere()[:-1]:
        found = journey(*(piece for piece in everywhere() if piece.name != left_out.name))
        assert found.problems() == [f"nothing was searched in: {place_of(left_out.name)}"]


def test_empty_pieces_are_nothing() -> None:
    (place,) = {place_of(piece.name) for piece in everywhere() if piece.name.endswith("calls.jsonl")}

    found = journey(*(Piece(p.name, b"") if place_of(p.name) == place else p for p in everywhere()))

    assert found.empty() == [place]


def test_what_was_too_large_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def too_large(*_: object) -> None:
        raise TooLargeError

    monkeypatch.setattr("canary.search.Search.find", lambda self, data: too_large() if data == b"bomb" else ())

    assert "not searched to the end: file/bomb" in journey(Piece("file/bomb", b"bomb")).problems()


@pytest.mark.parametrize(
    ("pieces", "code"),
    [
        (everywhere(), 0),
        ([*everywhere(), Piece("git/1.git/blob/a", TOKEN.encode())], 1),
        (everywhere()[1:], 1),
        (everywhere()[:-1], 1),
    ],
    ids=["as it should be", "found", "a place is empty", "blind"],
)
def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str], pieces: list[Piece], code: int) -> None:
    journey(*pieces).write(tmp_path)

    with pytest.raises(SystemExit) as ended:
        command.main(tmp_path)

    printed = capsys.readouterr().out
    assert ended.value.code == code
    assert ("ERROR" in printed) == bool(code)
    assert "state, all versions" in printed
    assert TOKEN not in printed + (tmp_path / "journey.json").read_text()


def test_without_a_journey_there_is_no_evidence(tmp_path: Path) -> None:
    replace(journey(*everywhere()), suite="life").write(tmp_path)

    with pytest.raises(command.typer.Exit) as ended:
        command.main(tmp_path)

    assert ended.value.exit_code == 2


def test_evidence_is_read_as_it_was_written(tmp_path: Path) -> None:
    found = replace(
        journey(*everywhere()), readers={"role/a": 2}, watched={"processes": 3, "looks": 4}, seconds=1.5
    )
    found.write(tmp_path)

    assert evidence.read(tmp_path / "journey.json") == found
    table = "\n".join(report.lines([found]))
    assert "read from Secrets Manager by role/a: 2 times" in table
    assert "3 processes seen in 4 looks" in table
    assert json.loads((tmp_path / "journey.json").read_text())["findings"] == []


def test_sizes_are_readable() -> None:
    assert [report.size(number) for number in (0, 9_999, 12_345, 12_345_678)] == [
        "0 B",
        "9999 B",
        "12 kB",
        "12 MB",
    ]
