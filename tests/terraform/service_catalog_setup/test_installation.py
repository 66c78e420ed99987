"""Package 1 applied to a local cloud: what stands there, what does not change again, and that it goes away."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from release.fetch import fetch
from release.offer import Offer, Shelf

pytestmark = [pytest.mark.terraform, pytest.mark.xdist_group("package-1")]

ROOT = Path(__file__).resolve().parents[3]
TOKEN = "ghp_canary0123456789"


def test_a_second_plan_changes_nothing_and_needs_no_token(installation: Any) -> None:
    done = installation.package.terraform(
        "plan", "-detailed-exitcode", "-input=false", "-no-color", expected=(0, 2)
    )

    assert done.returncode == 0, done.stdout


def test_the_token_is_only_in_secrets_manager(installation: Any) -> None:
    secret = installation.client("secretsmanager").get_secret_value(
        SecretId=installation.package.outputs()["github_secret_name"]
    )
    assert json.loads(secret["SecretString"]) == {"token": TOKEN}

    state = (installation.package.folder / "terraform.tfstate").read_text(encoding="utf-8")
    assert TOKEN not in state
    s3 = installation.client("s3")
    bucket = installation.package.outputs()["state_bucket"]
    for entry in s3.list_objects_v2(Bucket=bucket)["Contents"]:
        assert TOKEN.encode() not in s3.get_object(Bucket=bucket, Key=entry["Key"])["Body"].read()


def test_a_rotation_without_a_token_is_refused(installation: Any) -> None:
    done = installation.package.terraform(
        "apply",
        "-auto-approve",
        "-input=false",
        "-no-color",
        "-var=github_token_version=2",
        "-target=aws_secretsmanager_secret_version.github",
        expected=(1,),
    )
    assert "You must provide either SecretString or SecretBinary" in done.stdout + done.stderr
    kept = installation.client("secretsmanager").get_secret_value(
        SecretId=installation.package.outputs()["github_secret_name"]
    )
    assert json.loads(kept["SecretString"]) == {"token": TOKEN}


def test_the_form_is_what_studio_will_show(installation: Any) -> None:
    catalog = installation.client("servicecatalog")
    product = installation.package.outputs()["products"]["model-build"]
    view = catalog.describe_product_as_admin(Id=product)

    assert {"Key": "sagemaker:studio-visibility", "Value": "true"} in view["Tags"]
    assert [artifact["Name"] for artifact in view["ProvisioningArtifactSummaries"]] == ["none", "1.0.0"]

    [portfolio] = catalog.list_portfolios_for_product(ProductId=product)["PortfolioDetails"]
    [constraint] = catalog.list_constraints_for_portfolio(PortfolioId=portfolio["Id"])["ConstraintDetails"]
    assert constraint["Type"] == "LAUNCH"
    principals = catalog.list_principals_for_portfolio(PortfolioId=portfolio["Id"])["Principals"]
    assert [principal["PrincipalARN"] for principal in principals] == installation.values[
        "studio_execution_role_arns"
    ]


def test_the_rendered_template_passes_cfn_lint(installation: Any, tmp_path: Path) -> None:
    s3 = installation.client("s3")
    bucket = installation.package.outputs()["state_bucket"]
    [key] = [
        entry["Key"]
        for entry in s3.list_objects_v2(Bucket=bucket)["Contents"]
        if entry["Key"].endswith("/model-build.template.json")
    ]
    template = tmp_path / "template.json"
    template.write_bytes(s3.get_object(Bucket=bucket, Key=key)["Body"].read())
    linter = shutil.which("cfn-lint") or str(ROOT / ".venv" / "bin" / "cfn-lint")
    schemas = ROOT / "service-catalog-setup" / "products" / "schemas"

    done = subprocess.run(
        [linter, "--regions", "eu-west-1", "--registry-schemas", str(schemas), "--template", str(template)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stdout) == (0, "")
    tags = s3.get_object_tagging(Bucket=bucket, Key=key)["TagSet"]
    assert {"Key": "servicecatalog:provisioning", "Value": "true"} in tags


def test_everything_at_rest_is_encrypted_and_versioned(installation: Any) -> None:
    outputs = installation.package.outputs()
    s3 = installation.client("s3")
    rule = s3.get_bucket_encryption(Bucket=outputs["state_bucket"])["ServerSideEncryptionConfiguration"]["Rules"][
        0
    ]
    assert rule["ApplyServerSideEncryptionByDefault"]["KMSMasterKeyID"] == outputs["kms_key_arn"]
    assert s3.get_bucket_versioning(Bucket=outputs["state_bucket"])["Status"] == "Enabled"
    assert all(
        s3.get_public_access_block(Bucket=outputs["state_bucket"])["PublicAccessBlockConfiguration"].values()
    )
    dynamodb = installation.client("dynamodb")
    recovery = dynamodb.describe_continuous_backups(TableName=outputs["lock_table"])[
        "ContinuousBackupsDescription"
    ]
    assert recovery["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "ENABLED"


def test_a_new_release_stands_beside_the_old_one(installation: Any) -> None:
    catalog = installation.client("servicecatalog")
    before = installation.package.outputs()["provisioning_artifacts"]
    stored = _stored(installation)

    installation.package.settings(
        installation.values
        | {"release_dir": "tests/releases/1.1.0", "retained_release_dirs": ["tests/releases/1.0.0"]}
        | {"deprecated_releases": ["1.0.0"], "delete_history": True}
    )
    installation.package.terraform("apply", "-auto-approve", "-input=false", "-no-color")

    after = installation.package.outputs()["provisioning_artifacts"]
    assert after["model-build/1.0.0"] == before["model-build/1.0.0"]
    product = installation.package.outputs()["products"]["model-build"]
    artifacts = catalog.list_provisioning_artifacts(ProductId=product)["ProvisioningArtifactDetails"]
    assert [(item["Name"], item["Guidance"]) for item in artifacts] == [
        ("none", "DEFAULT"),
        ("1.0.0", "DEPRECATED"),
        ("1.1.0", "DEFAULT"),
    ]
    newest = max(artifacts, key=lambda artifact: artifact["CreatedTime"])
    assert newest["Name"] == "1.1.0"
    assert stored.items() <= _stored(installation).items()  # template, settings and archives of the old one


def test_releases_come_back_from_the_bucket(
    installation: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in installation.cloud.environment.items():
        monkeypatch.setenv(name, value)
    shelf = Shelf(tmp_path / "releases", tmp_path / "releases.auto.tfvars.json")

    fetch(shelf, [], bucket=None, name="sagemaker-projects", say=lambda _words: None)

    assert shelf.offer() == Offer("1.1.0", ("1.0.0",), frozenset({"1.0.0"}))
    for version in ("1.0.0", "1.1.0"):
        original = installation.package.folder / "tests/releases" / version / "release.json"
        assert (shelf.place(version) / "release.json").read_bytes() == original.read_bytes()


def test_dropping_a_release_removes_only_its_own(installation: Any) -> None:
    before = installation.package.outputs()["provisioning_artifacts"]
    installation.package.settings(
        installation.values | {"release_dir": "tests/releases/1.1.0", "delete_history": True}
    )
    installation.package.terraform("apply", "-auto-approve", "-input=false", "-no-color")

    assert installation.package.outputs()["provisioning_artifacts"] == {
        "model-build/1.1.0": before["model-build/1.1.0"]
    }
    left = set(_stored(installation))
    dropped, kept = (
        {f"releases/{version}/release.json"}
        | {item["key"] for item in json.loads((folder / version / "release.json").read_text())["objects"].values()}
        for folder in [installation.package.folder / "tests/releases"]
        for version in ("1.0.0", "1.1.0")
    )
    assert kept <= left
    assert dropped - kept
    assert not (dropped - kept) & left


def _stored(installation: Any) -> dict[str, str]:
    """Everything in the state bucket that is named by its content, with the checksum of what is there."""
    bucket = installation.package.outputs()["state_bucket"]
    return {
        entry["Key"]: entry["ETag"]
        for page in installation.client("s3").get_paginator("list_objects_v2").paginate(Bucket=bucket)
        for entry in page["Contents"]
        # What is on offer altogether does change.
        if not entry["Key"].endswith(("/offer.json", "/installation.json"))
    }


def test_destroying_leaves_nothing(installation: Any) -> None:
    """Last: it takes the installation away, with what deleted projects have left in the bucket."""
    s3 = installation.client("s3")
    bucket = installation.package.outputs()["state_bucket"]
    for key in ("projects/p-abc123/terraform.tfstate", "projects/p-abc123/runs/20261120T120000Z-destroy.json"):
        s3.put_object(Bucket=bucket, Key=key, Body=b"{}")
    s3.delete_object(Bucket=bucket, Key="projects/p-abc123/terraform.tfstate")

    installation.package.terraform("destroy", "-auto-approve", "-input=false", "-no-color")

    assert installation.inventory() == installation.before
