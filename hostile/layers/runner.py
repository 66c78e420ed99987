"""The runner: the real functions that read, check and write the parameters, in bash, on many values per process.

Every value goes through them twice. As one of a whole form of hostile values that is read and written without
having been checked: it has to come out of the JSON as it went in. And alone among right values, where the runner
decides: what the form refuses, the runner refuses as well. Fields of products with Terraform of their own are
decided there (:mod:`hostile.layers.terraform`), but no product's hooks may give the AWS CLI what the form refuses.
"""

import json
import re
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any

from hostile.case import Case, Field, Verdict, unreadable
from hostile.fields import good, well_formed
from hostile.layers.form import STACK, encoded
from hostile.room import Room

LAYER = "runner"
_SCRIPT = Path(__file__).with_name("runner.sh")
_SETTINGS = {
    "name": "sagemaker-projects",
    "region": "eu-west-1",
    "state_bucket": "sagemaker-projects-state-111122223333-eu-west-1",
    "lock_table": "sagemaker-projects-locks",
    "kms_key_arn": "arn:aws:kms:eu-west-1:111122223333:key/11111111-2222-3333-4444-555555555555",
    "log_group": "/sagemaker-projects/runner",
    "release_version": "1.0.0",
    "github_base_url": "https://github.com",
    "github_api_url": "https://api.github.com",
    "github_secret_arn": "arn:aws:secretsmanager:eu-west-1:111122223333:secret:projects/github-AbCdEf",  # nosec B105 - a name, no secret
    "project_setup_key": "objects/0/project-setup.tar.gz",
    "project_setup_sha256": "0" * 64,
    "platform_key": "objects/0/platform.auto.tfvars.json",
    "platform_sha256": "0" * 64,
    "terraform_version": "1.11.4",
    "terraform_sha256_linux_amd64": "0" * 64,
}


class RunnerError(Exception):
    """The runner's functions could not be tried at all."""


@dataclass(frozen=True)
class Handed:
    """What the runner gives to Terraform.

    Attributes:
        right: the variables of a right form.
        paths: where the value of a field is in them.

    """

    right: dict[str, Any]
    paths: dict[str, tuple[str, ...]]


def try_all(room: Room, fields: Sequence[Field], cases: Sequence[Case]) -> tuple[list[Verdict], dict[str, Handed]]:
    """Take every case through the runner of its product; also what it hands on, by product."""
    verdicts, handed = [], {}
    for product in dict.fromkeys(case.product for case in cases):
        mine = [case for case in cases if case.product == product]
        found, handed[product] = _Product(room, product, good(fields, product)).run(mine)
        verdicts += found
    return verdicts, handed


@dataclass(frozen=True)
class _Answer:
    """What became of one value: how the check ended, why, and what a hook has then given to the AWS CLI."""

    status: int
    reason: str
    calls: list[str]


class _Product:
    def __init__(self, room: Room, product: str, right: Mapping[str, str]) -> None:
        self._room = room
        # The address follows from the repository unless it is the address that is tried.
        self._right = {**right, "Stack": STACK}
        folder = room.root / "service-catalog-setup" / "products" / product
        self._own = (folder / "terraform").is_dir()
        self._hooks = folder / "terraform" / "hooks.sh"
        hooked = self._hooks.read_text(encoding="utf-8") if self._hooks.exists() else ""
        self._hooked = set(re.findall(r"parameters\[([A-Za-z]+)\]", hooked))
        self._place = room.place(f"runner-{product}")
        settings = _SETTINGS | {"product": product, "deploys": str("DeployRepoName" in right).lower()}
        if self._own:
            settings |= {"setup": "own", "project_prefix": "ml-"}
        self._write("settings", "".join(f"{key}={value}\n" for key, value in settings.items()))

    def run(self, cases: Sequence[Case]) -> tuple[list[Verdict], Handed]:
        """Try the cases, as many in one form as it has fields."""
        rows = list(_rows(cases))
        self._write_row("right", self._right)
        # Which of the JSON's values is which field's: each has a mark of its own.
        marks = {name: f"mark{number}" for number, name in enumerate(self._right)}
        self._write_row("row-marks", marks)
        for number, row in enumerate(rows):
            self._write_row(f"row-{number}", {case.field.name: case.text for case in row})
        asked = [f"row-{number} {' '.join(case.field.name for case in row)}" for number, row in enumerate(rows)]
        self._write("asked", "".join(f"{line}\n" for line in ["row-marks", *asked]))
        answers = self._bash()
        paths = _paths(json.loads((self._place / "row-marks.json").read_text("ascii")), marks)
        verdicts = []
        for number, row in enumerate(rows):
            written = self._place / f"row-{number}.json"
            content = written.read_text("ascii") if written.exists() else None
            for case in row:
                answer = answers[f"row-{number}", case.field.name]
                wrong = self._wrong(case, content, paths.get(case.field.name), answer)
                verdicts.append(Verdict(LAYER, case, answer.reason if answer.status else None, wrong))
        if (executed := self._room.executed()) is not None:
            verdicts.append(
                Verdict(LAYER, cases[0], wrong=f"something of {self._place.name} was executed: {executed}")
            )
        return verdicts, Handed(json.loads((self._place / "right.json").read_text("ascii")), paths)

    def _wrong(
        self, case: Case, content: str | None, path: tuple[str, ...] | None, answer: "_Answer"
    ) -> str | None:
        if content is None and not answer.status:
            return "it was neither refused nor written"
        if content is not None and path is not None:
            try:
                value = json.loads(content)
                for part in path:
                    value = value[part]
            except (ValueError, LookupError, TypeError) as error:
                return f"what is written is not the JSON that was meant: {error!r}"
            if value != case.text:
                return f"what is written is {value!r}"
        if answer.status:
            return unreadable(answer.reason, (case.field.name,), case.text)
        taken = well_formed(case.field.declaration, case.text)
        if not taken and not (self._own and path is not None and path[0] == "parameters"):
            return "the runner takes what the form refuses"
        if not taken and case.text and case.text in answer.calls:
            return "a hook gives the AWS CLI what the form refuses"
        return None

    def _bash(self) -> "dict[tuple[str, str], _Answer]":
        done = subprocess.run(
            ["bash", str(_SCRIPT), str(self._room.root / "service-catalog-setup/runner"), str(self._place)],
            env=self._room.environment({"HOOKS": str(self._hooks), "HOOKED": " ".join(sorted(self._hooked))}),
            capture_output=True,
            check=False,
            timeout=600,
        )
        if done.returncode:
            raise RunnerError(
                f"The runner's functions cannot be tried: {done.stderr.decode(errors='replace')[-2000:]}"
            )
        answers = {}
        for record in done.stdout.decode("utf-8", "surrogateescape").split("\0\n\0")[:-1]:
            row, name, status, reason, *calls = record.split("\0")
            answers[row, name] = _Answer(int(status), reason, calls)
        return answers

    def _write_row(self, name: str, values: Mapping[str, str]) -> None:
        self._write(name, "".join(f"{field}={encoded(text)}\n" for field, text in values.items()))

    def _write(self, name: str, text: str) -> None:
        (self._place / name).write_text(text, encoding="utf-8")


def _rows(cases: Sequence[Case]) -> Iterator[list[Case]]:
    """Forms with as many hostile values as they have fields. What cannot be a variable's text is tried alone."""
    alone = []
    by_field: dict[str, list[Case]] = {}
    for case in cases:
        if "\0" in case.text or not _is_text(case.text):
            alone.append(case)
        else:
            by_field.setdefault(case.field.name, []).append(case)
    for row in zip_longest(*by_field.values()):
        yield [case for case in row if case is not None]
    for case in alone:
        yield [case]


def _is_text(text: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in text)


def _paths(content: Any, marks: Mapping[str, str], above: tuple[str, ...] = ()) -> dict[str, tuple[str, ...]]:
    if isinstance(content, dict):
        found: dict[str, tuple[str, ...]] = {}
        for key, value in content.items():
            found |= _paths(value, marks, (*above, key))
        return found
    return {name: above for name, mark in marks.items() if mark == content}
