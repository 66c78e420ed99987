"""The resources of a package, as ``terraform test`` plans them with mocked data: no account, no network."""

import json
import os
import re
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent


class PlanError(Exception):
    """Terraform has not planned a package."""


@dataclass(frozen=True)
class Package:
    """Where Terraform's code is, and which run of its tests makes everything.

    Attributes:
        folder: of the root module, from the repository's root.
        tests: of the tests, from ``folder``.
        run: name of the run.

    """

    folder: str
    tests: str = "tests/posture"
    run: str = "everything"


PACKAGES = (
    Package("service-catalog-setup"),
    Package("sagemaker-project-setup"),
    Package("target-account-setup"),
    Package("foundation"),
    Package("seed-code/model-deploy/repo/terraform", "tests", "production_with_everything"),
)
"""The products with Terraform of their own are modules of the foundation, which is here with all of them."""


@dataclass(frozen=True)
class Resource:
    """One resource as it would be made.

    Attributes:
        package: folder of its root module.
        address: within it, such as ``module.data[0].aws_s3_bucket.data["raw"]``.
        type: such as ``aws_s3_bucket``.
        values: its arguments; what only AWS knows is absent.

    """

    package: str
    address: str
    type: str
    values: dict[str, Any]

    @property
    def name(self) -> str:
        """Package and address: what exceptions name."""
        return f"{self.package} {self.address}"

    def beside(self, kind: str) -> str:
        """The address that a resource of another type has, if it stands beside this one under the same name."""
        return self.address.replace(f"{self.type}.", f"{kind}.")


def resources(package: Package) -> list[Resource]:
    """Everything that one package makes.

    Raises:
        PlanError: Terraform refuses, or makes nothing.

    """
    with tempfile.TemporaryDirectory() as data:
        environment = {**os.environ, "TF_DATA_DIR": data, "TF_IN_AUTOMATION": "1"}
        at = [os.environ.get("TERRAFORM", "terraform"), f"-chdir={ROOT / package.folder}"]
        locked = ["-lockfile=readonly"] if (ROOT / package.folder / ".terraform.lock.hcl").exists() else []
        _run(
            [*at, "init", "-backend=false", "-input=false", f"-test-directory={package.tests}", *locked],
            environment,
        )
        said = _run([*at, "test", "-json", "-verbose", f"-test-directory={package.tests}"], environment)
    found = list(_found(package, said))
    if not found:
        raise PlanError(f"{package.folder}: no run {package.run} of its tests made anything")
    return found


def _run(command: list[str], environment: dict[str, str]) -> str:
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=600)
    if done.returncode:
        raise PlanError(f"{' '.join(command)}:\n{_complaints(done.stdout)}{done.stderr}")
    return done.stdout


def _complaints(text: str) -> str:
    lines = [line for line in text.splitlines() if '"@level":"error"' in line]
    return "".join(f"{json.loads(line).get('@message')}\n" for line in lines[:5])


def _found(package: Package, said: str) -> Iterator[Resource]:
    # Each plan comes with the provider's whole schema: lines of other runs are not read.
    wanted = f'"@testrun":"{package.run}"'
    for line in said.splitlines():
        if wanted not in line[:2000] and wanted not in line[-2000:]:
            continue
        message = json.loads(line)
        if message["type"] == "test_plan":
            for change in message["test_plan"].get("resource_changes", ()):
                if change["mode"] == "managed":
                    yield Resource(package.folder, change["address"], change["type"], change["change"]["after"])
        elif message["type"] == "test_state":
            everything = list(_of_state(message["test_state"].get("root_module", {})))
            documents = {item["address"]: item["values"] for item in everything if item["type"] == _DOCUMENT}
            for item in everything:
                if item["mode"] == "managed":
                    made = Resource(package.folder, item["address"], item["type"], item["values"])
                    yield _with_its_document(made, documents)


def _of_state(module: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield from module.get("resources", ())
    for child in module.get("child_modules", ()):
        yield from _of_state(child)


_DOCUMENT = "aws_iam_policy_document"


def _with_its_document(resource: Resource, documents: dict[str, dict[str, Any]]) -> Resource:
    """The provider makes documents, and is mocked: the policy is put together of what the document's code says."""
    if resource.values.get("policy") != "{}":
        return resource
    name, index = re.findall(r"\.(\w+)(\[.*\])?$", resource.address)[0]
    block = re.compile(rf'^resource "{resource.type}" "{name}" \{{\n.*?^\}}', re.MULTILINE | re.DOTALL)
    code = "\n".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / resource.package).glob("*.tf")))
    named = re.search(rf"data\.{_DOCUMENT}\.(\w+)", "".join(block.findall(code)))
    values = documents.get(f"data.{_DOCUMENT}.{named[1]}{index}") if named else None
    if values is None:
        return resource
    policy = {"Statement": [_statement(item) for item in values.get("statement") or ()]}
    return replace(resource, values={**resource.values, "policy": json.dumps(policy)})


def _statement(item: dict[str, Any]) -> dict[str, Any]:
    conditions: dict[str, dict[str, Any]] = {}
    for condition in item.get("condition") or ():
        conditions.setdefault(condition["test"], {})[condition["variable"]] = condition["values"]
    everybody = any(principal["type"] == "*" for principal in item.get("principals") or ())
    return {
        "Effect": item.get("effect") or "Allow",
        "Principal": "*" if everybody else {},
        "Action": item.get("actions") or [],
        # Unknown before the apply where it names what is made then.
        "Resource": item.get("resources") or None,
        "Condition": conditions,
    }
