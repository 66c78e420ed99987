"""Building a release: collect, archive, name by content, describe."""

import json
import tomllib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from release import kept, setups
from release.archives import Entry, entries_of, sha256, tar_archive, zip_archive
from release.bytecode import compiled, interpreter_of
from release.dependencies import BuildError, Pruning, Target, install
from release.forms import FormError, product_folders, template_of
from release.import_check import check_import
from release.source import Source

SCHEMA = 1
LARGEST_LAMBDA = 4 * 1024 * 1024
"""A larger archive starts more slowly; AWS's own limit for an upload is far above."""


@dataclass(frozen=True)
class Artifact:
    """One archive of the release."""

    name: str
    file: str
    content: bytes

    def describe(self) -> dict[str, str]:
        """How ``release.json`` names it: by its content, so that a key never changes its meaning."""
        digest = sha256(self.content)
        return {"file": self.file, "sha256": digest, "key": f"objects/{digest}/{self.file}"}


def build(
    root: Path,
    out: Path,
    target: Target,
    cache: Path,
    *,
    version: str | None = None,
    source: Source | None = None,
) -> dict[str, Any]:
    """Build the release of a checkout.

    Args:
        root: the checkout.
        out: where the archives and ``release.json`` go; made if missing.
        target: what the Lambda archives are built for.
        cache: where installed packages are kept between builds.
        version: of the release; None takes the checkout's own, from ``pyproject.toml``.
        source: what it is built from, to be named in ``release.json``.

    Returns:
        What ``release.json`` holds.

    Raises:
        BuildError: if a part is missing or does not work.

    """
    packages = _packages(root, target, cache)
    functions = [_function(folder, packages, target, cache) for folder in _parts(root / "lambdas", "handler.py")]
    seeds = [_seed(folder) for folder in _parts(root / "seed-code", "seed.toml")]
    folders = _products(root / "service-catalog-setup" / "products")
    products = [_product(folder) for folder in folders]
    own_setups = {folder.name: _own_setup(root, folder) for folder in folders if (folder / setups.FOLDER).is_dir()}
    artifacts = [_runner(root), _project_setup(root), *functions, *seeds, *products, *own_setups.values()]
    release = {
        "schema": SCHEMA,
        "version": version or _version(root),
        "objects": {artifact.name: artifact.describe() for artifact in artifacts},
        "lambdas": {
            folder.name: {
                "object": artifact.name,
                "handler": f"{folder.name}.handler.handler",
                "runtime": target.runtime,
                "architecture": target.architecture,
                "compiled": interpreter_of(target) is not None,
            }
            for folder, artifact in zip(_parts(root / "lambdas", "handler.py"), functions, strict=True)
        },
        "seeds": {artifact.name.removeprefix("seed-"): {"object": artifact.name} for artifact in seeds},
        "products": {
            folder.name: {"object": artifact.name}
            | ({"setup": own_setups[folder.name].name} if folder.name in own_setups else {})
            for folder, artifact in zip(folders, products, strict=True)
        },
        "terraform": _terraform(),
    }
    if source is not None:
        release["source"] = source.describe()
    _write(out, artifacts, release)
    return release


def seed_entries(folder: Path) -> list[Entry]:
    """What a seed's archive holds: its manifest and everything that is to be committed."""
    manifest = Entry("seed.toml", 0o100644, (folder / "seed.toml").read_bytes())
    return [*entries_of(folder / "repo", under="repo/"), manifest]


def _version(root: Path) -> str:
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return str(project["version"])


def _parts(folder: Path, mark: str) -> list[Path]:
    found = sorted(path.parent for path in folder.glob(f"*/{mark}"))
    if not found:
        raise BuildError(f"{folder} has no */{mark}: there is nothing to release.")
    return found


def _products(folder: Path) -> list[Path]:
    found = product_folders(folder)
    if not found:
        raise BuildError(f"{folder} has no */template.yaml: there is nothing to offer.")
    return found


def _runner(root: Path) -> Artifact:
    # The bootstrap travels inside the product template and fetches this archive; it is not part of it.
    entries = entries_of(root / "service-catalog-setup" / "runner", without=["bootstrap*", "tests", "*.md"])
    return Artifact("runner", "runner.tar.gz", tar_archive(entries))


def _project_setup(root: Path) -> Artifact:
    entries = entries_of(root / "sagemaker-project-setup", without=["tests", "examples", "*.md", "*.tfvars*"])
    if not any(entry.name == ".terraform.lock.hcl" for entry in entries):
        raise BuildError("sagemaker-project-setup has no .terraform.lock.hcl: providers would not be pinned.")
    return Artifact("project-setup", "project-setup.tar.gz", tar_archive(entries))


def _own_setup(root: Path, folder: Path) -> Artifact:
    # A product with Terraform of its own: it takes package 2's place.
    name = f"setup-{folder.name}"
    try:
        entries = setups.entries_of_setup(root, folder / setups.FOLDER)
    except setups.SetupError as error:
        raise BuildError(str(error)) from error
    return Artifact(name, f"{name}.tar.gz", tar_archive(entries))


def _seed(folder: Path) -> Artifact:
    name = f"seed-{folder.name}"
    return Artifact(name, f"{name}.zip", zip_archive(seed_entries(folder)))


def _product(folder: Path) -> Artifact:
    # The form belongs to the release: a later package 1 must not change what an older release asks and runs.
    name = f"product-{folder.name}"
    try:
        content = template_of(folder)
    except FormError as error:
        raise BuildError(str(error)) from error
    return Artifact(name, f"{name}.template.yaml", content)


class _Packages:
    """What all functions have in common."""

    def __init__(self, sources: list[Entry], target: Target) -> None:
        self.sources = sources
        self._target = target

    @cached_property
    def made(self) -> list[Entry]:
        """As they go into archives, made once: compiling takes longer than everything else."""
        return _for(self._target, self.sources)


def _packages(root: Path, target: Target, cache: Path) -> _Packages:
    folder = install(root / "requirements" / "lambda.txt", target, cache / "lambda-packages", Pruning.read())
    return _Packages([_without_readme(entry) for entry in entries_of(folder)], target)


def _for(target: Target, entries: list[Entry]) -> list[Entry]:
    interpreter = interpreter_of(target)
    return compiled(entries, interpreter) if interpreter else entries


def _function(folder: Path, packages: _Packages, target: Target, cache: Path) -> Artifact:
    name = f"lambda-{folder.name.replace('_', '-')}"
    own = entries_of(folder, under=f"{folder.name}/", without=["*.md", "tests"])

    def make() -> bytes:
        content = zip_archive(sorted([*packages.made, *_for(target, own)], key=lambda entry: entry.name))
        if len(content) > LARGEST_LAMBDA:
            raise BuildError(
                f"{name}.zip is {len(content):,} bytes, more than {LARGEST_LAMBDA:,}: add what it does not need "
                "to release/prune.toml."
            )
        if target.local:
            check_import(content, folder.name)
        return content

    keeping = cache / "functions"
    content = kept.archive(keeping, name, [*packages.sources, *own], make) if target.local else make()
    return Artifact(name, f"{name}.zip", content)


def _without_readme(entry: Entry) -> Entry:
    # A package's metadata ends with its README; what code asks for is in the headers before it.
    if not entry.name.endswith(".dist-info/METADATA"):
        return entry
    return Entry(entry.name, entry.mode, entry.content.partition(b"\n\n")[0] + b"\n")


def _terraform() -> dict[str, Any]:
    pins = tomllib.loads(Path(__file__).with_name("terraform.toml").read_text(encoding="utf-8"))
    return {name: pins[name] for name in ("version", "aws_provider_version", "sha256")}


def _write(out: Path, artifacts: list[Artifact], release: dict[str, Any]) -> None:
    out.mkdir(parents=True, exist_ok=True)
    for artifact in artifacts:
        (out / artifact.file).write_bytes(artifact.content)
    # Last, and by renaming: whoever finds release.json finds everything that it names.
    draft = out / "release.json.new"
    draft.write_text(json.dumps(release, indent=2) + "\n", encoding="utf-8")
    draft.replace(out / "release.json")
