"""``python -m posture.suppressions``: what scanners saw, what they were told to leave alone, and why."""

import re
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

from posture.plans import ROOT

_MARKERS = (
    ("checkov", re.compile(r"checkov:skip=(?P<rule>\w+):?(?P<reason>.*)$")),
    ("bandit", re.compile(r"# nosec\b(?P<rule>(?:[ ,]+B\d+)*)(?P<reason>.*)$")),
    ("ruff", re.compile(r"# noqa: (?P<rule>(?:[A-Z]+\d+, )*S\d+)(?P<reason>.*)$")),
    ("secrets", re.compile(r"pragma: allowlist (?:nextline )?(?P<rule>secret)(?P<reason>.*)$")),
)
_OTHER_MARKERS = re.compile(r"#\s*(?:nosec|noqa|type:|pragma)\b[^#-]*")
_NO_REASON = re.compile(r"\b(?:as|see) (?:above|below|the other)\b", re.IGNORECASE)
# Words that name what they suppress are no suppressions.
_ABOUT_THEM = ("posture/suppressions.py", "tests/unit/posture/test_suppressions.py")


@dataclass(frozen=True)
class Suppression:
    """A finding that a scanner may not show.

    Attributes:
        scanner: whose.
        place: file and line.
        rule: which.
        reason: why, as it stands there.

    """

    scanner: str
    place: str
    rule: str
    reason: str

    @property
    def explained(self) -> bool:
        """Whether the reason says something: two words at least, and not that another place says it."""
        return len(re.findall(r"[A-Za-z][\w'-]*", self.reason)) >= 2 and not _NO_REASON.search(self.reason)


def of_text(place: str, text: str) -> Iterator[Suppression]:
    """The suppressions of one file; beside two markers, one reason is enough."""
    for number, line in enumerate(text.splitlines(), 1):
        for scanner, marker in _MARKERS:
            if (found := marker.search(line)) is not None:
                reason = _OTHER_MARKERS.sub("", found["reason"]).strip(" -:#")
                yield Suppression(scanner, f"{place}:{number}", found["rule"].strip(), reason)


def of_settings(root: Path = ROOT) -> Iterator[Suppression]:
    """What the scanners' settings leave out: the reason is the comment above."""
    bandit = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["bandit"]
    for rule in bandit.get("skips", ()):
        yield Suppression("bandit", "pyproject.toml", rule, _comment_above(root / "pyproject.toml", "skips ="))
    checkov = yaml.safe_load((root / ".checkov.yaml").read_text(encoding="utf-8"))
    for setting in ("skip-check", "skip-path"):
        for rule in checkov.get(setting, ()):
            yield Suppression(
                "checkov", ".checkov.yaml", rule, _comment_above(root / ".checkov.yaml", f"{setting}:")
            )
    recipe = (root / "Makefile").read_text(encoding="utf-8")
    for plugin in re.findall(r"--disable-plugin (\w+)", recipe):
        reason = _comment_above(root / "Makefile", "detect-secrets-hook")
        yield Suppression("secrets", "Makefile", plugin, reason)


def _comment_above(file: Path, setting: str) -> str:
    lines = file.read_text(encoding="utf-8").splitlines()
    at = next(number for number, line in enumerate(lines) if setting in line)
    above = lines[at - 1].strip().lstrip("@")
    return above.lstrip("# ") if above.startswith("#") else ""


def files(root: Path = ROOT) -> list[str]:
    """Every file of the repository that is text; what is not added yet, too."""
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    done = subprocess.run(listed, cwd=root, capture_output=True, check=True)
    return [name for name in done.stdout.decode().split("\0") if name and (root / name).is_file()]


def all_of(names: Iterable[str], root: Path = ROOT) -> list[Suppression]:
    """Every suppression of the repository."""
    found = list(of_settings(root))
    for name in names:
        if name not in _ABOUT_THEM:
            found += of_text(name, (root / name).read_text(encoding="utf-8", errors="ignore"))
    return found


def main() -> int:
    """Print what was looked at and what was left alone; 1 if a suppression has no reason."""
    names = files()
    found = all_of(names)
    by = Counter(item.scanner for item in found)
    judged = [name for name in names if "tests" not in Path(name).parts]
    terraform = sum(name.endswith(".tf") for name in judged)
    python = sum(name.endswith(".py") for name in judged)
    print(
        f"scanned: {terraform} Terraform files (checkov), {python} Python files (bandit), {len(names)} files "
        f"(secrets); no open finding; left alone with a reason where they stand: {len(found)} "
        f"({', '.join(f'{scanner} {number}' for scanner, number in sorted(by.items()))})"
    )
    bare = [item for item in found if not item.explained]
    for item in bare:
        print(
            f"{item.place}: {item.scanner} leaves {item.rule} alone, and nobody says why: {item.reason!r}",
            file=sys.stderr,
        )
    return int(bool(bare))


if __name__ == "__main__":
    sys.exit(main())
