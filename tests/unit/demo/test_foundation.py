"""The demo inside a network: who was there is looked up, not said."""

from typing import Any

import pytest

from demo import foundation
from demo.errors import DemoError
from tests.unit.demo.account import Service, scene

NETWORK = {"vpc_id": "vpc-1", "subnet_ids": ["subnet-1", "subnet-2"]}


def account(**changed: Any) -> Any:
    """A runner that has ended, a build project and a function, each in a subnet."""
    subnets = {"runner": ["subnet-1"], "build": ["subnet-1", "subnet-2"], "seed": ["subnet-2"]} | changed
    return scene(
        ec2=Service(
            describe_instances={"Reservations": [{"Instances": [{"SubnetId": one}]} for one in subnets["runner"]]}
        ),
        codebuild=Service(batch_get_projects={"projects": [{"vpcConfig": {"subnets": subnets["build"]}}]}),
        **{"lambda": Service(get_function_configuration={"VpcConfig": {"SubnetIds": subnets["seed"]}})},
    )


def test_runner_builds_and_functions_are_in_the_network() -> None:
    made = account()

    assert foundation.where(made, NETWORK) == ["the runner", f"{made.prefix}-build", f"{made.prefix}-seed"]


@pytest.mark.parametrize(
    ("who", "subnets", "told"),
    [
        ("runner", [], "the runner was not in the network vpc-1: it had no subnet"),
        ("runner", ["subnet-default"], "subnet-default"),
        ("build", ["subnet-1", "subnet-9"], "-build was not in the network"),
        ("seed", [], "-seed was not in the network"),
    ],
)
def test_who_is_elsewhere_ends_the_demo(who: str, subnets: list[str], told: str) -> None:
    with pytest.raises(DemoError, match=told):
        foundation.where(account(**{who: subnets}), NETWORK)
