"""Which model is deployed."""

import pytest
from support import ARN, Registry, context, described

from deploy.errors import DeployError, NothingApprovedError
from deploy.package import read, resolve


def test_the_newest_approved_version_is_taken():
    registry = Registry(v1="Approved", v2="Approved", v3="Approved", v4="PendingManualApproval", v5="Rejected")

    assert resolve(context(), registry, None).version == 3


def test_a_rejected_version_gives_way_to_the_newest_approved_one():
    assert resolve(context(), Registry(v1="Approved", v2="Rejected"), None).version == 1


def test_a_pinned_version_is_taken_if_it_is_approved():
    registry = Registry(v1="Approved", v2="Approved", v3="Rejected")

    assert resolve(context(), registry, 1).version == 1
    with pytest.raises(DeployError, match=r"Version 3 .* not approved; approved are 1, 2"):
        resolve(context(), registry, 3)


def test_without_an_approved_version_it_is_said_how_to_approve_one():
    with pytest.raises(NothingApprovedError, match="update-model-package --model-approval-status Approved"):
        resolve(context(), Registry(v1="PendingManualApproval"), None)


def test_where_the_model_comes_from_is_read_from_the_package():
    package = read(described(7, ApprovalDescription="better"))

    assert package.arn == f"{ARN}/7"
    assert (package.commit, package.execution, package.approver, package.approval) == (
        "a" * 40, "arn:execution", "jo", "better",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("modified", "who"),
    [
        (
            {"IamIdentity": {"Arn": "arn:aws:sts::111122223333:assumed-role/ops"}},
            "arn:aws:sts::111122223333:assumed-role/ops",
        ),
        ({}, "unknown"),
    ],
)
def test_an_approver_outside_studio_is_named_by_the_role(modified, who):
    assert read(described(1, LastModifiedBy=modified)).approver == who


def test_a_package_of_several_containers_is_refused():
    two = {"Containers": [{"Image": "a", "ModelDataUrl": "s3://b/c"}] * 2}

    with pytest.raises(DeployError, match="2 container"):
        read(described(1, InferenceSpecification=two))
