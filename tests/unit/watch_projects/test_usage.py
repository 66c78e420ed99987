"""Which projects exist, and what they need: the answer to a plan."""

import json
from typing import Any

import pytest
from watch_projects.catalog import role_of
from watch_projects.errors import RequestInvalid, UsageUnknown

from tests.unit.watch_projects.conftest import BUCKET, INSTALLATION, STUDIO


def test_a_project_with_all_that_is_known_about_it(world: Any) -> None:
    world.launched("p-abc123")
    world.applied("p-abc123")
    world.state("p-abc123", "managed")

    answer = world.call({"query": "usage"})

    assert answer == {
        "outcome": "answered",
        "projects": [
            {
                "id": "p-abc123",
                "name": "churn",
                "product": "model-build",
                "release": "1.0.0",
                "releases": ["1.0.0"],
                "principal": STUDIO,
                "status": "AVAILABLE",
            }
        ],
        "installed": {
            "products": ["model-build"],
            "principals": [STUDIO],
            "releases": ["1.0.0", "1.1.0"],
            "environments": [],
        },
    }


def test_accounts_that_projects_deploy_to_are_told(world: Any) -> None:
    place = "prod in arn:aws:iam::444455556666:role/deployment"
    installed = {"products": {}, "principals": [], "releases": [], "environments": [place]}
    world.put(INSTALLATION, json.dumps(installed))

    assert world.call({"query": "usage"})["installed"]["environments"] == [place]


def test_a_project_whose_first_run_has_not_ended(world: Any) -> None:
    world.launched("p-abc123", Status="UNDER_CHANGE", ProvisioningArtifactName="1.1.0")

    [project] = world.usage()
    assert (project["product"], project["release"], project["status"]) == ("model-build", "1.1.0", "UNDER_CHANGE")


def test_during_an_update_both_releases_are_needed(world: Any) -> None:
    world.launched("p-abc123", ProvisioningArtifactName="1.1.0")
    world.applied("p-abc123", release="1.0.0")

    [project] = world.usage()
    assert (project["release"], project["releases"]) == ("1.0.0", ["1.0.0", "1.1.0"])


def test_a_state_without_a_provisioned_product_is_a_project(world: Any) -> None:
    world.state("p-left", "managed", "data")
    world.applied("p-left", name="left")
    world.state("p-empty")
    world.state("p-looked", "data")

    [project] = world.usage()
    assert (project["id"], project["name"], project["status"]) == ("p-left", "left", None)


def test_a_state_that_cannot_be_read_is_a_project(world: Any) -> None:
    world.put("projects/p-broken/terraform.tfstate", "{")

    assert [project["id"] for project in world.usage()] == ["p-broken"]


def test_a_deleted_project_leaves_only_records(world: Any) -> None:
    world.put("projects/p-gone/runs/20261120T120000Z-destroy.json", "{}")

    assert world.usage() == []


def test_products_of_others_are_not_ours(world: Any) -> None:
    world.launched("p-other", ProductId="prod-9")
    world.launched("p-none", ProductId="prod-9", Tags=[], Name="a database")

    assert world.usage() == []


@pytest.mark.parametrize("known_by", ["tag", "name", "stack"])
def test_how_a_provisioned_product_is_found_to_be_a_project(world: Any, known_by: str) -> None:
    stack = "arn:aws:cloudformation:eu-west-1:111122223333:stack/SC-1/x"
    world.applied("p-abc123", stack=stack)
    world.state("p-abc123", "managed")
    changes = {
        "tag": {"Name": "anything", "PhysicalId": None},
        "name": {"Tags": [], "PhysicalId": None},
        "stack": {"Name": "anything", "Tags": [], "PhysicalId": stack},
    }
    world.launched("p-abc123", **changes[known_by])

    [project] = world.usage()
    assert (project["id"], project["name"]) == ("p-abc123", "churn")


def test_hundreds_of_projects(world: Any) -> None:
    for number in range(60):
        world.launched(f"p-{number:03}", name=f"n{number:03}")
        world.applied(f"p-{number:03}")

    assert [project["id"] for project in world.usage()] == [f"p-{number:03}" for number in range(60)]
    assert len(world.catalog.requests) == 30
    assert world.catalog.requests[0]["AccessLevelFilter"] == {"Key": "Account", "Value": "self"}


def test_a_damaged_record_hides_no_project(world: Any) -> None:
    world.launched("p-abc123")
    world.put("projects/p-abc123/applied", "release=1.0.0\nrunner_sha256=short\n")

    [project] = world.usage()
    assert (project["id"], project["release"]) == ("p-abc123", "1.0.0")


@pytest.mark.parametrize(
    ("user", "role"),
    [
        ("arn:aws:sts::111122223333:assumed-role/studio", STUDIO),
        ("arn:aws:sts::111122223333:assumed-role/studio/someone@example.com", STUDIO),
        ("arn:aws:iam::111122223333:role/service-role/studio", STUDIO),
        ("arn:aws:iam::111122223333:role/studio", STUDIO),
        ("arn:aws:iam::111122223333:role/path/admin", "arn:aws:iam::111122223333:role/path/admin"),
        ("arn:aws:sts::111122223333:assumed-role/admin/x", "arn:aws:iam::111122223333:role/admin"),
        ("arn:aws:sts::444455556666:assumed-role/studio/x", "arn:aws:iam::444455556666:role/studio"),
        ("arn:aws-us-gov:iam::111122223333:user/someone", "arn:aws-us-gov:iam::111122223333:user/someone"),
        (None, None),
        ("nobody", None),
    ],
)
def test_the_role_behind_a_session(user: str | None, role: str | None) -> None:
    assert role_of(user, [STUDIO]) == role


def test_what_cannot_be_known_is_an_error(world: Any) -> None:
    world.catalog.refusal = "AccessDeniedException"
    with pytest.raises(UsageUnknown, match="Service Catalog does not say"):
        world.usage()

    world.catalog.refusal = ""
    world.s3.delete_object(Bucket=BUCKET, Key=INSTALLATION)
    with pytest.raises(UsageUnknown, match="what is installed, is missing"):
        world.usage()

    world.put(INSTALLATION, '{"products": []}')
    with pytest.raises(UsageUnknown, match="is damaged"):
        world.usage()


@pytest.mark.parametrize(
    "event", [{}, {"query": "everything"}, {"tf": {"action": "explode"}}, {"source": "aws.s3"}]
)
def test_other_events_are_refused(world: Any, event: dict[str, Any]) -> None:
    with pytest.raises(RequestInvalid):
        world.call(event)
