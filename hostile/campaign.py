"""The campaign: every value through every place, each place given what can reach it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from hostile.case import Case, Field, Verdict
from hostile.fields import fields, templates, well_formed
from hostile.layers import build, form, git_host, names, runner, seed, terraform
from hostile.room import Room
from hostile.values import cases

LAYERS = (
    *(form.LAYER, build.LAYERS[0], runner.LAYER, terraform.LAYER, names.LAYER),
    *(seed.LAYER, git_host.LAYER, build.LAYERS[2], build.LAYERS[1]),
)
Tell = Callable[[str], None]


@dataclass(frozen=True)
class Size:
    """How much is tried.

    Attributes:
        values: different values for each field.
        projects: values that Terraform takes and of which it makes names and an event.
        repositories: requests that are carried out on the git host.
        commands: forms per product whose commands are run.

    """

    values: int
    projects: int
    repositories: int
    commands: int


FULL = Size(values=690, projects=300, repositories=100, commands=150)
SMALL = Size(values=40, projects=60, repositories=25, commands=30)
"""For tests, and for a look."""


@dataclass(frozen=True)
class Campaign:
    """What was tried, and what became of it."""

    fields: list[Field]
    cases: list[Case]
    verdicts: list[Verdict]

    @property
    def distinct(self) -> int:
        """How many different texts were tried."""
        return len({case.text for case in self.cases})

    @property
    def wrong(self) -> list[Verdict]:
        """What must not have happened."""
        return [verdict for verdict in self.verdicts if verdict.wrong is not None]


def run(room: Room, terraform_binary: Path, size: Size, number: int, tell: Tell = lambda _: None) -> Campaign:
    """Try everything.

    Args:
        room: where, and which checkout.
        terraform_binary: Terraform.
        size: how much.
        number: the seed; the same one tries the same values.
        tell: is told of each place that is done.

    Raises:
        RunnerError, TerraformError, BuildError: a place could not be tried at all.

    """
    forms = templates(room.root / "service-catalog-setup" / "products")
    all_fields = fields(forms)
    tried = cases(all_fields, size.values, number)
    tell(f"{len(tried)} values for {len(all_fields)} fields of {len(forms)} forms")
    verdicts = form.try_all(forms, all_fields, tried)
    tell(form.LAYER)
    found, handed = runner.try_all(room, all_fields, tried)
    verdicts += found
    tell(runner.LAYER)
    asked = terraform.try_all(room, terraform_binary, tried, handed)
    verdicts += asked
    tell(terraform.LAYER)
    standard = [case for case in tried if "parameters" not in handed[case.product].right]
    known = set(map(id, standard))
    taken = [
        one.case
        for one in asked
        if one.refused is None
        and id(one.case) in known
        # Not what only Terraform has made right: the runner lets none of it through.
        and well_formed(one.case.field.declaration, one.case.text)
    ]
    some = _some(taken, size.projects, number)
    found, right, events = names.make(room, terraform_binary, some, handed)
    verdicts += found
    verdicts += [Verdict(names.LAYER, case, wrong=_other_event(case, event, right)) for case, event in events]
    tell(names.LAYER)
    found, requests = seed.try_all(room, standard, right)
    verdicts += found
    tell(seed.LAYER)
    reaching = [case for case, _ in requests if case.field.name in git_host.FIELDS]
    verdicts += git_host.try_all(room, standard, _some(reaching, size.repositories, number), right)
    tell(git_host.LAYER)
    verdicts += build.try_all(room, forms, all_fields, tried, size.commands)
    tell("command, builds, deletion")
    return Campaign(all_fields, tried, verdicts)


def _some(taken: Sequence[Case], count: int, number: int) -> list[Case]:
    if len(taken) <= count:
        return list(taken)
    return Random(number).sample(list(taken), count)  # noqa: S311 # nosec B311 - repeatable on purpose


def _other_event(case: Case, event: Mapping[str, Any], right: names.Event) -> str | None:
    if case.field.name not in seed.NAMES or case.field.name == "DeployRepoName":
        return None
    return None if event == seed.event_of(case, right) else "the event of the seed function is another one"
