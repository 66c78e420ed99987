"""What holds for every seed in seed-code/."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from seed_repository.manifest import parse_manifest

SEEDS = Path(__file__).resolve().parents[2] / "seed-code"
NAMES = sorted(path.parent.name for path in SEEDS.glob("*/seed.toml"))
SECRET = re.compile(rb"AKIA[0-9A-Z]{16}|gh[pousr]_[0-9A-Za-z]{20,}|-----BEGIN [A-Z ]*PRIVATE KEY")
STANDARD = {
    "project_name", "project_id", "repository", "branch", "region",
    "model_package_group_name", "pipeline_name", "artifact_bucket", "release",
}  # fmt: skip


def test_there_are_seeds() -> None:
    assert {"model-build", "model-deploy"} <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_its_manifest_says_what_it_needs(name: str) -> None:
    manifest = parse_manifest((SEEDS / name / "seed.toml").read_bytes())

    assert manifest.name == name
    assert all(placeholder.description and placeholder.sample for placeholder in manifest.placeholders.values())
    assert all(list((SEEDS / name / "repo").glob(pattern)) for pattern in manifest.templates)


@pytest.mark.parametrize("name", NAMES)
def test_it_asks_for_nothing_the_platform_does_not_give(name: str) -> None:
    manifest = parse_manifest((SEEDS / name / "seed.toml").read_bytes())
    without_default = {key for key, placeholder in manifest.placeholders.items() if placeholder.default is None}

    assert without_default <= STANDARD


@pytest.mark.parametrize("name", NAMES)
def test_no_marker_is_left(name: str, rendered: Callable[[str], Path]) -> None:
    for path in rendered(name).rglob("*"):
        if path.is_file():
            assert not re.search(rb"@[{%#]|[}%#]@", path.read_bytes()), path.name


@pytest.mark.parametrize("name", NAMES)
def test_only_declared_templates_hold_markers(name: str) -> None:
    """A marker in another file would be committed as it stands."""
    manifest = parse_manifest((SEEDS / name / "seed.toml").read_bytes())
    is_template = manifest.template_matcher()
    root = SEEDS / name / "repo"
    for path in root.rglob("*"):
        relative = path.relative_to(root)
        if path.is_file() and "__pycache__" not in relative.parts and not is_template(relative.as_posix()):
            assert not re.search(rb"@[{%#]", path.read_bytes()), relative


@pytest.mark.parametrize("name", NAMES)
def test_it_names_no_account_and_no_secret(name: str, rendered: Callable[[str], Path]) -> None:
    """Twelve digits are an account: only the documentation's own, and the accounts of AWS's public images."""
    for path in rendered(name).rglob("*"):
        if not path.is_file() or path.name == "images.py":
            continue
        text = path.read_bytes()
        assert not SECRET.search(text), path.name
        accounts = set(re.findall(rb"(?<![0-9a-f])[0-9]{12}(?![0-9a-f])", text))
        assert accounts <= {b"111122223333", b"141502667606"}, path.name
