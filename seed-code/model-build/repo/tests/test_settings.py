"""The environment of the build wins over pipeline.toml; what is missing is named."""

import shutil
import subprocess
import tomllib

import pytest
from support import ROOT

from pipeline.images import ACCOUNTS, sklearn_image
from pipeline.settings import SettingsError, load


def test_the_build_decides_where(settings):
    assert settings.project_id == "p-abc123def456"
    assert settings.prefix == "s3://ml-p-abc123def456-111122223333-eu-west-1/pipelines/Penguins-p-abc123def456"
    assert settings.image_uri.startswith("141502667606.dkr.ecr.eu-west-1.amazonaws.com/sagemaker-scikit-learn:")
    assert settings.tags == [
        {"Key": "sagemaker:project-name", "Value": "Penguins"},
        {"Key": "sagemaker:project-id", "Value": "p-abc123def456"},
    ]


def test_the_file_decides_the_rest(settings):
    file = tomllib.loads((ROOT / "pipeline.toml").read_text())

    assert settings.hyperparameters == file["model"]
    assert settings.rmse_threshold == file["quality_gate"]["rmse_threshold"]
    assert settings.subnet_ids == []


def test_without_a_role_nothing_starts(environ):
    del environ["SAGEMAKER_PIPELINE_ROLE_ARN"]

    with pytest.raises(SettingsError, match="set SAGEMAKER_PIPELINE_ROLE_ARN"):
        load(environ)


def test_a_network_is_a_list(environ):
    settings = load(environ | {"VPC_SUBNET_IDS": "subnet-1, subnet-2", "VPC_SECURITY_GROUP_IDS": "sg-1"})

    assert settings.subnet_ids == ["subnet-1", "subnet-2"]
    assert settings.security_group_ids == ["sg-1"]


def test_an_unknown_region_names_the_way_out(environ):
    with pytest.raises(SettingsError, match=r"mars-north-1.*SKLEARN_IMAGE_URI"):
        load(environ | {"AWS_REGION": "mars-north-1"})
    assert load(environ | {"AWS_REGION": "mars-north-1", "SKLEARN_IMAGE_URI": "my/image:1"}).image_uri == "my/image:1"


def test_images_in_china_have_their_own_domain():
    assert sklearn_image("cn-north-1").split("/")[0].endswith(".dkr.ecr.cn-north-1.amazonaws.com.cn")
    assert all(len(account) == 12 and account.isdigit() for account in ACCOUNTS.values())


def test_a_missing_value_is_named(environ, tmp_path):
    file = tmp_path / "pipeline.toml"
    file.write_text((ROOT / "pipeline.toml").read_text().replace("rmse_threshold", "threshold"))

    with pytest.raises(SettingsError, match=r"pipeline\.toml has no value for 'rmse_threshold'"):
        load(environ, file)


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
def test_outside_the_build_the_commit_comes_from_git(environ, tmp_path):
    del environ["CODEBUILD_RESOLVED_SOURCE_VERSION"]
    shutil.copy(ROOT / "pipeline.toml", tmp_path)

    def git(*arguments):
        identity = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"]
        return subprocess.run(
            ["git", "-C", str(tmp_path), *identity, *arguments], check=True, capture_output=True, text=True
        ).stdout.strip()

    git("init")
    git("add", ".")
    git("commit", "-m", "first")
    commit = git("rev-parse", "HEAD")

    assert load(environ, tmp_path / "pipeline.toml").commit == commit
    (tmp_path / "new.txt").write_text("x")
    assert load(environ, tmp_path / "pipeline.toml").commit == f"{commit}-dirty"


def test_outside_git_the_commit_is_asked_for(environ, tmp_path, monkeypatch):
    del environ["CODEBUILD_RESOLVED_SOURCE_VERSION"]
    shutil.copy(ROOT / "pipeline.toml", tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))

    with pytest.raises(SettingsError, match="CODEBUILD_RESOLVED_SOURCE_VERSION"):
        load(environ, tmp_path / "pipeline.toml")
