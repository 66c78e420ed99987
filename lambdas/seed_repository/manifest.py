"""A seed's manifest, ``seed.toml``: what the seed is called, what it needs, which of its files are templates."""

import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from typing import Annotated, Literal

from dulwich.wildmatch import MalformedPattern, translate
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from seed_repository.errors import SeedInvalid

Value = str | int | bool
_TYPES: dict[str, type] = {"string": str, "integer": int, "boolean": bool}


class Placeholder(BaseModel):
    """One value that the seed's templates use."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    type: Literal["string", "integer", "boolean"] = "string"
    description: str
    default: Value | None = None
    sample: Value | None = None

    @model_validator(mode="after")
    def _values_have_the_type(self) -> "Placeholder":
        for field in ("default", "sample"):
            value = getattr(self, field)
            if value is not None and type(value) is not _TYPES[self.type]:
                raise ValueError(f"{field} is not of type {self.type}")
        return self

    def convert(self, name: str, text: str) -> Value:
        """Turn the text of a request into a value of this type."""
        if self.type == "integer":
            try:
                return int(text)
            except ValueError:
                raise SeedInvalid(
                    f"The seed's placeholder {name} needs a whole number, and was given {text!r}."
                ) from None
        if self.type == "boolean":
            if text not in {"true", "false"}:
                raise SeedInvalid(f"The seed's placeholder {name} needs true or false, and was given {text!r}.")
            return text == "true"
        return text


class Checks(BaseModel):
    """What ``make seed-check`` holds the rendered seed against, besides the rules for every seed."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    files: list[str] | None = None
    """Exactly these paths, if given."""
    max_files: int | None = Field(default=None, gt=0)
    max_bytes: int | None = Field(default=None, gt=0)
    not_secret: list[str] = Field(default_factory=list)
    """Patterns of files whose content looks like a secret and is none."""


class Manifest(BaseModel):
    """The content of ``seed.toml``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, StringConstraints(pattern=r"^[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?$")]
    description: str
    templates: tuple[str, ...] = ()
    verbatim: tuple[str, ...] = ()
    """Files that are never rendered, though a pattern in ``templates`` names them too."""
    checks: Checks = Field(default_factory=Checks)
    placeholders: dict[Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")], Placeholder] = Field(
        default_factory=dict
    )

    def values(self, given: Mapping[str, str]) -> dict[str, Value]:
        """The value of every placeholder: what was given, else the manifest's default.

        Raises:
            SeedInvalid: if a declared placeholder has neither.

        """
        values: dict[str, Value] = dict(given)
        for name, placeholder in self.placeholders.items():
            if name in given:
                values[name] = placeholder.convert(name, given[name])
            elif placeholder.default is not None:
                values[name] = placeholder.default
            else:
                raise SeedInvalid(
                    f"The seed {self.name} needs a value for its placeholder {name} ({placeholder.description}): "
                    "give it a default in seed.toml, or add it to the request's context."
                )
        return values

    def template_matcher(self) -> Callable[[str], bool]:
        """A test for paths below ``repo/``: whether the manifest declares the file a template."""
        declared, kept = path_matcher(self.templates), path_matcher(self.verbatim)
        return lambda path: declared(path) and not kept(path)


def path_matcher(patterns: Iterable[str]) -> Callable[[str], bool]:
    """A test for paths: whether one of the patterns names it.

    Patterns follow git's own rules for paths: ``*`` stays within a folder, ``**`` spans folders.

    Raises:
        SeedInvalid: if git would not accept one of them.

    """
    expressions = []
    for pattern in patterns:
        try:
            expressions.append(re.compile(translate(pattern.encode("utf-8")), re.DOTALL))
        except MalformedPattern:
            raise SeedInvalid(f"seed.toml: {pattern!r} is not a pattern that git accepts.") from None

    def matches(path: str) -> bool:
        name = path.encode("utf-8")
        return any(expression.fullmatch(name) for expression in expressions)

    return matches


def parse_manifest(text: bytes) -> Manifest:
    """Read ``seed.toml``.

    Raises:
        SeedInvalid: if it is not UTF-8, not TOML, or not a manifest; with every problem.

    """
    try:
        content = tomllib.loads(text.decode("utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SeedInvalid(f"seed.toml cannot be read: {error}") from None
    try:
        return Manifest.model_validate(content)
    except ValidationError as error:
        problems = "; ".join(
            f"{'.'.join(str(part) for part in problem['loc'])}: {problem['msg']}"
            for problem in error.errors(include_url=False)
        )
        raise SeedInvalid(f"seed.toml is not a valid manifest: {problems}") from None
