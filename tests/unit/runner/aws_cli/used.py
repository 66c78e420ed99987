"""The AWS CLI's operations and options that the shell scripts use, read from their text."""

import re
from dataclasses import dataclass
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[4] / "service-catalog-setup"
SERVICES = (
    *("application-autoscaling", "cloudwatch"),
    *("codebuild", "codepipeline", "dynamodb", "ec2", "events", "iam", "lambda", "logs", "s3", "s3api"),
    *("sagemaker", "sns", "sts"),
)
ONLY_IN_BUILDS = frozenset(
    {
        "sagemaker delete-data-quality-job-definition",
        "sagemaker delete-pipeline",
        "sagemaker list-data-quality-job-definitions",
        "sagemaker list-model-packages",
        "sagemaker list-pipeline-executions",
        "sagemaker stop-pipeline-execution",
    }
)
"""What only runner/deletion.sh and runner/deployment.sh say before a project is destroyed.

That happens in CodeBuild's image, whose AWS CLI is of today.
"""

_HEADS = (
    (re.compile(rf"(?<![\w./-])({'|'.join(SERVICES)}) ([a-z]+(?:-[a-z0-9]+)*)(?![\w./:])"), None),
    (re.compile(r"(?<![\w-])()table \"\" ([a-z]+(?:-[a-z]+)+)"), "dynamodb"),  # runner/lease.sh
    (re.compile(r"(?<![\w-])()adopt_sagemaker \S+ \S+ ([a-z]+(?:-[a-z]+)+)"), "sagemaker"),  # runner/adoption.sh
)
_QUOTED = re.compile(r"'[^']*'|\"(?:[^\"\\]|\\.)*\"")
_END = re.compile(r"\s(?:&&|\|\||\||;)\s")
_OPTION = re.compile(r"(?<!\S)--([a-z][a-z0-9-]*)")


@dataclass(frozen=True)
class Use:
    """An operation as it is called at one place."""

    command: str
    options: frozenset[str]
    place: str


def used() -> list[Use]:
    """Every call in the runner, in the product's template and in the teardown's build."""
    files = [
        *sorted((PACKAGE / "runner").glob("*.sh")),
        *sorted((PACKAGE / "products").glob("*/template.yaml")),
        PACKAGE / "teardown" / "buildspec.yml",
    ]
    return [use for file in files for use in uses(file.read_text(encoding="utf-8"), file.name)]


def uses(text: str, place: str) -> list[Use]:
    """The calls in a script; what stands in quotes is a value."""
    found = []
    script = re.sub(r"\\\n\s*", " ", text)
    for line in script.splitlines():
        if line.lstrip().startswith("#"):
            continue
        plain = _QUOTED.sub('""', line)
        heads = sorted(
            (match.start(), match.end(), f"{service or match[1]} {match[2]}")
            for pattern, service in _HEADS
            for match in pattern.finditer(plain)
        )
        for index, (_, end, command) in enumerate(heads):
            until = heads[index + 1][0] if index + 1 < len(heads) else len(plain)
            rest = _END.split(plain[end:until], maxsplit=1)[0]
            found.append(Use(command, frozenset(_OPTION.findall(rest)), place))
    return found
