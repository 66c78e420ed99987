"""The foundation's modules on their own: their tests, their examples, and what must never stand in them."""

import json
import re
import shutil

import pytest

from tests.terraform.foundation.conftest import MODULES, PACKAGE, ROOT, copied, own_environment, passed, terraform

EXAMPLES = sorted(path.parent.name for path in (PACKAGE / "examples").glob("*/main.tf"))
VARIABLE = re.compile(r'^variable "(\w+)"', re.MULTILINE)


@pytest.mark.terraform
@pytest.mark.parametrize("module", [name for name in MODULES if name != "network"])
def test_terraform_test(module, tested):
    """The network's are in test_network.py, and the root's run with the other packages' (make lint)."""
    assert passed(tested(f"modules/{module}")) >= 2


@pytest.mark.terraform
def test_every_example_is_valid(tmp_path, terraform_cli_config):
    (tmp_path / "seed-code").symlink_to(ROOT / "seed-code")
    folder = copied(tmp_path / "foundation")
    together = folder / "together"
    together.mkdir()
    calls = {
        f"example-{name}": {"source": f"../examples/{name}"}
        | ({"state_bucket": "b"} if name == "hand-over" else {})
        for name in EXAMPLES
    }
    (together / "main.tf.json").write_text(json.dumps({"module": calls}), encoding="utf-8")
    shutil.copy(PACKAGE / ".terraform.lock.hcl", together)
    environment = own_environment(terraform_cli_config)
    terraform(together, environment, "init", "-backend=false", "-input=false", "-lockfile=readonly", "-no-color")
    terraform(together, environment, "validate", "-no-color")


def test_what_is_handed_over_are_variables_of_package_1():
    outputs = (PACKAGE / "outputs.tf").read_text("utf-8")
    handed = set(re.findall(r"^      (\w+) += one\(", outputs, re.MULTILINE))
    known = {
        name
        for path in (ROOT / "service-catalog-setup").glob("*.tf")
        for name in VARIABLE.findall(path.read_text("utf-8"))
    }

    assert handed == {"studio_execution_role_arns", "network", "runner"}
    assert handed <= known


@pytest.mark.parametrize(
    ("what", "pattern"),
    [
        ("an account", r"\b[0-9]{12}\b"),
        ("a region", r"\b(?:us|eu|ap|ca|sa|me|af|il)-(?:north|south|east|west|central)(?:east|west)?-[0-9]\b"),
        ("a managed policy that opens everything", r"policy/(?:AmazonSageMakerFullAccess|AdministratorAccess)"),
        ("an allowance for everybody in a bucket's policy", r"aws_s3_bucket_acl|acl *= *\"public"),
        ("an object that stands for a folder", r"/dev/null"),
        ("the ARN of a secret", r"arn:[a-z-]*:secretsmanager:[a-z0-9-]+:[0-9]"),
    ],
)
def test_the_rough_edges_of_snippets_are_gone(what, pattern):
    allowed = {
        # Messages and descriptions show what a value looks like; IAM's control plane is where AWS put it.
        *(
            '"aws" = "us-east-1", "aws-us-gov" = "us-gov-west-1", "aws-cn" = "cn-north-1"',
            "for example",
            "description",
        ),
        *("error_message", "get_env(", "111122223333"),
    }
    products = ROOT / "service-catalog-setup" / "products"
    sources = [*PACKAGE.glob("*.tf"), *PACKAGE.glob("modules/*/*.tf"), *PACKAGE.glob("examples/**/*.*")]
    sources += [*products.glob("*/terraform/*.*"), *products.glob("*/permissions/*.yaml")]
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in sources
        if path.is_file()
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if re.search(pattern, line) and not any(words in line for words in allowed)
    ]

    assert sources
    assert found == [], what
