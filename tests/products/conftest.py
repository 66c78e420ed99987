"""One local cloud whose catalog offers products with Terraform of their own, one of them invented."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from demo.cloud import Handout
from demo.stage import Place
from tests.journey.installed import installed, place
from tests.journey.world import Launch, Platform

__all__ = ["place"]

INVENTED = Path(__file__).resolve().parent / "invented"
CLUSTER = "shop"
SECRET = "team/git"
NOTEBOOKS = "team-notebooks"
# What a release and package 1 are made of.
PARTS = (
    *("release", "lambdas", "localcloud", "requirements", "seed-code", "service-catalog-setup"),
    *("sagemaker-project-setup", "foundation", "iam", "pyproject.toml"),
)


@pytest.fixture(scope="session")
def checkout(tmp_path_factory: pytest.TempPathFactory, place: Place) -> Path:
    """This checkout with a product more: a folder, and nothing else."""
    root = tmp_path_factory.mktemp("checkout")
    left = shutil.ignore_patterns(".terraform", "__pycache__", "*.tfstate*", "*.auto.tfvars.json", "*.tfvars")
    for name in PARTS:
        source = place.root / name
        if source.is_dir():
            shutil.copytree(source, root / name, ignore=left, symlinks=True)
        else:
            shutil.copy(source, root / name)
    shutil.copytree(INVENTED, root / "service-catalog-setup" / "products" / "team-note")
    return root


@pytest.fixture(scope="session")
def offered(checkout: Path, place: Place) -> Iterator[Platform]:
    """Package 1 with three such products and none of the others."""
    products = {
        "notebook-workbench": {"form": {"InstanceType": {"AllowedValues": ["ml.t3.medium", "ml.t3.large"]}}},
        "aurora-inference": {"form": {"ClusterIdentifier": {"AllowedValues": [CLUSTER], "Default": CLUSTER}}},
        "team-note": {},
    }
    with installed(replace(place, root=checkout), "products", prepare=_account, products=products) as platform:
        yield platform


@pytest.fixture(scope="session")
def launched(offered: Platform) -> dict[str, Launch]:
    """A project of each product, launched side by side and completed."""
    found = offered.scientist("servicecatalog", "search-products")["ProductViewSummaries"]
    products = {product["Name"]: product["ProductId"] for product in found}
    fields: dict[str, tuple[str, dict[str, str]]] = {
        "desk": ("Notebook workbench", {"GitRepoURL": "https://github.com/example-org/analysis.git"}),
        "sql": ("Aurora inference", {"EndpointNames": endpoint(offered)}),
        "note": ("Team note", {"Note": 'it\'s "so" $(id) ünd `so`'}),
    }
    launches = {
        name: offered.launch(name, product=products[product], git=False, **given)
        for name, (product, given) in fields.items()
    }
    return {name: launch.completed() for name, launch in launches.items()}


def endpoint(platform: Platform) -> str:
    """An endpoint as a project's deployment names it."""
    return f"{Launch(platform, '', 'p-abc', '', '').prefix}-prod-realtime"


def _account(handout: Handout) -> dict[str, Any]:
    """A network and a database, as a platform team has them; package 1's variables that name them."""
    ec2 = handout.engineer()("ec2")
    subnets = ec2.describe_subnets(Filters=[{"Name": "default-for-az", "Values": ["true"]}])["Subnets"]
    (group,) = ec2.describe_security_groups(
        Filters=[
            {"Name": "vpc-id", "Values": [subnets[0]["VpcId"]]},
            {"Name": "group-name", "Values": ["default"]},
        ]
    )["SecurityGroups"]
    handout.engineer()("secretsmanager").create_secret(Name=SECRET, SecretString='{"username":"a","password":"b"}')
    location = {"LocationConstraint": handout.region}
    handout.engineer()("s3").create_bucket(Bucket=NOTEBOOKS, CreateBucketConfiguration=location)
    statement = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{NOTEBOOKS}/*"}
    policy = handout.engineer()("iam").create_policy(
        PolicyName="team-read", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    )["Policy"]["Arn"]
    handout.engineer()("rds").create_db_cluster(
        DBClusterIdentifier=CLUSTER,
        Engine="aurora-postgresql",
        MasterUsername="platform",
        MasterUserPassword="0123456789",
    )
    return {
        "network": {
            "vpc_id": subnets[0]["VpcId"],
            "subnet_ids": [subnet["SubnetId"] for subnet in subnets[:2]],
            "security_group_ids": [group["GroupId"]],
        },
        "product_settings": {
            "aurora-inference": {"cluster_identifiers": [CLUSTER]},
            "notebook-workbench": {
                "notebooks": {"bucket": NOTEBOOKS, "prefix": "start/"},
                "policy_arns": {"read": policy},
                "data_buckets": [NOTEBOOKS],
                "git_secret_name": SECRET,
                "git_base_url": "https://github.com",
            },
        },
    }
