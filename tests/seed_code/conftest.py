"""Every seed, rendered as the Lambda renders it."""

from collections.abc import Callable
from pathlib import Path

import pytest
from seed_repository.manifest import Manifest, parse_manifest
from seed_repository.render import render
from seed_repository.seed import Mode, Seed, SeedFile

SEEDS = Path(__file__).resolve().parents[2] / "seed-code"
LEFT_BY_RUNS = {"__pycache__", ".pytest_cache", ".ruff_cache", ".ipynb_checkpoints", "build"}


def seed_files(folder: Path) -> list[Path]:
    """The files of a seed, without what running it in place leaves behind."""
    return sorted(
        path
        for path in folder.rglob("*")
        if path.is_file() and not LEFT_BY_RUNS.intersection(path.relative_to(folder).parts)
    )


def read_seed(name: str) -> Seed:
    folder = SEEDS / name
    files = tuple(
        SeedFile(path.relative_to(folder / "repo").as_posix(), _mode(path), path.read_bytes())
        for path in seed_files(folder / "repo")
    )
    return Seed(parse_manifest((folder / "seed.toml").read_bytes()), files)


def _mode(path: Path) -> Mode:
    return Mode.EXECUTABLE if path.stat().st_mode & 0o100 else Mode.FILE


def samples(manifest: Manifest) -> dict[str, str]:
    return {name: str(placeholder.sample) for name, placeholder in manifest.placeholders.items()}


@pytest.fixture(scope="session")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Render a seed with its sample values, once."""
    done: dict[str, Path] = {}

    def make(name: str) -> Path:
        if name not in done:
            seed = read_seed(name)
            done[name] = tmp_path_factory.mktemp(name)
            for file in render(seed, samples(seed.manifest)):
                target = done[name] / file.path
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(file.content)
        return done[name]

    return make
