"""A checkout in miniature, and packages as pip would have installed them."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from release import build as builder

FILES = {
    "pyproject.toml": '[project]\nname = "example"\nversion = "2.3.4"\n',
    "requirements/lambda.txt": "one==1.0 \\\n    --hash=sha256:00\n",
    "lambdas/greet_people/__init__.py": "",
    "lambdas/greet_people/handler.py": "import one\n\n\ndef handler(event, context):\n    return one.NAME\n",
    "lambdas/greet_people/__pycache__/handler.cpython-311.pyc": "left behind",
    "lambdas/README.md": "about",
    "service-catalog-setup/runner/runner.sh": "#!/usr/bin/env bash\n",
    "service-catalog-setup/runner/bootstrap.sh": "not in the archive\n",
    "service-catalog-setup/products/example/template.yaml": "Description: the form\n",
    "sagemaker-project-setup/main.tf": "terraform {}\n",
    "sagemaker-project-setup/.terraform.lock.hcl": "# lock\n",
    "sagemaker-project-setup/.terraform/providers/x": "left behind",
    "sagemaker-project-setup/tests/main.tftest.hcl": "not in the archive",
    "sagemaker-project-setup/README.md": "not in the archive",
    "seed-code/example/seed.toml": 'name = "example"\ndescription = "One"\n',
    "seed-code/example/README.md": "about the seed, not in it",
    "seed-code/example/repo/README.md": "in it",
    "seed-code/example/repo/.github/workflows/test.yml": "in it",
    "seed-code/example/repo/.gitignore": "build/\n",
    "seed-code/example/repo/run.sh": "#!/bin/sh\n",
    "seed-code/example/repo/.pytest_cache/x": "left behind",
}


@pytest.fixture
def checkout(tmp_path: Path) -> Callable[[str], Path]:
    """Makes a checkout under a given name."""

    def make(name: str) -> Path:
        root = tmp_path / name
        for path, content in FILES.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(content, encoding="utf-8")
        for path in ("service-catalog-setup/runner/runner.sh", "seed-code/example/repo/run.sh"):
            (root / path).chmod(0o755)
        (root / "seed-code/example/repo/latest").symlink_to("README.md")
        return root

    return make


@pytest.fixture
def packages(tmp_path: Path) -> Path:
    """What `install` returns: a folder with one package."""
    folder = tmp_path / "packages"
    (folder / "one").mkdir(parents=True)
    (folder / "one/__init__.py").write_text("NAME = 'one'\n")
    return folder


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch, packages: Path) -> None:
    """Builds without pip, and whatever interpreters this machine has."""
    monkeypatch.setattr(builder, "install", lambda *_: packages)
    monkeypatch.setattr(builder, "interpreter_of", lambda target: sys.executable if target.local else None)


def set_times(folder: Path, seconds: int) -> None:
    for path in folder.rglob("*"):
        os.utime(path, (seconds, seconds), follow_symlinks=False)
