"""Who may launch a product, and under which role."""

import json
import uuid
from typing import Any

import pytest
import yaml


def test_without_association_there_is_no_launch_path(catalog: Any) -> None:
    user, missing = catalog.user, catalog.user.exceptions.ResourceNotFoundException
    with pytest.raises(missing, match=f"No launch paths found for resource: {catalog.product}"):
        user.list_launch_paths(ProductId=catalog.product)
    with pytest.raises(missing, match="No launch paths found"):
        catalog.provision("nobody")
    with pytest.raises(missing, match="No launch paths found"):
        user.describe_provisioning_parameters(ProductId=catalog.product, ProvisioningArtifactId=catalog.first)
    with pytest.raises(missing, match="not found"):
        user.describe_product(Id=catalog.product)
    found = user.search_products(Filters={"FullTextSearch": [catalog.suffix]})
    assert found["ProductViewSummaries"] == []


def test_an_associated_role_sees_what_it_may_launch(launchable: Any) -> None:
    user = launchable.user
    (path,) = user.list_launch_paths(ProductId=launchable.product)["LaunchPathSummaries"]
    assert path["Name"] == f"portfolio-{launchable.suffix}"
    assert [item["Type"] for item in path["ConstraintSummaries"]] == ["LAUNCH"]
    described = user.describe_product(Id=launchable.product)
    assert described["LaunchPaths"] == [{"Id": path["Id"], "Name": path["Name"]}]
    assert [item["Id"] for item in described["ProvisioningArtifacts"]] == [launchable.first]
    found = user.search_products(Filters={"FullTextSearch": [launchable.suffix]})
    assert [item["ProductId"] for item in found["ProductViewSummaries"]] == [launchable.product]


def test_the_form_is_the_templates(cloud: Any, launchable: Any) -> None:
    arguments = ["--product-id", launchable.product, "--provisioning-artifact-id", launchable.first]
    user = cloud.internal.child_environment(
        cloud.internal.principals.assume(launchable.studio_arn, "form"), cloud.internal.folder("test-home")
    )
    shown = cloud.aws("servicecatalog", "describe-provisioning-parameters", *arguments, environment=user)
    form = {item["ParameterKey"]: item for item in shown["ProvisioningArtifactParameters"]}
    assert form["QueueName"]["Description"] == "Name of the queue"
    assert form["QueueName"]["ParameterConstraints"] == {
        "AllowedPattern": "[a-z0-9-]{3,40}",
        "ConstraintDescription": "3 to 40 small letters, digits and dashes",
        "AllowedValues": [],
    } or form["QueueName"]["ParameterConstraints"] == {
        "AllowedPattern": "[a-z0-9-]{3,40}",
        "ConstraintDescription": "3 to 40 small letters, digits and dashes",
    }
    assert form["Size"]["ParameterConstraints"]["AllowedValues"] == ["small", "large"]
    assert form["Size"]["DefaultValue"] == "small"
    assert form["Count"]["ParameterConstraints"] == {"MinValue": "1", "MaxValue": "9"}
    assert form["Secret"]["IsNoEcho"] is True
    assert [item["Key"] for item in shown["ProvisioningArtifactOutputs"]] == ["Url", "Size"]


@pytest.mark.parametrize("pattern", ["role/service-role/studio-*", "role/*/studio-execution-role"])
def test_a_pattern_of_principals(catalog: Any, pattern: str) -> None:
    catalog.admin.associate_principal_with_portfolio(
        PortfolioId=catalog.portfolio, PrincipalARN=f"arn:aws:iam:::{pattern}", PrincipalType="IAM_PATTERN"
    )
    assert catalog.user.list_launch_paths(ProductId=catalog.product)["LaunchPathSummaries"]


def test_several_paths_need_a_choice(launchable: Any) -> None:
    admin = launchable.admin
    second = admin.create_portfolio(DisplayName="second", ProviderName="tests", IdempotencyToken=uuid.uuid4().hex)
    second_id = second["PortfolioDetail"]["Id"]
    admin.associate_product_with_portfolio(ProductId=launchable.product, PortfolioId=second_id)
    admin.associate_principal_with_portfolio(
        PortfolioId=second_id, PrincipalARN=launchable.studio_arn, PrincipalType="IAM"
    )
    name = f"path-{launchable.suffix}"
    with pytest.raises(launchable.user.exceptions.InvalidParametersException, match="Multiple launch paths"):
        launchable.provision(name)
    record = launchable.provision(name, PathName=f"portfolio-{launchable.suffix}")
    assert launchable.ended(record)["Status"] == "SUCCEEDED"


def test_the_launch_role_has_to_trust_the_service(catalog: Any, cloud: Any) -> None:
    catalog.admin.associate_principal_with_portfolio(
        PortfolioId=catalog.portfolio, PrincipalARN=catalog.studio_arn, PrincipalType="IAM"
    )
    constraint = catalog.constrain("arn:aws:iam::123456789012:role/no-such-role")
    refused = catalog.user.exceptions.InvalidParametersException
    with pytest.raises(refused, match="Access denied while assuming the role"):
        catalog.provision("distrusted")
    role = f"arn:aws:iam::123456789012:role/{cloud.internal.administrator_arn.rsplit('/', 1)[-1]}"
    catalog.admin.update_constraint(Id=constraint, Parameters=json.dumps({"RoleArn": role}))
    with pytest.raises(refused, match="Access denied while assuming the role"):
        catalog.user.describe_provisioning_parameters(
            ProductId=catalog.product, ProvisioningArtifactId=catalog.first
        )


def test_a_launch_without_constraint_is_the_callers(catalog: Any, cloud: Any) -> None:
    catalog.admin.associate_principal_with_portfolio(
        PortfolioId=catalog.portfolio, PrincipalARN=catalog.studio_arn, PrincipalType="IAM"
    )
    record = catalog.ended(catalog.provision(f"own-{catalog.suffix}"))
    assert "LaunchRoleArn" not in record
    assert record["Status"] == "FAILED"
    reason = record["RecordErrors"][0]["Description"]
    assert f"{catalog.studio_arn} is not authorized to perform: cloudformation:CreateStack" in reason
    catalog.admin.associate_principal_with_portfolio(
        PortfolioId=catalog.portfolio, PrincipalARN=cloud.internal.administrator_arn, PrincipalType="IAM"
    )
    own = catalog.ended(catalog.provision(f"admin-{catalog.suffix}", client=catalog.admin))
    assert own["Status"] == "SUCCEEDED"
    calls = [call for call in cloud.internal.call_log.read() if call["operation"] == "CreateStack"]
    assert calls[-1]["role_arn"] == cloud.internal.administrator_arn


def test_a_deprecated_version_is_kept_but_not_launched(launchable: Any) -> None:
    name = f"old-{launchable.suffix}"
    record = launchable.ended(launchable.provision(name))
    launchable.admin.update_provisioning_artifact(
        ProductId=launchable.product, ProvisioningArtifactId=launchable.first, Guidance="DEPRECATED"
    )
    with pytest.raises(launchable.user.exceptions.InvalidParametersException, match="is deprecated"):
        launchable.provision(f"new-{launchable.suffix}")
    updated = launchable.user.update_provisioned_product(
        ProvisionedProductId=record["ProvisionedProductId"],
        ProvisioningArtifactId=launchable.first,
        ProvisioningParameters=[{"Key": "QueueName", "UsePreviousValue": True}, {"Key": "Size", "Value": "large"}],
    )["RecordDetail"]
    assert launchable.ended(updated)["Status"] == "SUCCEEDED"


def test_an_inactive_version_is_not_launched(launchable: Any) -> None:
    second = launchable.version("2.0.0", yaml.safe_load("Resources: {Q: {Type: AWS::SQS::Queue}}"))
    launchable.admin.update_provisioning_artifact(
        ProductId=launchable.product, ProvisioningArtifactId=second, Active=False
    )
    with pytest.raises(launchable.user.exceptions.ResourceNotFoundException, match="not active"):
        launchable.provision("inactive", artifact=second, parameters={})
    active = launchable.user.describe_product(Id=launchable.product)["ProvisioningArtifacts"]
    assert [item["Id"] for item in active] == [launchable.first]
