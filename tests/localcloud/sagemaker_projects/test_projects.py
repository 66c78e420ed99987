"""Projects, as a person with the AWS CLI creates, looks at, updates and deletes them."""

import re
import subprocess
from typing import Any

import pytest
from botocore.exceptions import ClientError


def test_a_project_is_a_launched_product(studio: Any, cloud: Any) -> None:
    begun = studio.begin("Churn-1")
    assert re.fullmatch(r"p-[a-z0-9]{12}", begun["ProjectId"])
    assert begun["ProjectArn"] == "arn:aws:sagemaker:eu-central-1:123456789012:project/Churn-1"
    project = studio.settled("Churn-1")
    assert project["ProjectStatus"] == "CreateCompleted"
    details = project["ServiceCatalogProvisioningDetails"]
    assert details["ProvisioningParameters"] == [{"Key": "Repository", "Value": "owner/name"}]
    assert details["ProvisioningArtifactId"].startswith("pa-")
    assert studio.outputs(project) == {"Made": f"owner/name-{begun['ProjectId']}-main"}
    assert project["CreatedBy"]["IamIdentity"]["Arn"].endswith("/studio-execution-role/ada")
    provisioned = studio.admin.describe_provisioned_product(
        Id=project["ServiceCatalogProvisionedProductDetails"]["ProvisionedProductId"]
    )["ProvisionedProductDetail"]
    assert provisioned["Name"] == f"Churn-1-{begun['ProjectId']}"
    listed = studio.aws("list-projects", "--name-contains", "churn-1")["ProjectSummaryList"]
    assert [(item["ProjectName"], item["ProjectStatus"]) for item in listed] == [("Churn-1", "CreateCompleted")]
    used = {
        f"{call['service']}:{call['operation']}"
        for call in cloud.internal.call_log.read()
        if call["role_arn"] == studio.role_arn and call["service"] == "servicecatalog"
    }
    assert "servicecatalog:ProvisionProduct" in used


def test_tags_reach_project_and_stack(studio: Any, cloud: Any) -> None:
    tags = ["--tags", "Key=team,Value=ml"]
    details = (
        f'{{"ProductId": "{studio.product}", "ProvisioningParameters": [{{"Key": "Repository", "Value": "a/b"}}]}}'
    )
    begun = studio.aws(
        "create-project", "--project-name", "tagged", "--service-catalog-provisioning-details", details, *tags
    )
    studio.settled("tagged")
    listed = studio.client.list_tags(ResourceArn=begun["ProjectArn"])["Tags"]
    assert listed == [{"Key": "team", "Value": "ml"}]
    stacks = cloud.client("cloudformation").describe_stacks()["Stacks"]
    by_project = [{tag["Key"]: tag["Value"] for tag in stack["Tags"]} for stack in stacks]
    (own,) = [tags for tags in by_project if tags.get("sagemaker:project-id") == begun["ProjectId"]]
    assert (own["sagemaker:project-name"], own["team"]) == ("tagged", "ml")


def test_two_projects_live_side_by_side(studio: Any) -> None:
    studio.begin("left", "owner/left")
    studio.begin("right", "owner/right")
    left, right = studio.settled("left"), studio.settled("right")
    assert left["ProjectId"] != right["ProjectId"]
    assert studio.outputs(left)["Made"] == f"owner/left-{left['ProjectId']}-main"
    assert studio.outputs(right)["Made"] == f"owner/right-{right['ProjectId']}-main"


def test_a_name_is_taken_until_the_project_is_deleted(studio: Any) -> None:
    first = studio.create("again")
    with pytest.raises(subprocess.CalledProcessError) as refused:
        studio.begin("again")
    assert "already exists" in refused.value.stderr
    studio.aws("delete-project", "--project-name", "again")
    assert studio.settled("again")["ProjectStatus"] == "DeleteCompleted"
    assert not studio.aws("list-projects", "--name-contains", "again")["ProjectSummaryList"]
    second = studio.create("again")
    assert second["ProjectStatus"] == "CreateCompleted"
    assert second["ProjectId"] != first["ProjectId"]


@pytest.mark.parametrize(
    ("name", "details", "message"),
    [
        ("under_score", {}, "Member must satisfy regular expression pattern"),
        ("-dash", {}, "Member must satisfy regular expression pattern"),
        ("x" * 33, {}, "Member must have length less than or equal to 32"),
        ("refused", {"ProductId": "prod-nothing"}, "prod-nothing not found"),
        ("refused", {"ProvisioningArtifactId": "pa-nothing"}, "pa-nothing does not exist or access was denied"),
        ("refused", {"PathId": "lpv3-nothing"}, "lpv3-nothing does not exist or access was denied"),
        ("refused", {"ProvisioningParameters": []}, "Parameters: [Repository] must have values"),
        (
            "refused",
            {"ProvisioningParameters": [{"Key": "Repository", "Value": "$(id)/x"}]},
            "Parameter Repository failed to satisfy constraint: owner/name in small letters",
        ),
        (
            "refused",
            {"ProvisioningParameters": [{"Key": "Repository", "Value": "a/b"}, {"Key": "Other", "Value": "x"}]},
            "Parameters: [Other] do not exist in the template",
        ),
        (
            "refused",
            {"ProvisioningParameters": [{"Key": "SageMakerProjectId", "Value": "p-1"}]},
            "SageMaker gives these parameters itself",
        ),
    ],
)
def test_bad_input_is_refused_before_anything_is_made(
    studio: Any, name: str, details: dict[str, Any], message: str
) -> None:
    before = studio.admin.search_provisioned_products()["TotalResultsCount"]
    with pytest.raises(ClientError) as refused:
        studio.client.create_project(
            ProjectName=name,
            ServiceCatalogProvisioningDetails={
                "ProductId": studio.product,
                "ProvisioningParameters": [{"Key": "Repository", "Value": "a/b"}],
            }
            | details,
        )
    assert refused.value.response["Error"]["Code"] == "ValidationException"
    assert message in refused.value.response["Error"]["Message"]
    assert studio.admin.search_provisioned_products()["TotalResultsCount"] == before
    with pytest.raises(ClientError, match=r"does not exist|pattern|length"):
        studio.client.describe_project(ProjectName=name)


def test_a_product_has_to_be_made_for_projects(studio: Any, template: dict[str, Any]) -> None:
    product = studio.offer("no-launch-role", template)
    with pytest.raises(subprocess.CalledProcessError) as refused:
        studio.begin("refused", ProductId=product)
    assert "has no launch constraint in portfolio projects-test" in refused.value.stderr
    foreign = studio.offer("foreign", {"Resources": {"Q": {"Type": "AWS::SQS::Queue"}}})
    studio.constrain(foreign, "arn:aws:iam::123456789012:role/projects-test-launch")
    with pytest.raises(subprocess.CalledProcessError) as refused:
        studio.begin("refused", ProductId=foreign)
    assert "it has no parameter SageMakerProjectName and no parameter SageMakerProjectId" in refused.value.stderr


def test_who_is_not_in_the_portfolio_may_not(studio: Any, cloud: Any) -> None:
    with pytest.raises(ClientError, match="not found"):
        cloud.client("sagemaker").create_project(
            ProjectName="stranger",
            ServiceCatalogProvisioningDetails={
                "ProductId": studio.product,
                "ProvisioningParameters": [{"Key": "Repository", "Value": "a/b"}],
            },
        )


def test_a_failed_project_says_why_and_can_be_deleted(studio: Any, cloud: Any) -> None:
    project = studio.create("broken", "owner/broken")
    assert project["ProjectStatus"] == "CreateFailed"
    message = project["ServiceCatalogProvisionedProductDetails"]["ProvisionedProductStatusMessage"]
    assert message.startswith("Client error: Provisioning failed with error: Errors from CloudFormation:")
    assert "The following resource(s) failed to create: [Run]" in message
    assert "The value written to /command-output.txt must be a non-empty single word value" in message
    studio.aws("delete-project", "--project-name", "broken")
    assert studio.settled("broken")["ProjectStatus"] == "DeleteCompleted"
    names = [stack["StackName"] for stack in cloud.client("cloudformation").describe_stacks()["Stacks"]]
    provisioned = project["ServiceCatalogProvisionedProductDetails"]["ProvisionedProductId"]
    assert f"SC-123456789012-{provisioned}" not in names


def test_unknown_projects(studio: Any) -> None:
    for operation in (studio.client.describe_project, studio.client.delete_project, studio.client.update_project):
        with pytest.raises(ClientError, match="Project nobody does not exist"):
            operation(ProjectName="nobody")


def test_projects_are_listed_in_order_and_in_pages(studio: Any) -> None:
    for name in ("pageB", "pageA", "pageC"):
        studio.create(name)

    def names(**options: Any) -> list[str]:
        found = studio.client.list_projects(NameContains="page", **options)
        return [item["ProjectName"] for item in found["ProjectSummaryList"]]

    assert names() == ["pageB", "pageA", "pageC"]
    assert names(SortBy="Name", SortOrder="Descending") == ["pageC", "pageB", "pageA"]
    first = studio.client.list_projects(NameContains="page", SortBy="Name", MaxResults=2)
    assert [item["ProjectName"] for item in first["ProjectSummaryList"]] == ["pageA", "pageB"]
    assert names(SortBy="Name", MaxResults=2, NextToken=first["NextToken"]) == ["pageC"]
