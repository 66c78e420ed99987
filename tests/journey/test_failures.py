"""When something goes wrong: at once, without leftovers, and with the reason where people look."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.journey.clients import eventually
from tests.journey.conftest import Others
from tests.journey.world import NAME, Launch, Platform

pytestmark = [pytest.mark.journey, pytest.mark.xdist_group("journey")]

FAST_SECONDS = 30


def test_an_apply_that_fails_takes_back_what_it_made(others: Others) -> None:
    launch = others.collides.failed()

    (record,) = launch.run_records()
    assert record["outcome"] == "failed"
    assert f"{launch.prefix}-build" in record["reason"]
    assert "EntityAlreadyExists" in record["reason"]
    assert record["reason"] in launch.runner_log()
    assert launch.resources() == {}
    # Somebody else's role is still somebody else's.
    role = launch.platform.engineer("iam", "get-role", "--role-name", f"{launch.prefix}-build")["Role"]
    assert role["Path"] == "/"
    assert launch.stack()["StackStatus"] in ("ROLLBACK_COMPLETE", "ROLLBACK_IN_PROGRESS")


def test_describe_project_gives_a_reason(others: Others) -> None:
    launch = others.collides.failed()

    assert "command" in launch.reason()
    assert "cloud-init.log" in launch.reason() or NAME in launch.reason()


def test_a_lambda_error_fails_the_project(others: Others) -> None:
    launch = others.refused_by_host.failed()

    (record,) = launch.run_records()
    assert record["outcome"] == "failed"
    assert "nobody-at-all" in record["reason"]
    assert launch.resources() == {}
    # The function's log is part of the project and went with it; the runner's log keeps the reason.
    assert "nobody-at-all" in launch.runner_log()


def test_an_empty_output_fails_at_once(platform: Platform) -> None:
    product = offer_variant(platform, "silent", lambda properties: properties.update(Command="true"))

    launch = platform.launch("silent", product=product)

    eventually(lambda: launch.describe()["ProjectStatus"] == "CreateFailed", FAST_SECONDS, "the failure")
    launch.settle()
    assert "/command-output.txt" in launch.reason()
    assert launch.stack()["StackStatus"] == "ROLLBACK_COMPLETE"
    assert launch.run_records() == []


def test_a_missing_instance_profile_fails_at_once(platform: Platform) -> None:
    product = offer_variant(platform, "unprofiled", lambda properties: properties.update(Role="nobody-made-this"))

    launch = platform.launch("unprofiled", product=product)

    eventually(lambda: launch.describe()["ProjectStatus"] == "CreateFailed", FAST_SECONDS, "the failure")
    launch.settle()
    assert "not a valid Instance Profile" in launch.reason()
    assert launch.stack()["StackStatus"] == "ROLLBACK_COMPLETE"


def test_creating_again_under_the_same_name_works(platform: Platform, others: Others) -> None:
    others.refused_by_host.failed()
    platform.scientist("sagemaker", "delete-project", "--project-name", "nobodys")
    eventually(
        lambda: others.refused_by_host.describe()["ProjectStatus"] == "DeleteCompleted",
        FAST_SECONDS,
        "the deletion of the failed project",
    )

    again = platform.launch("nobodys")

    assert again.identifier != others.refused_by_host.identifier
    again.completed()
    assert list(platform.git.heads(again.repository)) == ["main"]


def offer_variant(platform: Platform, name: str, change: Callable[[dict[str, Any]], None]) -> str:
    """Offer a product like the real one, with its CommandRunner changed; its id."""
    engineer = platform.engineer
    real = platform.product
    artifacts = engineer("servicecatalog", "list-provisioning-artifacts", "--product-id", real["ProductId"])
    newest = max(artifacts["ProvisioningArtifactDetails"], key=lambda artifact: artifact["CreatedTime"])
    address = engineer(
        *("servicecatalog", "describe-provisioning-artifact", "--product-id", real["ProductId"]),
        *("--provisioning-artifact-id", newest["Id"]),
    )["Info"]["TemplateUrl"]
    key = address.split(platform.state_bucket, 1)[1].split("/", 1)[1]
    template = json.loads(platform.engineer.read(f"s3://{platform.state_bucket}/{key}"))
    change(template["Resources"]["Project"]["Properties"])
    variant = platform.terraform.state / f"{name}.template.json"
    variant.write_text(json.dumps(template))
    engineer(
        "s3api", "put-object", "--bucket", platform.state_bucket, "--key", f"test/{name}", "--body", str(variant)
    )
    product = engineer(
        *("servicecatalog", "create-product", "--name", name, "--owner", "test"),
        *("--product-type", "CLOUD_FORMATION_TEMPLATE", "--provisioning-artifact-parameters"),
        json.dumps(
            {
                "Name": "1",
                "Type": "CLOUD_FORMATION_TEMPLATE",
                "Info": {"LoadTemplateFromURL": address.replace(key, f"test/{name}")},
            }
        ),
    )["ProductViewDetail"]["ProductViewSummary"]["ProductId"]
    portfolio = engineer("servicecatalog", "list-portfolios")["PortfolioDetails"][0]["Id"]
    engineer(
        *("servicecatalog", "associate-product-with-portfolio"),
        *("--product-id", product, "--portfolio-id", portfolio),
    )
    role = engineer("iam", "get-role", "--role-name", f"{NAME}-launch")["Role"]["Arn"]
    engineer(
        *("servicecatalog", "create-constraint", "--portfolio-id", portfolio, "--product-id", product),
        *("--type", "LAUNCH", "--parameters", json.dumps({"RoleArn": role})),
    )
    return str(product)


@pytest.fixture(autouse=True)
def _first_is_under_way(asked: Launch) -> None:
    """The long launch goes on while these tests wait for short ones."""
