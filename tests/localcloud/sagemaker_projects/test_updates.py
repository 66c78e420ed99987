"""Updates and upgrades of projects: what they keep, and which are refused."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.exceptions import ClientError


def test_an_update_keeps_what_is_not_named(studio: Any) -> None:
    project = studio.create("update", "owner/old")
    studio.aws(
        "update-project", "--project-name", "update", "--project-description", "Says more",
        "--service-catalog-provisioning-update-details",
        '{"ProvisioningParameters": [{"Key": "Branch", "Value": "develop"}]}',
    )  # fmt: skip
    updated = studio.settled("update")
    assert (updated["ProjectStatus"], updated["ProjectDescription"]) == ("UpdateCompleted", "Says more")
    assert studio.outputs(updated) == {"Made": f"owner/old-{project['ProjectId']}-develop"}
    parameters = {
        item["Key"]: item["Value"]
        for item in updated["ServiceCatalogProvisioningDetails"]["ProvisioningParameters"]
    }
    assert parameters == {"Repository": "owner/old", "Branch": "develop"}


def test_an_upgrade_and_one_that_fails(studio: Any, template: dict[str, Any]) -> None:
    project = studio.create("upgrade")
    first = project["ServiceCatalogProvisioningDetails"]["ProvisioningArtifactId"]
    text = template["Resources"]["Run"]["Properties"]["Command"]["Fn::Sub"]
    text[0] = text[0].replace("${Branch}", "second")
    second = studio.release("2.0.0", template)
    text[0] = "true"
    third = studio.release("3.0.0", template)
    try:
        studio.client.update_project(
            ProjectName="upgrade", ServiceCatalogProvisioningUpdateDetails={"ProvisioningArtifactId": second}
        )
        upgraded = studio.settled("upgrade")
        assert upgraded["ProjectStatus"] == "UpdateCompleted"
        assert upgraded["ServiceCatalogProvisioningDetails"]["ProvisioningArtifactId"] == second != first
        made = studio.outputs(upgraded)["Made"]
        assert made.endswith("-second")
        studio.client.update_project(
            ProjectName="upgrade", ServiceCatalogProvisioningUpdateDetails={"ProvisioningArtifactId": third}
        )
        failed = studio.settled("upgrade")
        assert failed["ProjectStatus"] == "UpdateFailed"
        assert (
            "failed to update: [Run]"
            in (failed["ServiceCatalogProvisionedProductDetails"]["ProvisionedProductStatusMessage"])
        )
        assert failed["ServiceCatalogProvisioningDetails"]["ProvisioningArtifactId"] == second
        assert studio.outputs(failed)["Made"] == made
    finally:
        for artifact in (second, third):
            studio.admin.delete_provisioning_artifact(ProductId=studio.product, ProvisioningArtifactId=artifact)


def test_an_upgrade_keeps_values_and_takes_new_defaults(studio: Any, template: dict[str, Any]) -> None:
    """The older template's default stays; a parameter that it did not have gets the new template's default."""
    studio.create("defaults")
    template["Parameters"]["Branch"]["Default"] = "trunk"
    template["Parameters"]["Contents"] = {"Type": "String", "Default": "delete"}
    text = template["Resources"]["Run"]["Properties"]["Command"]["Fn::Sub"]
    text[0] = text[0].replace("${Branch}", "${Branch}-${Contents}")
    newer = studio.release("5.0.0", template)
    try:
        studio.client.update_project(
            ProjectName="defaults", ServiceCatalogProvisioningUpdateDetails={"ProvisioningArtifactId": newer}
        )
        updated = studio.settled("defaults")
        assert updated["ProjectStatus"] == "UpdateCompleted"
        assert studio.outputs(updated)["Made"].endswith("-main-delete")
    finally:
        studio.admin.delete_provisioning_artifact(ProductId=studio.product, ProvisioningArtifactId=newer)


def test_of_two_updates_at_once_one_is_refused(studio: Any) -> None:
    studio.create("twoatonce")
    change = {"ProvisioningParameters": [{"Key": "Repository", "Value": "owner/slow"}]}

    def update() -> str:
        try:
            studio.client.update_project(ProjectName="twoatonce", ServiceCatalogProvisioningUpdateDetails=change)
        except ClientError as error:
            return str(error.response["Error"]["Code"])
        return "begun"

    with ThreadPoolExecutor(6) as pool:
        answers = sorted(pool.map(lambda _: update(), range(6)))

    assert answers == ["ConflictException"] * 5 + ["begun"]
    with pytest.raises(ClientError) as refused:
        studio.client.delete_project(ProjectName="twoatonce")
    assert refused.value.response["Error"]["Code"] == "ConflictException"
    assert studio.settled("twoatonce")["ProjectStatus"] == "UpdateCompleted"


def test_an_update_takes_the_latest_version_unless_told_otherwise(studio: Any, template: dict[str, Any]) -> None:
    project = studio.create("latest")
    first = project["ServiceCatalogProvisioningDetails"]["ProvisioningArtifactId"]
    newer = studio.release("4.0.0", template)
    change = {"ProvisioningParameters": [{"Key": "Branch", "Value": "develop"}]}
    try:
        pinned = change | {"ProvisioningArtifactId": first}
        studio.client.update_project(ProjectName="latest", ServiceCatalogProvisioningUpdateDetails=pinned)
        updated = studio.settled("latest")["ServiceCatalogProvisioningDetails"]
        assert updated["ProvisioningArtifactId"] == first
        studio.client.update_project(ProjectName="latest", ServiceCatalogProvisioningUpdateDetails=change)
        updated = studio.settled("latest")["ServiceCatalogProvisioningDetails"]
        assert updated["ProvisioningArtifactId"] == newer
    finally:
        studio.admin.delete_provisioning_artifact(ProductId=studio.product, ProvisioningArtifactId=newer)


def test_tags_of_a_project_need_the_constraint(studio: Any) -> None:
    studio.create("tagging")
    with pytest.raises(ClientError, match="RESOURCE_UPDATE"):
        studio.client.update_project(ProjectName="tagging", Tags=[{"Key": "team", "Value": "ml"}])
    assert studio.settled("tagging")["ProjectStatus"] == "CreateCompleted"
    constraint = studio.admin.create_constraint(
        PortfolioId=studio.portfolio,
        ProductId=studio.product,
        Type="RESOURCE_UPDATE",
        Parameters='{"Version": "2.0", "Properties": {"TagUpdateOnProvisionedProduct": "ALLOWED"}}',
        IdempotencyToken="tags-of-projects",
    )["ConstraintDetail"]["ConstraintId"]
    try:
        answer = studio.client.update_project(ProjectName="tagging", Tags=[{"Key": "team", "Value": "ml"}])
        assert studio.settled("tagging")["ProjectStatus"] == "UpdateCompleted"
        assert studio.client.list_tags(ResourceArn=answer["ProjectArn"])["Tags"] == [
            {"Key": "team", "Value": "ml"}
        ]
    finally:
        studio.admin.delete_constraint(Id=constraint)


def test_a_busy_project_is_left_alone(studio: Any) -> None:
    studio.begin("busy", "owner/slow")
    with pytest.raises(ClientError) as refused:
        studio.client.delete_project(ProjectName="busy")
    assert refused.value.response["Error"]["Code"] == "ConflictException"
    studio.settled("busy")
