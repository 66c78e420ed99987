"""The network: its own tests, and what its endpoints let through, asked of the policy simulator."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from iam.engine import TOOLS, Engine, Question
from tests.terraform.foundation.conftest import PACKAGE, block, evaluated, own_environment, passed

pytestmark = pytest.mark.terraform

MODULE = PACKAGE / "modules" / "network"
OWN, FOREIGN = "111122223333", "999999999999"
AWSS = "763104351884"  # AWS's framework images of one region (docs of AWS Deep Learning Containers)


def arn(service: str, account: str, name: str) -> str:
    return f"arn:aws:{service}:eu-west-1:{account}:{name}"


@pytest.fixture(scope="module")
def policies(tmp_path_factory: pytest.TempPathFactory, terraform_cli_config: Path) -> dict[str, Any]:
    """The endpoints' policies by service: what the module's files say, evaluated in an account."""
    endpoints = (MODULE / "endpoints.tf").read_text("utf-8")
    gateway, interface = re.findall(r"^  policy +=(.+)$", endpoints, re.MULTILINE)
    about = f'account_id = "{OWN}"\npartition = "aws"\ndns_suffix = "amazonaws.com"\nregion = "eu-west-1"\n'
    made = (
        f"locals {{\n{about}{block(endpoints, 'locals')}}}\n"
        'output "policies" {\n  value = merge(\n'
        f"    {{ for key in local.gateway_services : key =>{gateway.replace('each.value', 'key')} }},\n"
        f"    {{ for key in keys(local.service_names) : key =>{interface.replace('each.key', 'key')} }},\n"
        "  )\n}\n"
    )
    parts = [(MODULE / name).read_text("utf-8") for name in ("endpoint-policies.tf", "variables.tf")]
    values = {
        "name": "team",
        "kms_key_arn": f"arn:aws:kms:eu-west-1:{OWN}:key/11111111-2222-3333-4444-555555555555",
    }
    found = evaluated(
        tmp_path_factory.mktemp("policies"),
        {"network": "\n".join([made, *parts])},
        own_environment(terraform_cli_config),
        network=values,
    )["network"]["policies"]
    assert {"s3", "dynamodb", "sts", "ecr.api", "sagemaker.runtime"} <= set(found)
    return {service: json.loads(policy) for service, policy in found.items() if policy}


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with Engine() as running:
        yield running


class Call(NamedTuple):
    what: str
    service: str
    action: str
    resource: str
    owner: str
    allowed: bool
    caller: str = OWN


S3 = "arn:aws:s3:::"
PACKAGES = f"{S3}al2023-repos-eu-west-1-de612dc2/x"
ANSWERS = f"{S3}cloudformation-custom-resource-response-euwest1/x"
INVOKE = "sagemaker:InvokeEndpoint"
CALLS = (
    Call("own data", "s3", "s3:PutObject", f"{S3}team-raw/x", OWN, True),
    Call("data carried out", "s3", "s3:PutObject", f"{S3}elsewhere/x", FOREIGN, False),
    Call("another account's role in a bucket", "s3", "s3:PutObject", f"{S3}team-raw/x", OWN, False, FOREIGN),
    Call("another account's key in a notebook", "s3", "s3:PutObject", f"{S3}its/x", FOREIGN, False, FOREIGN),
    Call("AWS's packages", "s3", "s3:GetObject", PACKAGES, AWSS, True),
    Call("nothing into AWS's packages", "s3", "s3:PutObject", PACKAGES, AWSS, False),
    Call("an answer to CloudFormation", "s3", "s3:PutObject", ANSWERS, AWSS, True),
    Call(
        "another account's table",
        "dynamodb",
        "dynamodb:PutItem",
        arn("dynamodb", FOREIGN, "table/x"),
        FOREIGN,
        False,
    ),
    Call("own model", "sagemaker.runtime", INVOKE, arn("sagemaker", OWN, "endpoint/churn"), OWN, True),
    Call("foreign model", "sagemaker.runtime", INVOKE, arn("sagemaker", FOREIGN, "endpoint/x"), FOREIGN, False),
    Call("foreign role", "sts", "sts:AssumeRole", f"arn:aws:iam::{FOREIGN}:role/x", FOREIGN, False),
    Call(
        "AWS's image", "ecr.api", "ecr:BatchGetImage", arn("ecr", AWSS, "repository/pytorch-training"), AWSS, True
    ),
    Call("an image carried out", "ecr.api", "ecr:PutImage", arn("ecr", FOREIGN, "repository/x"), FOREIGN, False),
)


def test_terraform_test(tested) -> None:
    assert passed(tested("modules/network")) >= 4


@pytest.mark.skipif(not (TOOLS / "node_modules").is_dir(), reason="no policy simulator: make .tools/iam/stamp")
@pytest.mark.parametrize("call", CALLS, ids=lambda call: call.what)
def test_accounts_are_kept_apart(call: Call, policies: dict[str, Any], engine: Engine) -> None:
    """Caller and resource allow everything by policies of their own: what is refused, the endpoint refuses."""
    allowing = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    documents = {
        "caller": {"Version": "2012-10-17", "Statement": [allowing]},
        "resource": {"Version": "2012-10-17", "Statement": [allowing | {"Principal": "*"}]},
        call.service: policies[call.service],
    }

    decision = engine.ask(
        Question(
            principal=f"arn:aws:sts::{call.caller}:assumed-role/somebody/session",
            action=call.action,
            resource=call.resource,
            account=call.owner,
            context={"aws:PrincipalAccount": call.caller, "aws:ResourceAccount": call.owner},
            identity=("caller",),
            resource_policy="resource",
            endpoint_policy=call.service,
        ),
        documents,
    )

    assert decision.error is None
    assert decision.allowed is call.allowed
    assert call.allowed or decision.blocked_by == ("vpce",)
