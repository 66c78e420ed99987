"""The commands for seeds: ``make seed-check`` and ``make seed-preview``."""

import sys
from pathlib import Path

from seed_repository.errors import SeedError
from seed_repository.render import render
from seed_repository.seed import Mode, open_archive
from seed_repository.settings import Settings

from release.archives import sha256
from release.seed_check import Findings, check_seed, sample_values, secrets
from release.seed_preview import write
from release.seed_source import SeedNotFound, read_seed

_KINDS = {Mode.FILE: "file", Mode.EXECUTABLE: "program", Mode.SYMLINK: "link"}


def check(place: str, archives: Path) -> int:
    """Check a seed and say what was found; 0 if nothing keeps it from being used.

    A folder's archive is then in ``archives``, ready to be named in package 1.
    """
    try:
        archive = read_seed(place)
    except SeedNotFound as error:
        print(error, file=sys.stderr)
        return 1
    found = check_seed(archive)
    _show(found)
    if found.problems:
        print(f"{place}: {len(found.problems)} problem(s)", file=sys.stderr)
        return 1
    if place.startswith("s3://"):
        shown = place
    else:
        archives.mkdir(parents=True, exist_ok=True)
        kept = archives / f"{found.name}.zip"
        kept.write_bytes(archive)
        shown = str(kept)
    print(f"{place}: good. For service-catalog-setup/terraform.tfvars:\n")
    print(f'seeds = {{\n  {found.name} = {{ archive = "{shown}", sha256 = "{sha256(archive)}" }}\n}}')
    return 0


def preview(place: str, out: Path, settings: list[str]) -> int:
    """Render a seed with its sample values into a new folder; ``settings`` are ``name=value``."""
    given = dict(setting.partition("=")[::2] for setting in settings)
    try:
        seed = open_archive(read_seed(place), Settings())
        known = {*sample_values(seed.manifest), *seed.manifest.placeholders}
        if unknown := sorted(given.keys() - known):
            print(f"The seed has no {', '.join(unknown)}; it has {', '.join(sorted(known))}.", file=sys.stderr)
            return 1
        files = render(seed, sample_values(seed.manifest, given))
        write(files, out)
    except (SeedNotFound, SeedError, FileExistsError) as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{len(files)} files of the seed {seed.manifest.name} are in {out}.")
    for hint in secrets(seed.manifest, files):
        print(f"hint: {hint} seed-check refuses the seed until then.")
    return 0


def _show(found: Findings) -> None:
    for file in found.files:
        target = f" -> {file.content.decode('utf-8')}" if file.mode is Mode.SYMLINK else ""
        print(f"  {_KINDS[file.mode]:<8}{len(file.content):>10,}  {file.path}{target}")
    if found.tree is not None:
        print(f"{found.tree.file_count:,} files, {found.tree.byte_count:,} bytes, tree {found.tree.id}")
    for hint in found.hints:
        print(f"hint: {hint}")
    for problem in found.problems:
        print(f"problem: {problem}", file=sys.stderr)
