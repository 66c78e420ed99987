"""Write the tables of inputs and outputs into a package's README, between its GENERATED markers.

Usage: ``python readme_tables.py [--check] PACKAGE``. With ``--check`` nothing is written, and stale tables fail.

Reads the formatted HCL of ``variable`` and ``output`` blocks; the attributes of an object are described by the
comment at the end of their line.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

BEGIN, END = "<!-- BEGIN GENERATED -->", "<!-- END GENERATED -->"
_BLOCK = re.compile(r'^(variable|output) "(\w+)" \{\n(.*?)^\}', re.MULTILINE | re.DOTALL)
_TEXT = re.compile(r'^  description = (?:"(.*)"|<<-?(\w+)\n(.*?)^\s*\2)$', re.MULTILINE | re.DOTALL)
_OPTIONAL = re.compile(r"^optional\((\w+(?:\(\w+\))?)(?:, (.*))?\)$")
_ATTRIBUTE = re.compile(r"^(\w+)\s+= (.+?)(?:\s+# (.*))?$")


def tables(package: Path) -> str:
    """The Markdown between the markers, for all ``*.tf`` of a package."""
    source = "\n".join(path.read_text(encoding="utf-8") for path in sorted(package.glob("*.tf")))
    blocks = _BLOCK.findall(source)
    lines = ["### Inputs"]
    for kind, name, body in blocks:
        if kind == "variable":
            lines += ["", f"**`{name}`**: {_description(body)}", ""]
            lines += [_row("attribute", "type", "default", ""), "|---|---|---|---|"]
            lines += [_row(f"`{path}`", *cells) for path, *cells in _attributes(body)]
    lines += ["", "### Outputs", "", _row("name", ""), "|---|---|"]
    lines += [_row(f"`{name}`", _description(body)) for kind, name, body in blocks if kind == "output"]
    return "\n".join(lines)


def rendered(readme: str, content: str) -> str:
    """The README with ``content`` between its markers."""
    before, rest = readme.split(BEGIN, 1)
    after = rest.split(END, 1)[1]
    return f"{before}{BEGIN}\n{content}\n{END}{after}"


def _description(body: str) -> str:
    found = _TEXT.search(body)
    if found is None:
        raise ValueError(f"a block without description: {body[:80]}")
    return " ".join((found[1] or found[3]).split()).replace('\\"', '"')


def _attributes(body: str) -> Iterator[tuple[str, str, str, str]]:
    """Path, type, default and comment of every attribute of the object type."""
    declared = body.split("type = object({\n", 1)[1].split("\n  })\n", 1)[0]
    path: list[str] = []
    for line in declared.splitlines():
        text = line.strip()
        if text.startswith("}"):
            path.pop()
            continue
        found = _ATTRIBUTE.match(text)
        if found is None:
            continue
        name, type_, comment = found[1], found[2], found[3] or ""
        optional = _OPTIONAL.match(type_)
        if type_.endswith("({"):
            yield ".".join([*path, name]), "object", "optional" if "optional(" in type_ else "required", comment
            path.append(name)
        elif optional is None:
            yield ".".join([*path, name]), type_, "required", comment
        else:
            yield ".".join([*path, name]), optional[1], f"`{optional[2] or 'null'}`", comment


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def main(arguments: list[str]) -> int:
    """Update or check one package's README; the result is the process's exit status."""
    readme = Path(arguments[-1]) / "README.md"
    current = readme.read_text(encoding="utf-8")
    wanted = rendered(current, tables(readme.parent))
    if "--check" in arguments:
        if current != wanted:
            print(f"The tables in {readme} are out of date; run this script without --check.", file=sys.stderr)
        return int(current != wanted)
    readme.write_text(wanted, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
