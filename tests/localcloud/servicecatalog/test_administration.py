"""What an administrator does: portfolios, products, versions, constraints."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError


def test_a_portfolio(cloud: Any, catalog: Any) -> None:
    shown = cloud.aws("servicecatalog", "describe-portfolio", "--id", catalog.portfolio)
    assert shown["PortfolioDetail"]["DisplayName"] == f"portfolio-{catalog.suffix}"
    assert shown["PortfolioDetail"]["ARN"].startswith("arn:aws:catalog:eu-central-1:123456789012:portfolio/port-")
    changed = catalog.admin.update_portfolio(
        Id=catalog.portfolio, Description="new", AddTags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}]
    )
    assert changed["PortfolioDetail"]["Description"] == "new"
    changed = catalog.admin.update_portfolio(Id=catalog.portfolio, RemoveTags=["a"])
    assert changed["Tags"] == [{"Key": "b", "Value": "2"}]
    with pytest.raises(catalog.admin.exceptions.ResourceInUseException):
        catalog.admin.delete_portfolio(Id=catalog.portfolio)
    with pytest.raises(catalog.admin.exceptions.ResourceNotFoundException):
        catalog.admin.describe_portfolio(Id="port-nothing")


def test_a_token_makes_requests_one(catalog: Any) -> None:
    def create() -> str:
        made = catalog.admin.create_portfolio(
            DisplayName="once", ProviderName="tests", IdempotencyToken=f"{catalog.suffix}-once"
        )
        return str(made["PortfolioDetail"]["Id"])

    assert create() == create()


def test_products_are_found(cloud: Any, catalog: Any) -> None:
    shown = cloud.aws("servicecatalog", "search-products-as-admin", "--portfolio-id", catalog.portfolio)
    (detail,) = shown["ProductViewDetails"]
    assert detail["Status"] == "CREATED"
    assert detail["ProductViewSummary"]["ProductId"] == catalog.product
    found = catalog.admin.search_products_as_admin(Filters={"FullTextSearch": [catalog.suffix]})
    assert len(found["ProductViewDetails"]) == 1
    assert not catalog.admin.search_products_as_admin(Filters={"FullTextSearch": ["no-such"]})[
        "ProductViewDetails"
    ]
    described = catalog.admin.describe_product_as_admin(Name=f"product-{catalog.suffix}")
    assert described["Tags"] == [{"Key": "sagemaker:studio-visibility", "Value": "true"}]
    assert [item["Id"] for item in described["ProvisioningArtifactSummaries"]] == [catalog.first]
    portfolios = catalog.admin.list_portfolios_for_product(ProductId=catalog.product)["PortfolioDetails"]
    assert [item["Id"] for item in portfolios] == [catalog.portfolio]


def test_long_lists_have_pages(catalog: Any) -> None:
    for number in range(3):
        catalog.admin.associate_principal_with_portfolio(
            PortfolioId=catalog.portfolio,
            PrincipalARN=f"arn:aws:iam::123456789012:role/page-{number}",
            PrincipalType="IAM",
        )
    pages = catalog.admin.get_paginator("list_principals_for_portfolio").paginate(
        PortfolioId=catalog.portfolio, PaginationConfig={"PageSize": 2}
    )
    assert [len(page["Principals"]) for page in pages] == [2, 1]


def test_a_version_is_active_until_told_otherwise(catalog: Any, queue_template: Callable[..., Any]) -> None:
    second = catalog.version("2.0.0", queue_template(Description="second"))
    shown = catalog.admin.describe_provisioning_artifact(
        ProductId=catalog.product, ProvisioningArtifactId=second, IncludeProvisioningArtifactParameters=True
    )
    assert shown["Status"] == "AVAILABLE"
    assert (shown["ProvisioningArtifactDetail"]["Active"], shown["ProvisioningArtifactDetail"]["Guidance"]) == (
        True,
        "DEFAULT",
    )
    assert shown["Info"]["TemplateUrl"].startswith(f"https://{catalog.bucket}.s3.")
    assert [item["ParameterKey"] for item in shown["ProvisioningArtifactParameters"]] == [
        "QueueName", "Size", "Count", "Secret",
    ]  # fmt: skip
    changed = catalog.admin.update_provisioning_artifact(
        ProductId=catalog.product, ProvisioningArtifactId=second, Active=False, Guidance="DEPRECATED", Name="2.0.1"
    )["ProvisioningArtifactDetail"]
    assert (changed["Active"], changed["Guidance"], changed["Name"]) == (False, "DEPRECATED", "2.0.1")
    listed = catalog.admin.list_provisioning_artifacts(ProductId=catalog.product)["ProvisioningArtifactDetails"]
    assert [item["Id"] for item in listed] == [catalog.first, second]


def test_the_last_version_stays(catalog: Any, queue_template: Callable[..., Any]) -> None:
    second = catalog.version("2.0.0", queue_template())
    catalog.admin.delete_provisioning_artifact(ProductId=catalog.product, ProvisioningArtifactId=catalog.first)
    with pytest.raises(catalog.admin.exceptions.ResourceInUseException, match="the last one"):
        catalog.admin.delete_provisioning_artifact(ProductId=catalog.product, ProvisioningArtifactId=second)


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ("Resources: {}", "At least one Resources member must be defined"),
        ("Resources: {A: {Type: AWS::No::Such}}", "Unrecognized resource types: [AWS::No::Such]"),
        ("not a template", "unsupported structure"),
    ],
)
def test_a_template_is_checked_when_its_version_is_made(catalog: Any, template: str, message: str) -> None:
    with pytest.raises(catalog.admin.exceptions.InvalidParametersException) as refused:
        catalog.version("bad", template)
    assert message in refused.value.response["Error"]["Message"]
    assert catalog.version("unchecked", template, DisableTemplateValidation=True)


def test_a_template_has_to_be_readable(catalog: Any) -> None:
    for url in (f"https://{catalog.bucket}.s3.amazonaws.com/nothing.yaml", "https://example.com/x.yaml"):
        with pytest.raises(catalog.admin.exceptions.InvalidParametersException, match="Invalid template URL"):
            catalog.admin.create_provisioning_artifact(
                ProductId=catalog.product,
                Parameters={"Name": "x", "Info": {"LoadTemplateFromURL": url}},
                IdempotencyToken=catalog.suffix,
            )


def test_the_template_is_copied(launchable: Any, cloud: Any) -> None:
    s3 = cloud.client("s3")
    for item in s3.list_objects_v2(Bucket=launchable.bucket)["Contents"]:
        s3.delete_object(Bucket=launchable.bucket, Key=item["Key"])
    record = launchable.ended(launchable.provision(f"copy-{launchable.suffix}"))
    assert record["Status"] == "SUCCEEDED"
    reads = [
        call for call in cloud.internal.call_log.read()
        if call["role_arn"] == launchable.launch_role and call["operation"] == "GetObject"
    ]  # fmt: skip
    assert reads, "the launch role reads the service's copy"
    assert not [bucket for bucket in s3.list_buckets()["Buckets"] if bucket["Name"].startswith("sc-")]


@pytest.mark.parametrize(
    ("kind", "parameters", "message"),
    [
        ("LAUNCH", "no json", "not JSON"),
        ("LAUNCH", "{}", "either a RoleArn or a LocalRoleName"),
        ("LAUNCH", '{"RoleArn": "role"}', "Invalid RoleArn"),
        ("NONSENSE", "{}", "Unknown constraint type"),
    ],
)
def test_a_constraint_is_checked(catalog: Any, kind: str, parameters: str, message: str) -> None:
    with pytest.raises(catalog.admin.exceptions.InvalidParametersException, match=message):
        catalog.admin.create_constraint(
            PortfolioId=catalog.portfolio,
            ProductId=catalog.product,
            Type=kind,
            Parameters=parameters,
            IdempotencyToken="x",
        )


def test_a_product_has_one_launch_constraint_in_a_portfolio(catalog: Any) -> None:
    constraint = catalog.constrain(catalog.launch_role)
    with pytest.raises(catalog.admin.exceptions.DuplicateResourceException):
        catalog.constrain(catalog.launch_role)
    other = json.dumps({"LocalRoleName": "other"})
    catalog.admin.update_constraint(Id=constraint, Parameters=other, Description="other")
    shown = catalog.admin.describe_constraint(Id=constraint)
    assert (shown["ConstraintParameters"], shown["ConstraintDetail"]["Description"]) == (other, "other")
    with pytest.raises(catalog.admin.exceptions.ResourceInUseException, match="has constraints"):
        catalog.admin.disassociate_product_from_portfolio(ProductId=catalog.product, PortfolioId=catalog.portfolio)
    catalog.admin.delete_constraint(Id=constraint)
    with pytest.raises(catalog.admin.exceptions.ResourceInUseException, match="associated with portfolios"):
        catalog.admin.delete_product(Id=catalog.product)
    catalog.admin.disassociate_product_from_portfolio(ProductId=catalog.product, PortfolioId=catalog.portfolio)
    with pytest.raises(catalog.admin.exceptions.ResourceNotFoundException, match="not associated"):
        catalog.constrain(catalog.launch_role)
    catalog.admin.delete_product(Id=catalog.product)
    catalog.admin.delete_portfolio(Id=catalog.portfolio)
    with pytest.raises(ClientError, match="not found"):
        catalog.admin.describe_product_as_admin(Id=catalog.product)


def test_tag_options(catalog: Any) -> None:
    made = catalog.admin.create_tag_option(Key="cost", Value=catalog.suffix)["TagOptionDetail"]
    with pytest.raises(catalog.admin.exceptions.DuplicateResourceException):
        catalog.admin.create_tag_option(Key="cost", Value=catalog.suffix)
    catalog.admin.associate_tag_option_with_resource(ResourceId=catalog.portfolio, TagOptionId=made["Id"])
    assert catalog.admin.describe_portfolio(Id=catalog.portfolio)["TagOptions"] == [made]
    with pytest.raises(catalog.admin.exceptions.ResourceInUseException):
        catalog.admin.delete_tag_option(Id=made["Id"])
    catalog.admin.disassociate_tag_option_from_resource(ResourceId=catalog.portfolio, TagOptionId=made["Id"])
    catalog.admin.delete_tag_option(Id=made["Id"])
