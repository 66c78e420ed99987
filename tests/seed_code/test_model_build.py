"""The model-build seed: what a data scientist finds in the new repository, and that it works as it is."""

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

PROJECT = Path(__file__).resolve().parents[2]
TREE = """\
.github/pull_request_template.md
.gitattributes
.gitignore
.pre-commit-config.yaml
README.md
buildspec.yml
ci/github-tests.yml
data/README.md
data/penguins.csv
docs/model_card.md
experiments/compare_models.py
notebooks/explore.ipynb
pipeline.toml
pipeline/__init__.py
pipeline/bundle.py
pipeline/definition.py
pipeline/execution.py
pipeline/expressions.py
pipeline/images.py
pipeline/installed.py
pipeline/jobs.py
pipeline/run.py
pipeline/settings.py
pipeline/upsert.py
pyproject.toml
requirements-dev.txt
requirements.lock
requirements.txt
src/baseline.py
src/evaluate.py
src/features.py
src/inference.py
src/preprocess.py
src/train.py
tests/conftest.py
tests/support.py
tests/test_bundle.py
tests/test_data.py
tests/test_definition.py
tests/test_inference.py
tests/test_installed.py
tests/test_model_card.py
tests/test_notebook.py
tests/test_run.py
tests/test_settings.py
tests/test_steps.py
""".splitlines()


@pytest.fixture(scope="module")
def repository(rendered: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy that tests may write to."""
    return Path(shutil.copytree(rendered("model-build"), tmp_path_factory.mktemp("copy") / "repository"))


def run(repository: Path, *command: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run a command of the repository as its owner would: nothing of this project's environment reaches it."""
    clean = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
    return subprocess.run(
        command,
        cwd=repository,
        env=clean | {"PYTHONDONTWRITEBYTECODE": "1"} | environ,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def test_the_repository_holds_exactly_these_files(rendered: Callable[[str], Path]) -> None:
    root = rendered("model-build")

    assert sorted(path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()) == sorted(TREE)


def test_the_project_is_named_where_a_reader_looks(repository: Path) -> None:
    assert (repository / "README.md").read_text().startswith("# penguins\n")
    assert "penguins-p-abc123def456" in (repository / "docs" / "model_card.md").read_text()
    settings = tomllib.loads((repository / "pipeline.toml").read_text())
    assert settings["project"] == {
        "name": "penguins",
        "id": "p-abc123def456",
        "repository": "example-org/penguins",
    }
    assert settings["sagemaker"]["artifact_bucket"] == "ml-p-abc123def456-111122223333-eu-west-1"
    assert tomllib.loads((repository / "pyproject.toml").read_text())["project"]["name"] == "penguins"


def test_its_own_tests_pass_offline(repository: Path) -> None:
    # A proxy that nobody listens on: whatever tried the network would fail.
    nowhere = {
        "HTTP_PROXY": "http://127.0.0.1:9",
        "HTTPS_PROXY": "http://127.0.0.1:9",
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    done = run(repository, sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", **nowhere)

    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert re.search(r"\d+ passed", done.stdout)
    assert "skipped" not in done.stdout


def test_the_first_change_of_the_readme_keeps_its_tests_green(repository: Path, tmp_path: Path) -> None:
    changed = Path(shutil.copytree(repository, tmp_path / "changed"))
    settings = (changed / "pipeline.toml").read_text()
    assert 'estimator = "gradient-boosting"' in (changed / "README.md").read_text()
    settings = settings.replace('estimator = "ridge"', 'estimator = "gradient-boosting"')
    (changed / "pipeline.toml").write_text(settings.replace("rmse_threshold = 450.0", "rmse_threshold = 100.0"))
    affected = [
        "tests/test_settings.py",
        "tests/test_definition.py",
        "tests/test_model_card.py",
        "tests/test_run.py",
    ]
    done = run(changed, sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *affected)

    assert done.returncode == 0, done.stdout[-3000:]


@pytest.mark.parametrize("arguments", [("check",), ("format", "--check")], ids=["lint", "format"])
def test_its_own_ruff_is_content(repository: Path, arguments: tuple[str, ...]) -> None:
    if shutil.which("ruff", path=str(Path(sys.executable).parent)) is None:
        pytest.skip("ruff is not installed; make check has it")
    done = run(repository, str(Path(sys.executable).parent / "ruff"), *arguments, "--no-cache", ".")

    assert done.returncode == 0, done.stdout + done.stderr


def test_the_commands_of_the_readme_run(repository: Path, tmp_path: Path) -> None:
    clone = Path(shutil.copytree(repository, tmp_path / "clone"))
    lines = [line.split("#")[0].split() for line in (clone / "README.md").read_text().splitlines()]
    commands = [words for words in lines if words[:1] == ["python"] and words[1:2] and words[1].startswith("src/")]
    assert [Path(words[1]).stem for words in commands] == ["preprocess", "train", "evaluate"]

    for words in commands:
        done = run(clone, sys.executable, *words[1:])
        assert done.returncode == 0, done.stderr
    report = json.loads((clone / "build" / "evaluation" / "evaluation.json").read_text())
    assert (
        f"{report['regression_metrics']['rmse']['value']:.1f} ±" in (clone / "docs" / "model_card.md").read_text()
    )


def test_its_experiment_and_its_definition_run_as_the_readme_says(repository: Path) -> None:
    compared = run(repository, sys.executable, "experiments/compare_models.py", "--splits", "2")
    assert compared.returncode == 0, compared.stderr
    assert "| ridge |" in compared.stdout

    role = "arn:aws:iam::111122223333:role/execution"
    defined = run(
        repository, sys.executable, "-m", "pipeline.definition",
        SAGEMAKER_PIPELINE_ROLE_ARN=role, CODEBUILD_RESOLVED_SOURCE_VERSION="a" * 40,
    )  # fmt: skip
    assert defined.returncode == 0, defined.stderr
    assert json.loads(defined.stdout)["Version"] == "2020-12-01"


def test_what_the_build_installs_is_what_the_local_cloud_has() -> None:
    """Then pip has nothing to do there, and the tests see what trained."""
    here = _pins(PROJECT / "requirements" / "test.in") | _pins(PROJECT / "requirements" / "demo.in")
    seed = _pins(PROJECT / "seed-code" / "model-build" / "repo" / "requirements.txt")

    assert seed == {name: here.get(name) for name in seed}


def _pins(file: Path) -> dict[str, str]:
    lines = [line.split("#")[0].strip() for line in file.read_text().splitlines()]
    return dict(line.split("==") for line in lines if "==" in line)


def test_the_buildspec_is_one_that_codebuild_takes(repository: Path) -> None:
    buildspec = yaml.safe_load((repository / "buildspec.yml").read_text())

    assert buildspec["version"] == 0.2
    assert set(buildspec["phases"]) == {"install", "pre_build", "build", "post_build"}
    assert buildspec["env"]["exported-variables"] == ["PIPELINE_EXECUTION_ARN"]
    for phase in buildspec["phases"].values():
        for command in phase["commands"]:
            checked = run(repository, "bash", "-n", "-c", command)
            assert checked.returncode == 0, command + checked.stderr


def test_no_workflow_needs_an_aws_key(repository: Path) -> None:
    assert not (repository / ".github" / "workflows").exists(), (
        "pushing one needs a permission the platform should not have"
    )
    workflow = (repository / "ci" / "github-tests.yml").read_text()

    assert yaml.safe_load(workflow)["permissions"] == {"contents": "read"}
    assert "secrets." not in workflow
    assert "AWS_" not in workflow


def test_the_licence_of_the_data_is_beside_it(repository: Path) -> None:
    about = (repository / "data" / "README.md").read_text()

    assert "CC0" in about
    assert "10.1371/journal.pone.0090081" in about
