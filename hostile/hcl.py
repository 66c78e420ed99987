"""What the campaign has to read of Terraform's language: blocks of a formatted file, variables and validations."""

import re
from dataclasses import dataclass
from pathlib import Path

_RULE = re.compile(r"^  validation \{\n(.*?)^  \}$", re.MULTILINE | re.DOTALL)
_PARTS = re.compile(r"^    condition +=(.*?)^    error_message +=(.*)\Z", re.MULTILINE | re.DOTALL)
_COMMENT = re.compile(r"^ *#.*\n", re.MULTILINE)


@dataclass(frozen=True)
class Rule:
    """One ``validation``: both as Terraform's expressions, as they stand in the file."""

    condition: str
    message: str


@dataclass(frozen=True)
class Variable:
    """A declared variable: its type as it stands in the file, and its validations."""

    name: str
    type: str
    rules: tuple[Rule, ...]


def block(path: Path, kind: str, name: str | None = None) -> str:
    """The text of a top-level block of a file that ``terraform fmt`` has formatted.

    Raises:
        ValueError: there is none.

    """
    label = f' "{name}"' if name else ""
    found = re.search(rf"^{kind}{label} \{{\n.*?^\}}$", path.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    if found is None:
        raise ValueError(f"{path} has no {kind}{label}.")
    return found[0]


def declaring(folder: Path, name: str) -> Path:
    """The file of a folder that declares a variable.

    Raises:
        ValueError: none of them does.

    """
    for path in sorted(folder.glob("*.tf")):
        if re.search(rf'^variable "{name}" \{{$', path.read_text(encoding="utf-8"), re.MULTILINE):
            return path
    raise ValueError(f"No file of {folder} declares the variable {name}.")


def attribute(text: str, name: str) -> str:
    """An attribute of a block with everything that belongs to it, as it stands there.

    Raises:
        ValueError: there is none.

    """
    found = re.search(rf"^  {name} += .*?(?=^  \S|^$|^\}})", text, re.MULTILINE | re.DOTALL)
    opened = re.search(rf"^  {name} += [^\n]*[\[{{(]\n.*?^  [\]}}).]+$", text, re.MULTILINE | re.DOTALL)
    chosen = opened or found
    if chosen is None:
        raise ValueError(f"There is no {name} in {text[:40]}…")
    return chosen[0]


def variable(path: Path, name: str) -> Variable:
    """A variable of a file.

    Raises:
        ValueError: there is none, or a validation cannot be read.

    """
    text = block(path, "variable", name)
    rules = []
    for found in _RULE.finditer(text):
        parts = _PARTS.search(_COMMENT.sub("", found[1]))
        if parts is None:
            raise ValueError(f"A validation of {name} in {path} cannot be read: {found[1]}")
        rules.append(Rule(parts[1].strip(), parts[2].strip()))
    if len(rules) != text.count("validation {"):
        raise ValueError(f"{path} has validations of {name} that cannot be read.")
    return Variable(name, attribute(text, "type").partition("=")[2].strip(), tuple(rules))
