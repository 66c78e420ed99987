"""What CloudFormation refuses before a stack exists."""

from typing import Any

import pytest
import yaml
from botocore.exceptions import ClientError

QUEUE = {"Type": "AWS::SQS::Queue"}


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ("{", "not well-formed"),
        ("a: [", "YAML not well-formed. (line 1, column 5)"),
        ("- a\n- b", "unsupported structure"),
        ("a: 1\na: 2", "duplicate key a"),
        ({"Resources": {}}, "At least one Resources member must be defined"),
        ({"Resources": {"Q": QUEUE}, "Frobs": {}}, "Invalid template property or properties [Frobs]"),
        ({"Resources": {"my-queue": QUEUE}}, "Resource name my-queue is non alphanumeric"),
        ({"Resources": {"Q": {}}}, "[/Resources/Q] Every Resources object must contain a Type member"),
        ({"Resources": {"Q": QUEUE | {"Extra": 1}}}, "Invalid template resource property 'Extra'"),
        ({"Resources": {"Q": {"Type": "AWS::No::Such"}}}, "Unrecognized resource types: [AWS::No::Such]"),
        (
            {"Resources": {"Q": QUEUE | {"Properties": {"QueueName": {"Ref": "Nobody"}}}}},
            "Unresolved resource dependencies [Nobody] in the Resources block",
        ),
        (
            {"Resources": {"Q": QUEUE | {"Properties": {"QueueName": {"Fn::GetAtt": ["Nobody", "Arn"]}}}}},
            "Fn::GetAtt references undefined resource Nobody",
        ),
        (
            {"Resources": {"Q": QUEUE | {"Properties": {"QueueName": {"Fn::Sub": "${HOME:-x}"}}}}},
            "variable names in Fn::Sub syntax must contain only",
        ),
        ({"Resources": {"Q": QUEUE | {"DependsOn": "Nobody"}}}, "Unresolved resource dependencies [Nobody]"),
        ({"Resources": {"Q": QUEUE | {"Condition": "Maybe"}}}, "Unresolved condition dependency Maybe"),
        (
            {"Resources": {"Q": QUEUE}, "Outputs": {"O": {"Value": {"Ref": "Nobody"}}}},
            "Unresolved resource dependencies [Nobody] in the Outputs block",
        ),
        ({"Resources": {"Q": QUEUE}, "Outputs": {"O": {"Description": "x"}}}, "must contain a Value object"),
        (
            {"Resources": {"Q": QUEUE}, "Parameters": {"P": {}}},
            "Every Parameters object must contain a Type member",
        ),
        (
            {"Resources": {"Q": QUEUE}, "Parameters": {"P": {"Type": "Text"}}},
            "Unrecognized parameter type: Text",
        ),
        (
            {"Resources": {"Q": QUEUE}, "Parameters": {"P": {"Type": "String", "Min": 1}}},
            "Invalid template parameter property 'Min'",
        ),
        (
            {"Resources": {"Q": QUEUE}, "Conditions": {"C": {"Fn::Equals": [{"Ref": "Q"}, "x"]}}},
            "Unresolved dependencies [Q]",
        ),
        ({"Resources": {"Q": QUEUE}, "Rules": {"R": {}}}, "Every rule must contain Assertions"),
        ({"Resources": {"Q": QUEUE}, "Description": "x" * 1025}, "'Description' length is greater than 1024"),
    ],
)
def test_a_template_that_is_not_valid_is_refused(cloud: Any, template: Any, message: str) -> None:
    text = template if isinstance(template, str) else yaml.safe_dump(template)
    with pytest.raises(ClientError) as refused:
        cloud.client("cloudformation").validate_template(TemplateBody=text)
    assert refused.value.response["Error"]["Code"] == "ValidationError"
    assert message in refused.value.response["Error"]["Message"]


def test_circles_are_refused(stacks: Any) -> None:
    resources = {"A": QUEUE | {"DependsOn": "B"}, "B": QUEUE | {"DependsOn": ["A"]}, "C": QUEUE}
    with pytest.raises(ClientError, match=r"Circular dependency between resources: \[A, B\]"):
        stacks.start({"Resources": resources})


def test_a_template_in_the_request_has_51200_bytes_at_most(cloud: Any) -> None:
    client, bucket = cloud.client("cloudformation"), "cloudformation-test-large"
    large = yaml.safe_dump({"Resources": {"Q": QUEUE}, "Metadata": {"Filler": "x" * 51_200}})
    with pytest.raises(ClientError, match="length less than or equal to 51200"):
        client.validate_template(TemplateBody=large)
    s3 = cloud.client("s3")
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    s3.put_object(Bucket=bucket, Key="large.yaml", Body=large)
    for url in (
        f"https://{bucket}.s3.eu-central-1.amazonaws.com/large.yaml",
        f"https://s3.eu-central-1.amazonaws.com/{bucket}/large.yaml",
        f"{cloud.endpoint}/{bucket}/large.yaml",
    ):
        assert client.validate_template(TemplateURL=url)["Parameters"] == []
    s3.put_object(Bucket=bucket, Key="huge.yaml", Body="#" * 1_048_577)
    with pytest.raises(ClientError, match="may not exceed 1048576 bytes"):
        client.validate_template(TemplateURL=f"https://{bucket}.s3.amazonaws.com/huge.yaml")
    with pytest.raises(ClientError, match="does not exist"):
        client.validate_template(TemplateURL=f"https://{bucket}.s3.amazonaws.com/nothing.yaml")
    with pytest.raises(ClientError, match="must be a supported URL"):
        client.validate_template(TemplateURL="https://example.com/template.yaml")


def test_yaml_is_data_only(cloud: Any) -> None:
    with pytest.raises(ClientError, match="not well-formed"):
        cloud.client("cloudformation").validate_template(
            TemplateBody="Resources: !!python/object/apply:os.system ['true']"
        )


def test_summary_and_validation_show_the_form(cloud: Any) -> None:
    template = {
        "Description": "A form",
        "Parameters": {
            "Size": {
                "Type": "String",
                "AllowedValues": ["small", "large"],
                "Default": "small",
                "Description": "How big",
            },
            "Secret": {"Type": "String", "NoEcho": True},
        },
        "Resources": {"Role": {"Type": "AWS::IAM::Role", "Properties": {"RoleName": "x"}}, "Q": QUEUE},
    }
    client = cloud.client("cloudformation")
    summary = client.get_template_summary(TemplateBody=yaml.safe_dump(template))
    size = next(item for item in summary["Parameters"] if item["ParameterKey"] == "Size")
    assert size["DefaultValue"] == "small"
    assert size["ParameterConstraints"] == {"AllowedValues": ["small", "large"]}
    assert sorted(summary["ResourceTypes"]) == ["AWS::IAM::Role", "AWS::SQS::Queue"]
    assert summary["Capabilities"] == ["CAPABILITY_NAMED_IAM"]
    validated = client.validate_template(TemplateBody=yaml.safe_dump(template))
    assert validated["Description"] == "A form"
    assert {item["ParameterKey"]: item["NoEcho"] for item in validated["Parameters"]} == {
        "Size": False,
        "Secret": True,
    }
