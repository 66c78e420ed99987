"""The Terraform that a product brings itself, as it goes into a release."""

import json
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from release import build as builder
from release.dependencies import BuildError, Target
from release.verify import problems

pytestmark = pytest.mark.usefixtures("offline")
OWN = "service-catalog-setup/products/own"


@pytest.fixture
def root(checkout: Callable[[str], Path]) -> Path:
    """A checkout with a product whose Terraform uses a module that lies elsewhere."""
    made = checkout("one")
    for path, content in {
        f"{OWN}/template.yaml": "Description: the form\n",
        f"{OWN}/terraform/main.tf": 'terraform {\n  backend "s3" {}\n}\n',
        f"{OWN}/terraform/README.md": "not in the archive",
        "foundation/modules/shelf/main.tf": "# shelf\n",
        "foundation/modules/shelf/tests/shelf.tftest.hcl": "not in the archive",
    }.items():
        (made / path).parent.mkdir(parents=True, exist_ok=True)
        (made / path).write_text(content, encoding="utf-8")
    link(made, "shelf", "../../../../../foundation/modules/shelf")
    return made


def link(root: Path, name: str, target: str) -> None:
    modules = root / OWN / "terraform" / "modules"
    modules.mkdir(exist_ok=True)
    (modules / name).symlink_to(target)


def build(root: Path) -> Path:
    builder.build(root, root / "out", Target.aws("x86_64"), root / "cache")
    return root / "out"


def test_the_archive_has_the_module_in_the_links_place(root: Path) -> None:
    out = build(root)

    with tarfile.open(out / "setup-own.tar.gz") as archive:
        assert archive.getnames() == [".terraform.lock.hcl", "main.tf", "modules/shelf/main.tf"]
        assert all(member.isfile() for member in archive)
    release = json.loads((out / "release.json").read_text("utf-8"))
    assert release["products"] == {
        "example": {"object": "product-example"},
        "own": {"object": "product-own", "setup": "setup-own"},
    }
    assert problems(out) == []


def test_a_lock_file_of_its_own_is_taken(root: Path) -> None:
    (root / OWN / "terraform" / ".terraform.lock.hcl").write_text("# own\n", encoding="utf-8")

    with tarfile.open(build(root) / "setup-own.tar.gz") as archive:
        found = archive.extractfile(".terraform.lock.hcl")
        assert found is not None
        assert found.read() == b"# own\n"


@pytest.mark.parametrize("target", ["../../../../../../elsewhere", "../../../../../missing", ".."])
def test_a_link_that_leads_nowhere_out_or_around_is_refused(root: Path, target: str) -> None:
    (root.parent / "elsewhere").mkdir()
    link(root, "wrong", target)

    with pytest.raises(BuildError, match="modules/wrong links to"):
        build(root)


def test_terraform_without_a_backend_is_refused(root: Path) -> None:
    (root / OWN / "terraform" / "main.tf").write_text("terraform {}\n", encoding="utf-8")

    with pytest.raises(BuildError, match="state could not be kept"):
        build(root)


def test_a_release_without_the_archive_is_not_whole(root: Path) -> None:
    out = build(root)
    release = json.loads((out / "release.json").read_text("utf-8"))
    del release["objects"]["setup-own"]
    (out / "release.json").write_text(json.dumps(release), encoding="utf-8")

    assert problems(out) == ["products.own: there is no object setup-own"]
