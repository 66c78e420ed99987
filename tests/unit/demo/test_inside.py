"""The demo inside a network: who was there is looked up, not said."""

from typing import Any

import pytest

from demo import inside
from demo.errors import DemoError
from demo.scene import PREFIX
from tests.unit.demo.account import Service, scene

NETWORK = {"vpc_id": "vpc-1", "subnet_ids": ["subnet-1", "subnet-2"]}


def account(**changed: Any) -> Any:
    """A runner that has ended, two builds, a function, jobs and a model, each in a subnet."""
    subnets: dict[str, Any] = {
        "runner": ["subnet-1"],
        "build": ["subnet-1", "subnet-2"],
        "seed": ["subnet-2"],
        "training": ["subnet-1"],
        "processing": ["subnet-2"],
        "model": ["subnet-1"],
    } | changed
    network = {name: {"VpcConfig": {"Subnets": used}} if used else {} for name, used in subnets.items()}
    return scene(
        ec2=Service(
            describe_instances={"Reservations": [{"Instances": [{"SubnetId": one}]} for one in subnets["runner"]]}
        ),
        codebuild=Service(
            list_projects={"projects": ["ml-p-abc123-build", "ml-p-abc123-deploy", "of-somebody-else"]},
            batch_get_projects=lambda names: {
                "projects": [{"name": name, "vpcConfig": {"subnets": subnets["build"]}} for name in names]
            },
        ),
        **{"lambda": Service(get_function_configuration={"VpcConfig": {"SubnetIds": subnets["seed"]}})},
        sagemaker=Service(
            list_training_jobs={"TrainingJobSummaries": [{"TrainingJobName": "t"}]},
            describe_training_job=network["training"],
            list_processing_jobs={"ProcessingJobSummaries": [{"ProcessingJobName": name} for name in "pq"]},
            describe_processing_job=lambda ProcessingJobName: {
                "NetworkConfig": network["processing" if ProcessingJobName == "q" else "seed"]
            },
            list_models={"Models": [{"ModelName": "m"}]},
            describe_model=network["model"],
        ),
    )


def test_whoever_works_for_the_project_is_in_the_network() -> None:
    assert inside.where(account(), NETWORK) == [
        "the runner",
        "ml-p-abc123-build",
        "ml-p-abc123-deploy",
        "ml-p-abc123-seed",
        "training (1 jobs)",
        "processing (2 jobs)",
        "serving (1 models)",
    ]


@pytest.mark.parametrize(
    ("who", "subnets", "told"),
    [
        ("runner", [], "the runner was not in the network vpc-1: it had no subnet"),
        ("runner", ["subnet-default"], "subnet-default"),
        ("build", ["subnet-1", "subnet-9"], "-build was not in the network"),
        ("seed", [], "-seed was not in the network"),
        ("training", [], "training .1 jobs. was not in the network"),
        ("processing", ["subnet-9"], "processing .2 jobs. was not in the network"),
        ("model", [], "serving .1 models. was not in the network"),
    ],
)
def test_who_is_elsewhere_ends_the_demo(who: str, subnets: list[str], told: str) -> None:
    with pytest.raises(DemoError, match=told):
        inside.where(account(**{who: subnets}), NETWORK)


@pytest.mark.parametrize(
    ("roles", "let_in"), [(["role/a"], ["role/a", "role/b"]), (["role/c"], ["role/a"]), ([], ["role/a"])]
)
def test_the_portfolio_lets_in_the_foundations_studio_users(roles: list[str], let_in: list[str]) -> None:
    portfolios = [{"DisplayName": PREFIX, "Id": "port-1"}, {"DisplayName": "another", "Id": "port-2"}]
    principals = {"port-1": let_in, "port-2": ["role/c"]}
    made = scene(
        servicecatalog=Service(
            list_portfolios={"PortfolioDetails": portfolios},
            list_principals_for_portfolio=lambda PortfolioId: {
                "Principals": [{"PrincipalARN": arn} for arn in principals[PortfolioId]]
            },
        )
    )

    if roles == ["role/a"]:
        inside.check_principals(made, roles)
    else:
        with pytest.raises(DemoError, match="The portfolio does not let in"):
            inside.check_principals(made, roles)
