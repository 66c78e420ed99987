"""Every seed as a project gets it: archived as a release does, opened and rendered as the Lambda does."""

from collections.abc import Callable
from pathlib import Path

import pytest
from seed_repository.render import render
from seed_repository.seed import Mode, open_archive
from seed_repository.settings import Settings

from release.archives import zip_archive
from release.build import seed_entries

SEEDS = Path(__file__).resolve().parents[2] / "seed-code"


@pytest.fixture(scope="session")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Make a seed's repository from the sample values of its manifest, once."""
    done: dict[str, Path] = {}

    def make(name: str) -> Path:
        if name not in done:
            seed = open_archive(zip_archive(seed_entries(SEEDS / name)), Settings())
            values = {key: str(placeholder.sample) for key, placeholder in seed.manifest.placeholders.items()}
            done[name] = tmp_path_factory.mktemp(name)
            for file in render(seed, values):
                target = done[name] / file.path
                target.parent.mkdir(parents=True, exist_ok=True)
                if file.mode is Mode.SYMLINK:
                    target.symlink_to(file.content.decode())
                else:
                    target.write_bytes(file.content)
                    target.chmod(0o755 if file.mode is Mode.EXECUTABLE else 0o644)
        return done[name]

    return make
