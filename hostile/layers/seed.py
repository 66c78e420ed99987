"""The seed function: its check of the event, and its rendering of the real seeds.

What the form takes has to stay where it was put: every rendered file that has a grammar is parsed, has the
structure that it has for any other project, and holds the value as data. What passes the check although the form
would refuse it (git allows more in a branch's name) is held to the same.
"""

import copy
import json
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import yaml
from seed_repository.errors import RequestInvalid, SeedInvalid, SeedRepositoryError
from seed_repository.events import SeedRequest, parse_request
from seed_repository.render import render
from seed_repository.seed import Mode, Seed, SeedFile, open_archive
from seed_repository.service import placeholder_values
from seed_repository.settings import Settings

from hostile.case import Case, Verdict, unreadable
from hostile.fields import takes
from hostile.layers.names import Event
from hostile.room import Room
from release.archives import Entry, zip_archive
from release.build import seed_entries

LAYER = "seed function"
NAMES = {
    "SageMakerProjectName": ("project", "name"),
    "SageMakerProjectId": ("project", "id"),
    "GitRepoName": ("repository", "full_name"),
    "DeployRepoName": ("repository", "full_name"),
    "GitBranchName": ("repository", "branch"),
    "GitRepoURL": ("repository", "url"),
}
"""Fields that are in the event, and where."""
PARSERS: dict[str, Callable[[str], Any]] = {
    ".toml": tomllib.loads,
    ".json": json.loads,
    ".yml": yaml.safe_load,
    ".yaml": yaml.safe_load,
    ".py": lambda text: compile(text, "rendered", "exec").co_code.hex(),
}
_AT_ONCE = 50
_MARK = "Zq7{}X"


def event_of(case: Case, right: Event) -> Event:
    """The event of a right project with one value in it."""
    event = copy.deepcopy(right)
    section, name = NAMES[case.field.name]
    before, id_ = event[section][name], event["project"]["id"]
    event[section][name] = case.text
    if name == "full_name":
        event["repository"]["url"] = f"{event['repository']['url'].removesuffix(before)}{case.text}"
    event["repository"]["description"] = f"SageMaker project {event['project']['name']} ({event['project']['id']})"
    both = f"{event['project']['name']}-{event['project']['id']}"
    bucket = event["context"]["artifact_bucket"].replace(id_, event["project"]["id"])
    event["context"] |= {"model_package_group_name": both, "pipeline_name": both, "artifact_bucket": bucket}
    return event


class Seeds:
    """The seeds of the checkout, as far as they are rendered, and how they look for any project."""

    def __init__(self, room: Room) -> None:
        self._seeds = []
        for folder in sorted((room.root / "seed-code").glob("*/seed.toml")):
            seed = open_archive(zip_archive(seed_entries(folder.parent)), Settings())
            is_template = seed.manifest.template_matcher()
            self._seeds.append(Seed(seed.manifest, tuple(file for file in seed.files if is_template(file.path))))

    def wrong(self, values: Mapping[str, str]) -> str | None:
        """What is wrong with the rendered files for some placeholder values; None when all is well."""
        marks = {name: _MARK.format(number) for number, name in enumerate(values)}
        for seed in self._seeds:
            plain = {file.path: file.content.decode() for file in render(seed, marks)}
            for file in render(seed, values):
                text, expected = file.content.decode(), plain[file.path]
                for name, mark in marks.items():
                    expected = expected.replace(mark, values[name])
                if text != expected:
                    return f"{seed.manifest.name}/{file.path} does not hold the values literally"
                suffix = next((one for one in PARSERS if file.path.endswith(one)), None)
                if suffix and (found := _other_structure(PARSERS[suffix], text, plain[file.path], marks, values)):
                    return f"{seed.manifest.name}/{file.path} {found}"
        return None


def _other_structure(
    parse: Callable[[str], Any], text: str, plain: str, marks: Mapping[str, str], values: Mapping[str, str]
) -> str | None:
    def filled(node: Any) -> Any:
        if isinstance(node, dict):
            return {filled(key): filled(value) for key, value in node.items()}
        if isinstance(node, list):
            return [filled(value) for value in node]
        if isinstance(node, str):
            for name, mark in marks.items():
                node = node.replace(mark, values[name])
        return node

    try:
        parsed = parse(text)
    except (ValueError, SyntaxError, yaml.YAMLError) as error:
        return f"cannot be read any more: {error}"
    return None if parsed == filled(parse(plain)) else "has another structure, or other values"


def try_all(
    room: Room, cases: Sequence[Case], right: Event
) -> tuple[list[Verdict], list[tuple[Case, SeedRequest]]]:
    """Send every value to the function's check, render the seeds with what it takes; also these requests."""
    seeds = Seeds(room)
    verdicts: list[Verdict] = []
    requests = []
    known: dict[tuple[str, str], str | None] = {}
    for case in cases:
        if case.field.name not in NAMES:
            continue
        try:
            request = parse_request(event_of(case, right))
        except RequestInvalid as error:
            where = ".".join(NAMES[case.field.name])
            wrong = unreadable(str(error), (where, "repository"), case.text)
            verdicts.append(Verdict(LAYER, case, str(error), wrong))
            continue
        except Exception as error:  # noqa: BLE001 - anything else is no answer
            verdicts.append(Verdict(LAYER, case, wrong=f"the check fails instead of refusing: {error!r}"))
            continue
        key = (case.field.name, case.text)
        if key not in known:
            known[key] = _carried(case, request) or seeds.wrong(placeholder_values(request))
            requests.append((case, request))
        verdicts.append(Verdict(LAYER, case, wrong=known[key]))
    verdicts += [Verdict(LAYER, case, wrong=wrong) for case, wrong in _unchecked(cases)]
    if (executed := room.executed()) is not None:
        verdicts.append(Verdict(LAYER, cases[0], wrong=f"something was executed: {executed}"))
    return verdicts, requests


def _carried(case: Case, request: SeedRequest) -> str | None:
    section, name = NAMES[case.field.name]
    value = getattr(getattr(request, section), name)
    if value != case.text:
        return f"the request has {value!r}"
    # git allows more in a branch's name than the form does, and hosts that are not GitHub more in a repository's.
    if case.field.name in ("SageMakerProjectName", "SageMakerProjectId", "GitRepoURL"):
        return None if takes(case.field.declaration, case.text) else "the function takes what the form refuses"
    return None


def _unchecked(cases: Sequence[Case]) -> Iterator[tuple[Case, str]]:
    """Values that nothing has checked, as text and as the name of a file: Jinja2 evaluates none of them."""
    distinct = list({case.text: case for case in cases if not _halves(case.text)}.values())
    for begin in range(0, len(distinct), _AT_ONCE):
        some = distinct[begin : begin + _AT_ONCE]
        if _differently(some) is not None:
            for case in some:
                if (found := _differently([case])) is not None:
                    yield case, f"unchecked it is rendered as {found[:80]!r}"
    for case in distinct:
        if len(case.text) > 80:
            continue
        try:
            [file] = _render("src/@{ v0 }@/a.txt", "", {"v0": case.text})
        except SeedInvalid:
            continue
        except SeedRepositoryError as error:
            yield case, f"as the name of a file it fails: {error!r}"
            continue
        if file.path != f"src/{case.text}/a.txt" or case.text in (".", "..") or "/" in case.text:
            yield case, f"as the name of a file it becomes {file.path!r}"


def _differently(cases: Sequence[Case]) -> str | None:
    """What a file holds that was to hold the values; None when it does."""
    values = {f"v{number}": case.text for number, case in enumerate(cases)}
    [file] = _render("a.txt", "".join(f"<@{{ {name} }}@>\n" for name in values), values)
    text = file.content.decode()
    return None if text == "".join(f"<{value}>\n" for value in values.values()) else text


def _render(path: str, content: str, values: Mapping[str, str]) -> tuple[SeedFile, ...]:
    toml = b'name = "tried"\ndescription = "One"\ntemplates = ["a.txt"]\n'
    seed = open_archive(
        zip_archive(
            [Entry("seed.toml", 0o100644, toml), Entry(f"repo/{path}", Mode.FILE.value, content.encode())]
        ),
        Settings(),
    )
    return render(seed, values)


def _halves(text: str) -> bool:
    return any("\ud800" <= character <= "\udfff" for character in text)
