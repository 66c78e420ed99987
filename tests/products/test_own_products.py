"""Products with Terraform of their own: the foundation's two, and one that the platform has never heard of."""

import base64
import json
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.endpoints import unreachable
from tests.journey.world import Launch, Platform
from tests.products.conftest import FOREIGN, NOTEBOOKS, SECRET, endpoint, products_of

HOOKS = Path(__file__).resolve().parents[2] / "service-catalog-setup" / "products"


def test_a_third_product_is_a_map_entry_and_a_folder(launched: dict[str, Launch], offered: Platform) -> None:
    note = launched["note"]

    parameter = offered.engineer("ssm", "get-parameter", "--name", f"{note.prefix}-note")["Parameter"]

    assert parameter["Value"] == 'it\'s "so" $(id) ünd `so`'
    assert _outputs(note)["Result"] == parameter["Name"]
    assert set(_outputs(note)) == {"Release", "Result", "RunRecords"}
    (record,) = note.run_records()
    assert (record["product"], record["outcome"]) == ("team-note", "succeeded")


def test_a_workbench_is_an_instance_in_the_network_under_its_boundary(
    launched: dict[str, Launch], offered: Platform
) -> None:
    desk = launched["desk"]

    instance = offered.engineer(
        "sagemaker", "describe-notebook-instance", "--notebook-instance-name", _outputs(desk)["Result"]
    )
    role = offered.engineer("iam", "get-role", "--role-name", f"{desk.prefix}-notebooks")["Role"]

    assert (instance["InstanceType"], instance["DirectInternetAccess"]) == ("ml.t3.medium", "Disabled")
    assert instance["SubnetId"].startswith("subnet-")
    assert instance["RoleArn"] == role["Arn"]
    assert role["Path"] == "/sagemaker-projects/projects/"
    assert role["PermissionsBoundary"]["PermissionsBoundaryArn"].endswith(
        ":policy/sagemaker-projects-product-notebook-workbench-boundary"
    )
    assert {tags["sagemaker:project-name"] for tags in desk.resources().values()} == {"desk"}


def test_a_workbench_has_what_the_platform_team_has_set(launched: dict[str, Launch], offered: Platform) -> None:
    prefix = launched["desk"].prefix

    attached = offered.engineer("iam", "list-attached-role-policies", "--role-name", f"{prefix}-notebooks")
    repository = offered.engineer(
        "sagemaker", "describe-code-repository", "--code-repository-name", f"{prefix}-notebooks"
    )
    configuration = offered.engineer(
        *("sagemaker", "describe-notebook-instance-lifecycle-config"),
        *("--notebook-instance-lifecycle-config-name", f"{prefix}-workbench"),
    )

    assert [policy["PolicyName"] for policy in attached["AttachedPolicies"]] == ["team-read"]
    assert f":secret:{SECRET}-" in repository["GitConfig"]["SecretArn"]
    script = base64.b64decode(configuration["OnStart"][0]["Content"]).decode()
    assert f"'s3://{NOTEBOOKS}/start/'" in script


def test_the_teams_password_is_not_sent_to_an_address_that_somebody_has_typed(
    launched: dict[str, Launch], offered: Platform
) -> None:
    prefix = launched["away"].prefix

    repository = offered.engineer(
        "sagemaker", "describe-code-repository", "--code-repository-name", f"{prefix}-notebooks"
    )
    policy = offered.engineer(
        "iam", "get-role-policy", "--role-name", f"{prefix}-notebooks", "--policy-name", "workbench"
    )["PolicyDocument"]

    assert repository["GitConfig"]["RepositoryUrl"] == FOREIGN
    assert "SecretArn" not in repository["GitConfig"]
    assert "secretsmanager:GetSecretValue" not in json.dumps(policy)


def test_a_database_gets_a_role_for_the_endpoints_of_the_form(
    launched: dict[str, Launch], offered: Platform
) -> None:
    sql = launched["sql"]

    (cluster,) = offered.engineer("rds", "describe-db-clusters", "--db-cluster-identifier", "shop")["DBClusters"]
    policy = offered.engineer(
        "iam", "get-role-policy", "--role-name", f"{sql.prefix}-aurora-inference", "--policy-name", "invoke"
    )["PolicyDocument"]

    assert [(role["RoleArn"], role["FeatureName"]) for role in cluster["AssociatedRoles"]] == [
        (_outputs(sql)["Result"], "SageMaker")
    ]
    assert policy["Statement"][0]["Resource"] == [
        f"arn:aws:sagemaker:{offered.region}:{offered.account}:endpoint/{endpoint(offered)}"
    ]


def test_a_second_project_for_a_cluster_is_refused_and_takes_nothing_away(
    launched: dict[str, Launch], offered: Platform
) -> None:
    second = offered.launch(
        "second", product=products_of(offered)["Aurora inference"], git=False, EndpointNames=endpoint(offered)
    ).failed()

    assert "DBClusterRoleAlreadyExists" in second.runner_log()
    assert second.resources() == {}
    (cluster,) = offered.engineer("rds", "describe-db-clusters", "--db-cluster-identifier", "shop")["DBClusters"]
    assert [role["RoleArn"] for role in cluster["AssociatedRoles"]] == [_outputs(launched["sql"])["Result"]]
    second.delete()


def test_the_platform_knows_them_like_the_others(launched: dict[str, Launch], offered: Platform) -> None:
    listed = json.loads(offered.program("projects", "list", "--json").stdout)
    orphans = json.loads(offered.program("projects", "orphans", "--json").stdout)

    assert {project["name"]: project["status"] for project in listed} == dict.fromkeys(launched, "CreateCompleted")
    assert {project["pipeline"] for project in listed} == {None}
    assert orphans["orphans"] == []


def test_the_foundations_network_reaches_what_they_call(launched: dict[str, Launch], offered: Platform) -> None:
    """The invented product's own service is what somebody who invents one has to add."""
    assert set(unreachable(offered.terraform.handout.directory / "calls.jsonl")) == {"ssm"}


def test_a_second_plan_changes_nothing(launched: dict[str, Launch], offered: Platform) -> None:
    done = offered.program("projects", "drift", "--wait", "--json")

    found = json.loads(done.stdout)
    assert {(result["check"]["name"], result["drift"]) for result in found} == {(name, False) for name in launched}


@pytest.mark.parametrize(("name", "product"), [("desk", "notebook-workbench"), ("sql", "aurora-inference")])
def test_its_hooks_look_for_everything_that_it_has_made(
    name: str, product: str, launched: dict[str, Launch], tmp_path: Path
) -> None:
    """A run that is killed may have made any of it; the addresses are those of the real state."""
    made = [
        f"{resource['module']}.{resource['type']}.{resource['name']}{_index(instance)}"
        for resource in launched[name].state()["resources"]
        # The names of attachments are the settings'; the hook takes unknown ones away (tests/unit).
        if resource["mode"] == "managed" and resource["type"] != "aws_iam_role_policy_attachment"
        for instance in resource["instances"]
    ]
    (tmp_path / "addresses").write_text("".join(f"{address}\n" for address in made), encoding="utf-8")
    stubs = """
        adopt() { echo "$1"; }
        adopt_sagemaker() { echo "$1"; }
        ask() { : >"$work/answer"; }
        answers_read() { answers=(); }
        parameter_matches() { [[ ${parameters[$1]} =~ $2 ]]; }
    """

    done = subprocess.run(
        ["bash", "-euc", f"declare -A parameters=([ClusterIdentifier]=shop); {stubs} . ./hooks.sh; product_adopt"],
        cwd=HOOKS / product / "terraform",
        env={"PATH": "/usr/bin:/bin", "work": str(tmp_path), "prefix": "x", "project_id": "y"},
        capture_output=True,
        text=True,
        check=True,
    )

    assert sorted(done.stdout.split()) == sorted(made)


def test_deleting_them_leaves_nothing(launched: dict[str, Launch], offered: Platform) -> None:
    """Even when what the settings name is gone by then."""
    offered.engineer("secretsmanager", "delete-secret", "--secret-id", SECRET, "--force-delete-without-recovery")

    with ThreadPoolExecutor(len(launched)) as pool:
        list(pool.map(Launch.delete, launched.values()))

    assert {name: launch.resources() for name, launch in launched.items()} == {name: {} for name in launched}
    (cluster,) = offered.engineer("rds", "describe-db-clusters", "--db-cluster-identifier", "shop")["DBClusters"]
    assert cluster["AssociatedRoles"] == []
    roles = offered.engineer("iam", "list-roles", "--path-prefix", "/sagemaker-projects/projects/")["Roles"]
    assert roles == []
    instances = offered.engineer("sagemaker", "list-notebook-instances")["NotebookInstances"]
    assert instances == []


def _index(instance: dict[str, Any]) -> str:
    return f"[{json.dumps(instance['index_key'])}]" if "index_key" in instance else ""


def _outputs(launch: Launch) -> dict[str, Any]:
    return {output["OutputKey"]: output["OutputValue"] for output in launch.stack()["Outputs"]}
