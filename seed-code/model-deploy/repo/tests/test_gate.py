"""What is looked at once more before an environment changes."""

from dataclasses import replace

import pytest
from support import ARN, Registry, choice, context, promoted

from deploy import gate, records
from deploy.deployment import Choice
from deploy.errors import DeployError

APPROVED = Registry(v1="Approved", v2="Approved")
PROD = context(environment="prod")


def runs(s3, environment, version, *, verified=True, sha256=None):
    package = choice(version).package
    content = {
        "current": "key",
        "package": package.arn,
        "packages": {"key": {"sha256": sha256 or package.sha256}},
        "verified": ["key"] if verified else [],
    }
    records.change_live(context(environment=environment), s3, lambda _: content)


@pytest.fixture
def s3():
    return promoted()


@pytest.mark.parametrize(("status", "word"), [("Rejected", "Rejected"), ("PendingManualApproval", "Pending")])
def test_an_approval_that_was_taken_back_while_it_waited(s3, status, word):
    runs(s3, "staging", 2)

    with pytest.raises(DeployError, match=f"Version 2 was approved when this execution began, and is {word}"):
        gate.check(PROD, choice(2), Registry(v2=status), s3)


def test_a_version_that_was_deleted_meanwhile(s3):
    with pytest.raises(DeployError, match="is deleted now"):
        gate.check(context(), choice(2), Registry(v1="Approved"), s3)


def test_a_shadow_is_looked_at_too(s3):
    with pytest.raises(DeployError, match="Version 1 was approved"):
        gate.check(context(), Choice(choice(2).package, choice(1).package), Registry(v2="Approved", v1="Rejected"), s3)


def test_production_gets_what_staging_runs_and_has_tested(s3):
    with pytest.raises(DeployError, match=r"Staging runs nothing, not .*/2"):
        gate.check(PROD, choice(2), APPROVED, s3)

    runs(s3, "staging", 1)
    with pytest.raises(DeployError, match=rf"Staging runs {ARN}/1, not {ARN}/2: another execution"):
        gate.check(PROD, choice(2), APPROVED, s3)

    runs(s3, "staging", 2, verified=False)
    with pytest.raises(DeployError, match="has not passed its tests"):
        gate.check(PROD, choice(2), APPROVED, s3)

    runs(s3, "staging", 2, sha256="0" * 64)
    with pytest.raises(DeployError, match="Staging runs another file"):
        gate.check(PROD, choice(2), APPROVED, s3)

    runs(s3, "staging", 2)
    gate.check(PROD, choice(2), APPROVED, s3)


def test_production_may_keep_what_it_has_while_staging_tries_something(s3):
    runs(s3, "staging", 2, verified=False)
    runs(s3, "prod", 1)

    gate.check(PROD, choice(1), APPROVED, s3)


def test_a_promoted_file_that_was_overwritten_is_not_deployed(s3):
    s3.objects["deploy/models/2-x/model.tar.gz"] = b"another model"

    with pytest.raises(DeployError, match=r"model\.tar\.gz is not the file that was promoted"):
        gate.check(context(), choice(2), APPROVED, s3)


def test_a_package_without_a_hash_is_not_deployed(s3):
    with pytest.raises(DeployError, match="expected None"):
        gate.check(context(), replace(choice(2), package=replace(choice(2).package, sha256=None)), APPROVED, s3)
