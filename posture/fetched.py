"""What scripts, builds and forms fetch: each command has its hash beside it, or is no code."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from posture.checks import Row
from posture.plans import ROOT

HASHES = "a hash for everything fetched"
FILES = (
    "service-catalog-setup/runner/*.sh",
    "service-catalog-setup/teardown/*.yml",
    "service-catalog-setup/products/*.yaml",
    "service-catalog-setup/products/*/*.yaml",
    "service-catalog-setup/products/*/terraform/*.sh",
    "seed-code/*/repo/*.yml",
    "seed-code/*/repo/ci/*.yml",
    "seed-code/*/repo/deploy/*.py",
    "foundation/modules/*/scripts/*",
)
_FETCHES = re.compile(
    r"\b(?:pip3? install|pip3? download|aws s3 (?:cp|sync)|s3api get-object|curl|wget|git clone"
    r"|(?:yum|dnf|apt-get) install|conda install|docker pull|urlopen|urlretrieve|download_file)"
)
_PROOF = re.compile(r"sha256sum|--require-hashes|file_verify|object_verify|_verify\(")


@dataclass(frozen=True)
class Command:
    """One line that fetches something, with the lines in which its hash may be looked at."""

    file: str
    line: str
    around: str

    @property
    def subject(self) -> str:
        """File and command, which exceptions name."""
        return f"{self.file}: {self.line}"


def commands(root: Path = ROOT) -> Iterator[Command]:
    """Every command that fetches something."""
    for pattern in FILES:
        for path in sorted(root.glob(pattern)):
            lines = path.read_text(encoding="utf-8").splitlines()
            for number, line in enumerate(lines):
                code = line.strip()
                if _FETCHES.search(code) and not code.startswith(("#", '"""')):
                    around = "\n".join(lines[number : number + 6])
                    yield Command(path.relative_to(root).as_posix(), code, around)


def rows(found: Iterator[Command] | list[Command]) -> list[Row]:
    """Whether each command's result is compared with a hash, on its line or on the next five."""
    return [Row(HASHES, item.subject, bool(_PROOF.search(item.around))) for item in found]


def without_proof(item: Command) -> Command:
    """The same command, with nobody looking at the hash."""
    return Command(item.file, item.line, _PROOF.sub("true", item.around))
