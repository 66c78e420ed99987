"""Which AWS services the foundation's network reaches without internet, and who calls others.

What runs in the network is what acts as a role: runner, builds, functions, jobs, endpoints. People sit elsewhere.
"""

import json
import re
from collections.abc import Iterable
from pathlib import Path

_NETWORK = Path(__file__).resolve().parents[1] / "foundation" / "modules" / "network"
# By botocore's name of the service, where the endpoint service is called something else (Amazon VPC user guide).
_NAMES = {
    "cloudwatch": {"monitoring"},
    "codeconnections": {"codeconnections.api"},
    "codestar-connections": {"codeconnections.api"},
    "ecr": {"ecr.api", "ecr.dkr"},
    "sagemaker": {"sagemaker.api"},
    "sagemaker-runtime": {"sagemaker.runtime"},
}
_PEOPLE = ("administrator", "studio-execution-role")


def default_endpoints() -> set[str]:
    """Endpoints that the network has when nobody chooses: the variable's default, and the gateways."""
    declared = (_NETWORK / "variables.tf").read_text("utf-8").split('variable "interface_endpoints"', 1)[1]
    listed = re.search(r"default = \[(.*?)\]", declared, re.DOTALL)
    gateways = re.search(r"gateway_services = toset\(\[(.*?)\]\)", (_NETWORK / "endpoints.tf").read_text("utf-8"))
    assert listed
    assert gateways
    return set(re.findall(r'"([^"]+)"', listed[1] + gateways[1]))


def missing(services: Iterable[str]) -> set[str]:
    """Those of these services (botocore's names) that have no endpoint by default."""
    there = default_endpoints()
    return {service for service in services if not _NAMES.get(service, {service}) <= there}


def unreachable(call_log: Path) -> dict[str, set[str]]:
    """Services without an endpoint, with the roles that called them (``calls.jsonl`` of the local cloud)."""
    callers: dict[str, set[str]] = {}
    with call_log.open(encoding="utf-8") as lines:
        for line in lines:
            call = json.loads(line)
            role = str(call["role_arn"] or "").rsplit("/", 1)[-1]
            # The CommandRunner's handlers run in CloudFormation's network, not in the foundation's.
            if role and role not in _PEOPLE and not role.endswith("-command-runner"):
                callers.setdefault(call["service"], set()).add(role)
    assert callers, f"no role has called anything: {call_log}"
    return {service: callers[service] for service in missing(callers)}
