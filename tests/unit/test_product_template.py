"""The product template: the form refuses what is wrong, and the command it builds is small and inert."""

import base64
import hashlib
import os
import re
import shlex
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any

import pytest
import yaml

PACKAGE = Path(__file__).resolve().parents[2] / "service-catalog-setup"
TEMPLATE = PACKAGE / "products" / "model-build" / "template.yaml"
CONNECTION = "arn:aws:codeconnections:eu-west-1:111122223333:connection/11111111-2222-3333-4444-555555555555"

GOOD: dict[str, list[str]] = {
    "SageMakerProjectName": ["a", "Churn", "churn-model-2", "a--b", "A" * 32],
    "SageMakerProjectId": ["p-a", "p-abc123def456", "p-" + "z" * 18],
    "GitRepoName": [
        "my-team/churn",
        "o/r",
        "octocat_acme/Model.Build_2-x",
        "a" * 39 + "/" + "b" * 100,
        "team/-dash",
        "team/name.gitx",
        "team/git",
    ],
    "GitBranchName": [
        "main",
        "feature/new-model",
        "release/1.0",
        "v1.2.3",
        "a/b/c",
        "UPPER_case",
        "x" * 100,
        "lock",
        "locked.x",
    ],
    "GitRepoURL": [
        "",
        "https://github.com/my-team/churn",
        "https://github.example.com:8443/my-team/churn.model",
    ],
    "CodeStarConnectionArn": [
        CONNECTION,
        CONNECTION.replace("codeconnections", "codestar-connections"),
        CONNECTION.replace("arn:aws:", "arn:aws-cn:").replace("eu-west-1", "cn-north-1"),
        CONNECTION.replace("arn:aws:", "arn:aws-us-gov:").replace("eu-west-1", "us-gov-west-1"),
    ],
    "ArtifactBucketContents": ["delete", "keep"],
    "RegisteredModels": ["delete", "keep"],
    "GitRepository": ["keep", "archive"],
}

# Boundaries of what a field is for; everything hostile is the campaign's (hostile/, tests/hostile).
BAD: dict[str, list[str]] = {
    "SageMakerProjectName": ["", "-a", "a-", "a_b", "a.b", "a" * 33],
    "SageMakerProjectId": ["", "p-", "p-ABC", "q-abc", "p-" + "a" * 19, "p-a-b"],
    "GitRepoName": [
        "",
        "churn",
        "my-team/",
        "/churn",
        "my-team/churn/extra",
        "https://github.com/my-team/churn",
        "git@github.com:my-team/churn",
        "my-team/churn.git",
        "my-team/.",
        "my-team/..",
        "my-team/.hidden",
        "-team/churn",
        "team-/churn",
        "my--team/churn",
        "a" * 40 + "/churn",
        "team/" + "b" * 101,
        "../churn",
        "team/ch urn",
    ],
    "GitBranchName": [
        "",
        "-main",
        "/main",
        "main/",
        "main.",
        ".main",
        "a//b",
        "a..b",
        "a/.b",
        "a./b",
        "a.lock",
        "a.lock/b",
        "a@{1}",
        "@",
        "a^b",
        "a~1",
        "a:b",
        "a?b",
        "a*b",
        "a[b",
        "refs\\heads",
        "x" * 101,
    ],
    "GitRepoURL": [
        "http://github.com/a/b",
        "https://github.com",
        "https://github.com/a",
        "https://github.com/a/b/",
        "https://github.com/a/b?x=1",
        "https://github.com/a/b#c",
        "https://user:secret@github.com/a/b",  # pragma: allowlist secret - made up
        "https:///a/b",
        "ssh://git@github.com/a/b",
        "git@github.com:a/b",
        "file:///etc/passwd",
        "javascript:alert(1)",
    ],
    "CodeStarConnectionArn": [
        "",
        "arn:aws:codecommit:eu-west-1:111122223333:connection/11111111-2222-3333-4444-555555555555",
        CONNECTION.replace("connection/", "host/"),
        CONNECTION.replace("111122223333", "1111"),
        CONNECTION[:-1],
        CONNECTION + "0",
        CONNECTION.upper(),
        CONNECTION.replace("eu-west-1", ""),
        CONNECTION.replace("arn:aws:", "arn:evil:"),
    ],
    "ArtifactBucketContents": ["", "Delete", "keep ", "delete|keep"],
    "RegisteredModels": ["", "Delete", "keep ", "delete|keep"],
    "GitRepository": ["", "delete", "Archive", "keep ", "keep|archive"],
}
STACK = "arn:aws:cloudformation:ap-southeast-1:111122223333:stack/SC-111122223333-pp-abcdefghijklm/"
STACK += "11111111-2222-3333-4444-555555555555"


@pytest.fixture(scope="module")
def template() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(TEMPLATE.read_text(encoding="utf-8"))
    return loaded


def accepts(parameter: dict[str, Any], value: str) -> bool:
    """Whether CloudFormation would take a value: the pattern must match all of it, and the length must fit."""
    return (
        re.fullmatch(parameter["AllowedPattern"], value) is not None
        and parameter.get("MinLength", 0) <= len(value) <= parameter["MaxLength"]
    )


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in GOOD.items() for value in values])
def test_the_form_takes_what_is_right(template: dict[str, Any], name: str, value: str) -> None:
    assert accepts(template["Parameters"][name], value)


@pytest.mark.parametrize("name", BAD)
def test_the_form_refuses_what_is_wrong(template: dict[str, Any], name: str) -> None:
    assert [value for value in BAD[name] if accepts(template["Parameters"][name], value)] == []


def test_the_form_explains_itself(template: dict[str, Any]) -> None:
    interface = template["Metadata"]["AWS::CloudFormation::Interface"]
    grouped = [name for group in interface["ParameterGroups"] for name in group["Parameters"]]

    assert (
        sorted(grouped) == sorted(template["Parameters"]) == sorted(interface["ParameterLabels"]) == sorted(GOOD)
    )
    for name, parameter in template["Parameters"].items():
        assert parameter["Type"] == "String", name
        assert len(parameter["Description"]) > 20, name
        assert len(parameter["ConstraintDescription"]) > 30, name
        assert parameter["AllowedPattern"].startswith("^") and parameter["AllowedPattern"].endswith("$"), name
    assert [name for name, parameter in template["Parameters"].items() if "Default" not in parameter] == [
        "SageMakerProjectName",
        "SageMakerProjectId",
        "GitRepoName",
    ]


def test_patterns_use_only_what_java_and_python_share(template: dict[str, Any]) -> None:
    for name, parameter in template["Parameters"].items():
        pattern = parameter["AllowedPattern"]
        assert pattern.isascii(), name
        assert not re.search(r"\\[dwsbAZzpP]|\(\?P|\(\?<|\+\+|\*\+|&&|\[\[", pattern), name


def substitute(node: Any, template: dict[str, Any], values: dict[str, str]) -> Any:
    """Resolve the few intrinsics that the command is made of, as CloudFormation does: once."""
    if not isinstance(node, dict) or len(node) != 1:
        return node
    [(function, argument)] = node.items()
    match function:
        case "Ref":
            return values[argument]
        case "Fn::FindInMap":
            top, first, second = argument
            return template["Mappings"][top][first][second]
        case "Fn::Base64":
            return base64.b64encode(substitute(argument, template, values).encode()).decode()
        case "Fn::Sub":
            text, variables = argument
            known = values | {name: substitute(value, template, values) for name, value in variables.items()}
            return re.sub(
                r"\$\{(!?)([^}]+)\}", lambda found: f"${{{found[2]}}}" if found[1] else known[found[2]], text
            )
        case _:
            raise AssertionError(function)


def command(template: dict[str, Any], values: dict[str, str]) -> str:
    text = substitute(
        template["Resources"]["Project"]["Properties"]["Command"],
        template,
        {"AWS::Region": "ap-southeast-1", "AWS::StackId": STACK} | values,
    )
    assert isinstance(text, str)
    return text


def test_the_deletion_is_asked_what_the_command_is_asked(template: dict[str, Any]) -> None:
    """What is destroyed is what was applied, and the resource is there before the first run."""
    teardown, project = template["Resources"]["Teardown"], template["Resources"]["Project"]
    properties = teardown["Properties"]

    assert project["DependsOn"] == "Teardown"
    assert set(properties["Parameters"]) == {*template["Parameters"], "Stack"}
    for name, value in properties["Parameters"].items():
        assert value == {"Fn::Base64": {"Ref": "AWS::StackId" if name == "Stack" else name}}
    variables = project["Properties"]["Command"]["Fn::Sub"][1]
    assert properties["RunnerSha256"] == variables["Runner"]
    assert properties["SettingsSha256"] == variables["Settings"]


def test_models_are_kept_only_with_their_files(template: dict[str, Any]) -> None:
    [rule] = template["Rules"].values()
    [assertion] = rule["Assertions"]

    assert rule["RuleCondition"] == {"Fn::Equals": [{"Ref": "RegisteredModels"}, "keep"]}
    assert assertion["Assert"] == {"Fn::Equals": [{"Ref": "ArtifactBucketContents"}, "keep"]}


def longest(template: dict[str, Any]) -> dict[str, str]:
    # Service Catalog names a stack SC-<account>-<provisioned product>; CloudFormation would take 128 characters.
    stack = STACK.replace("aws:", "aws-us-gov:").replace("SC-111122223333-pp-abcdefghijklm", "s" * 128)
    lengths = {name: "x" * parameter["MaxLength"] for name, parameter in template["Parameters"].items()}
    return lengths | {"AWS::StackId": stack}


def test_the_command_fits_a_stack_parameter_in_the_worst_case(template: dict[str, Any]) -> None:
    worst = template | {
        "Mappings": {
            "Platform": {**template["Mappings"]["Platform"], "Store": {"Bucket": "b" * 63, "Key": "k" * 100}}
        }
    }

    assert len(command(worst, longest(template)).encode()) <= 4096


def test_what_a_person_typed_is_in_the_command_only_as_base64(template: dict[str, Any]) -> None:
    values = {name: f"'; touch /tmp/{name}; $(id) `id` ${{IFS}}" for name in template["Parameters"]}

    text = command(template, values)

    assert not any(value in text for value in values.values())
    for name, value in values.items():
        assert f"{name}={base64.b64encode(value.encode()).decode()}\n" in text
    assert f"Stack={base64.b64encode(STACK.encode()).decode()}\n" in text
    assert "${" not in text.replace("${HOME:-/root}", "")


GOOD_VALUES = {name: values[0] for name, values in GOOD.items()}


class Instance:
    """Where the command runs: a bucket in a folder, and a place for the output."""

    def __init__(self, root: Path, template: dict[str, Any], runner: str) -> None:
        self.root = root
        store = root / "store"
        store.mkdir()
        (root / "runner.sh").write_text(runner, encoding="utf-8")
        with tarfile.open(store / "runner.tar.gz", "w:gz") as tar:
            tar.add(root / "runner.sh", "runner.sh")
        (store / "runner-settings").write_text("region=eu-west-1\n", encoding="utf-8")
        hashes = {
            name: hashlib.sha256((store / name).read_bytes()).hexdigest()
            for name in ("runner.tar.gz", "runner-settings")
        }
        release = {
            "Version": "1.0.0",
            "RunnerSha256": hashes["runner.tar.gz"],
            "SettingsSha256": hashes["runner-settings"],
        }
        mappings = {"Platform": {**template["Mappings"]["Platform"], "Release": release}}
        self.output = root / "command-output.txt"
        self.text = command(template | {"Mappings": mappings}, GOOD_VALUES).replace(
            "/command-output.txt", shlex.quote(str(self.output))
        )
        (root / "bin").mkdir()
        aws = root / "bin" / "aws"
        aws.write_text(
            f'#!/bin/sh\nfor last; do from=$to; to=$last; done\ncp "{store}/${{from##*/}}" "$to"\n',
            encoding="utf-8",
        )
        aws.chmod(0o755)
        (root / "tmp").mkdir()

    def run(
        self, after: str = 'echo "signalled with <$(cat "$OUTPUT" 2>/dev/null)>"'
    ) -> subprocess.CompletedProcess[str]:
        """Run the command as user data does: without `set -e`, and with no HOME."""
        return subprocess.run(
            ["bash", "-c", f"{self.text}\n{after}"],
            env={
                "PATH": f"{self.root / 'bin'}:/usr/bin:/bin",
                "OUTPUT": str(self.output),
                "TMPDIR": str(self.root / "tmp"),
            },
            capture_output=True,
            text=True,
            check=False,
            timeout=30,
        )


def test_the_command_runs_the_released_runner_and_hands_on_its_word(
    template: dict[str, Any], tmp_path: Path
) -> None:
    instance = Instance(
        tmp_path, template, 'cat "$2" "$3"; echo "$1 $AWS_DEFAULT_REGION $HOME"; echo ok-1.0.0 > "$4"\n'
    )

    done = instance.run()

    assert "signalled with <ok-1.0.0>" in done.stdout, done.stderr
    assert "region=eu-west-1" in done.stdout
    assert f"GitRepoName={base64.b64encode(b'my-team/churn').decode()}" in done.stdout
    assert "apply ap-southeast-1 /root" in done.stdout


@pytest.mark.parametrize(
    "runner", ["exit 1\n", 'echo word > "$4"; exit 3\n', "kill -9 $$\n", "exit 0\n", "syntax ( error\n"]
)
def test_a_runner_that_fails_leaves_no_output_but_the_signal_is_sent(
    template: dict[str, Any], tmp_path: Path, runner: str
) -> None:
    instance = Instance(tmp_path, template, runner)

    assert "signalled with <>" in instance.run().stdout


@pytest.mark.parametrize("name", ["runner.tar.gz", "runner-settings"])
def test_a_tampered_or_missing_object_runs_nothing(template: dict[str, Any], tmp_path: Path, name: str) -> None:
    instance = Instance(tmp_path, template, 'touch "$OUTPUT.ran"; echo word > "$4"\n')
    stored = tmp_path / "store" / name
    stored.write_bytes(stored.read_bytes() + b"#")

    assert "signalled with <>" in instance.run().stdout
    stored.unlink()
    assert "signalled with <>" in instance.run().stdout
    assert not (tmp_path / "command-output.txt.ran").exists()


def test_the_command_is_clean_bash(template: dict[str, Any], tmp_path: Path) -> None:
    script = tmp_path / "command.sh"
    script.write_text("#!/bin/bash\n" + command(template, GOOD_VALUES), encoding="utf-8")

    subprocess.run(["bash", "-n", str(script)], check=True)
    checker = shutil.which("shellcheck", path=f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    if checker is None:
        pytest.skip("shellcheck comes with the requirements of `make check`")
    done = subprocess.run([checker, str(script)], capture_output=True, text=True, check=False)
    assert done.stdout == ""


def test_the_placeholder_refuses_every_launch() -> None:
    placeholder = yaml.safe_load((PACKAGE / "products" / "placeholder.yaml").read_text(encoding="utf-8"))

    [rule] = placeholder["Rules"].values()
    [assertion] = rule["Assertions"]
    assert assertion["Assert"] == {"Fn::Equals": [{"Ref": "SageMakerProjectId"}, "never"]}
    assert "numbered version" in assertion["AssertDescription"]
