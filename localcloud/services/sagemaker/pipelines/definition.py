"""A pipeline definition: its parameters and steps, as ``reading`` takes them from the JSON text."""

from dataclasses import dataclass, field
from typing import Any


class DefinitionError(Exception):
    """The definition is not one that SageMaker takes. The message says where and why."""


@dataclass(frozen=True)
class Parameter:
    """A parameter of the pipeline; ``default`` is None when a value must be given at the start."""

    name: str
    type: str
    default: Any = None
    values: tuple[Any, ...] = ()


@dataclass(frozen=True)
class PropertyFile:
    """A JSON file among the outputs of a processing step, for ``Std:JsonGet``."""

    name: str
    output: str
    path: str


@dataclass(frozen=True)
class Branch:
    """The branch of a condition step in which another step stands."""

    condition: str
    outcome: bool


@dataclass(frozen=True)
class Step:
    """One step; ``cache_seconds`` is None without caching, infinite when it never expires."""

    name: str
    type: str
    arguments: dict[str, Any]
    depends_on: tuple[str, ...] = ()
    property_files: tuple[PropertyFile, ...] = ()
    cache_seconds: float | None = None
    display_name: str | None = None
    description: str | None = None
    branch: Branch | None = None


@dataclass(frozen=True)
class Definition:
    """A whole definition; ``steps`` holds the steps of all branches too, each after its condition.

    ``experiment`` may have the members ExperimentName and TrialName.
    """

    text: str
    parameters: dict[str, Parameter]
    steps: dict[str, Step] = field(default_factory=dict)
    experiment: dict[str, Any] | None = None
