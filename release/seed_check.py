"""Checking a seed before any project gets it: rendered as it will be, then looked at from all sides."""

import posixpath
import re
import shutil
import subprocess
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from seed_repository.errors import SeedError
from seed_repository.manifest import Manifest, path_matcher
from seed_repository.render import faults, render
from seed_repository.seed import Mode, Seed, SeedFile, open_archive
from seed_repository.settings import Settings
from seed_repository.snapshot import SeedTree, build_tree

from release.seed_preview import write
from release.seed_secrets import secrets_in

SAMPLES: Mapping[str, str] = {
    "project_name": "Churn",
    "project_id": "p-abc123def456",
    "repository": "example-org/churn",
    "branch": "main",
    "region": "eu-west-1",
    "account_id": "111122223333",
    "model_package_group_name": "Churn-p-abc123def456",
    "pipeline_name": "Churn-p-abc123def456",
    "artifact_bucket": "ml-p-abc123def456-111122223333-eu-west-1",
    "release": "1.0.0",
}
"""What the platform gives every seed, with a value to look at."""

LARGEST_FILE = 100 * 1024 * 1024
"""GitHub refuses larger files (docs.github.com, About large files on GitHub)."""

_MARKER = re.compile(rb"@\{.*?\}@|@%.*?%@|@#.*?#@", re.DOTALL)
_WORKFLOWS = ".github/workflows/"


@dataclass
class Findings:
    """What a check found. Problems keep the seed from being used, hints do not."""

    problems: list[str] = field(default_factory=list)
    hints: list[str] = field(default_factory=list)
    name: str = ""
    files: tuple[SeedFile, ...] = ()
    tree: SeedTree | None = None


def sample_values(manifest: Manifest, given: Mapping[str, str] | None = None) -> dict[str, str]:
    """A value for every placeholder: what was given, else the manifest's sample, else the platform's."""
    declared = {
        name: str(placeholder.sample).lower() if isinstance(placeholder.sample, bool) else str(placeholder.sample)
        for name, placeholder in manifest.placeholders.items()
        if placeholder.sample is not None
    }
    return {**SAMPLES, **declared, **(given or {})}


def check_seed(archive: bytes) -> Findings:
    """Check a seed's archive."""
    found = Findings()
    try:
        seed = open_archive(archive, Settings())
        found.name = seed.manifest.name
        values = sample_values(seed.manifest)
        if wrong := faults(seed, values):
            found.problems += [*map(str, wrong), *_placeholders(seed.manifest), *_patterns(seed)]
            return found
        found.files = render(seed, values)
    except SeedError as error:
        found.problems.append(str(error))
        return found
    found.tree = build_tree(found.files)
    found.problems += [
        *_placeholders(seed.manifest),
        *_patterns(seed),
        *_markers(seed, found.files),
        *_sizes(seed.manifest, found.files),
        *_exact(seed.manifest, found.files),
        *secrets(seed.manifest, found.files),
        *_links(found.files),
        *_alike(found.files),
        *_native(found.files, found.tree),
    ]
    found.hints += [*_executables(found.files), *_permissions(found.files)]
    return found


def _placeholders(manifest: Manifest) -> Iterator[str]:
    for name, placeholder in manifest.placeholders.items():
        if name not in SAMPLES and placeholder.default is None:
            yield (
                f"Placeholder {name} has no default, and the platform gives no value of this name. "
                f"Give it a default; the platform knows {', '.join(SAMPLES)}."
            )


def _patterns(seed: Seed) -> Iterator[str]:
    for field_name in ("templates", "verbatim"):
        for pattern in getattr(seed.manifest, field_name):
            matches = path_matcher([pattern])
            if not any(matches(file.path) for file in seed.files):
                yield f"{pattern!r} in {field_name} names no file: correct or remove it."


def _markers(seed: Seed, files: tuple[SeedFile, ...]) -> Iterator[str]:
    is_template = seed.manifest.template_matcher()
    kept = path_matcher(seed.manifest.verbatim)
    templates = {file.path for file in seed.files if is_template(file.path)}
    for file in seed.files:
        if file.path in templates or kept(file.path) or b"\0" in file.content:
            continue
        if match := _MARKER.search(file.content):
            line = file.content.count(b"\n", 0, match.start()) + 1
            yield (
                f"{file.path}, line {line}, holds a placeholder, but is no template: it would stay as it is. "
                "Add it to templates, or to verbatim if that is meant."
            )
    for file in files:
        if _MARKER.search(file.path.encode("utf-8")):
            yield f"{file.path}: its name still holds a placeholder after rendering."
        if file.path in templates and (match := _MARKER.search(file.content)):
            line = file.content.count(b"\n", 0, match.start()) + 1
            yield f"{file.path}, line {line}, still holds a placeholder after rendering."


def _sizes(manifest: Manifest, files: tuple[SeedFile, ...]) -> Iterator[str]:
    size = sum(len(file.content) for file in files)
    checks = manifest.checks
    if checks.max_files is not None and len(files) > checks.max_files:
        yield f"It has {len(files):,} files; its own limit (checks.max_files) is {checks.max_files:,}."
    if checks.max_bytes is not None and size > checks.max_bytes:
        yield f"It has {size:,} bytes; its own limit (checks.max_bytes) is {checks.max_bytes:,}."
    for file in files:
        if len(file.content) > LARGEST_FILE:
            yield f"{file.path} has {len(file.content):,} bytes; GitHub refuses more than {LARGEST_FILE:,}."


def _exact(manifest: Manifest, files: tuple[SeedFile, ...]) -> Iterator[str]:
    if manifest.checks.files is None:
        return
    expected, present = set(manifest.checks.files), {file.path for file in files}
    for path in sorted(expected - present):
        yield f"{path} is missing: checks.files lists it."
    for path in sorted(present - expected):
        yield f"{path} is not in checks.files: add it there, or remove it from the seed."


def secrets(manifest: Manifest, files: tuple[SeedFile, ...]) -> Iterator[str]:
    """Where a secret seems to be that no check excuses; the secret itself is not repeated."""
    excused = path_matcher(manifest.checks.not_secret)
    for file in files:
        if not excused(file.path):
            for line, kind in secrets_in(file.content):
                yield f"{file.path}, line {line}, seems to hold {kind}. If it is none: checks.not_secret."


def _links(files: tuple[SeedFile, ...]) -> Iterator[str]:
    places = {file.path for file in files}
    for path in list(places):
        while path := posixpath.dirname(path):
            places.add(path)
    for file in files:
        if file.mode is Mode.SYMLINK:
            target = posixpath.normpath(posixpath.join(posixpath.dirname(file.path), file.content.decode("utf-8")))
            if target not in places and target != ".":
                yield f"The symbolic link {file.path} points to {target}, which the seed does not hold."


def _alike(files: tuple[SeedFile, ...]) -> Iterator[str]:
    alike = defaultdict(list)
    for file in files:
        alike[file.path.casefold()].append(file.path)
    for paths in alike.values():
        if len(paths) > 1:
            yield f"{' and '.join(paths)} are one file on macOS and Windows: rename one of them."


def _executables(files: tuple[SeedFile, ...]) -> Iterator[str]:
    for file in files:
        if file.mode is Mode.FILE and file.content.startswith(b"#!"):
            yield f"{file.path} begins with #! and is not executable (chmod +x)."
        if file.mode is Mode.EXECUTABLE and b"\0" not in file.content and not file.content.startswith(b"#!"):
            yield f"{file.path} is executable and does not begin with #! (chmod -x)."


def _permissions(files: tuple[SeedFile, ...]) -> Iterator[str]:
    if any(file.path.startswith(_WORKFLOWS) for file in files):
        yield f"It holds {_WORKFLOWS}: the platform's credential needs the permission Workflows: write."


def _native(files: tuple[SeedFile, ...], tree: SeedTree) -> Iterator[str]:
    git = shutil.which("git")
    if git is None:
        return
    with tempfile.TemporaryDirectory(prefix="seed-check-") as temporary:
        work = Path(temporary, "work")
        write(files, work)
        environment = {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": temporary, "GIT_CONFIG_NOSYSTEM": "1"}
        for arguments in (["init", "--quiet", "."], ["add", "--all", "--force"], ["write-tree"]):
            done = subprocess.run(
                [git, "-c", "core.autocrlf=false", *arguments],
                cwd=work,
                env=environment,
                capture_output=True,
                text=True,
                check=False,
            )
            if done.returncode != 0:
                yield f"git does not take the rendered files: {done.stderr.strip()}"
                return
        if done.stdout.strip() != tree.id:
            yield f"git makes the tree {done.stdout.strip()} of these files, and the seed function {tree.id}."
