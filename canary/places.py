"""What the places are called that are searched, and which of them a suite has to have looked into.

A piece's name says where it was found (``store/s3/…``, ``traffic/request/…``, ``file/…``); the first pattern that
matches it decides. What matches none is searched all the same, under the name of its service.
"""

import re

_STATE = r"store/s3/.*/buckets/[^/]*-state-[^/]*/keys/"
PLACES: dict[str, str] = {
    "state, all versions": rf"{_STATE}projects/[^/]+/.*tfstate.*",
    "run records": rf"{_STATE}projects/[^/]+/runs/.*",
    "state bucket, the rest": rf"{_STATE}.*",
    "artifacts and models": r"store/s3/.*/buckets/[^/]+/keys/.*",
    "buckets' settings": r"store/s3.*",
    "locks, leases, requests (DynamoDB)": r"store/dynamodb/.*",
    "stacks (CloudFormation)": r"store/cloudformation/.*",
    "catalog and its records": r"store/servicecatalog/.*",
    "builds (CodeBuild)": r"store/codebuild/.*",
    "pipelines (CodePipeline)": r"store/code(pipeline|star-connections|connections)/.*",
    "logs that are there": r"store/logs/.*",
    "functions: settings and code": r"store/lambda/.*",
    "machines and user data (EC2)": r"store/ec2/.*",
    "commands, documents, parameters (SSM)": r"store/ssm/.*",
    "events, topics, queues": r"store/(events|sns|sqs)/.*|traffic/event/.*",
    "alarms, metrics, scaling": r"store/(cloudwatch|application-?autoscaling)(/.*)?",
    "SageMaker": r"store/sagemaker.*",
    "databases (RDS)": r"store/rds/.*",
    "Secrets Manager": r"store/secretsmanager/.*",
    "roles, keys, sessions": r"store/(iam|kms|sts)/.*",
    "repositories' settings": r"store/github(/.*)?",
    "repositories' objects": r"git/.*",
    "requests to AWS": r"traffic/request/.*",
    "answers of AWS": r"traffic/answer/.*",
    "requests to the git host, answers": r"traffic/github/.*",
    "log lines written": r"traffic/log/.*",
    "processes started: arguments": r"traffic/started/[^/]*/arguments",
    "processes started: environment": r"traffic/started/.*",
    "plans of projects": r"file/cloud/removed/.*/plan",
    "files before their removal": r"traffic/removed/.*|file/cloud/removed/.*",
    "temporary files": r"temporary/.*",
    "processes seen: arguments": r"process/[^/]*/arguments",
    "processes seen: environment": r"process/[^/]*/environment",
    "the call log": r"file/cloud/(calls|policies)\.jsonl",
    "package 1: state": r"file/.*\.tfstate(\.backup)?",
    "package 1: plans": r"file/.*\.tfplan",
    "files, the rest": r"file/.*",
}
"""Name of a place, and the names of its pieces."""

_OF_PRODUCTS = frozenset(("databases (RDS)",))
_OF_FIRST_PRODUCT = frozenset(
    (
        *("artifacts and models", "builds (CodeBuild)", "pipelines (CodePipeline)"),
        *("repositories' settings", "repositories' objects", "requests to the git host, answers"),
    )
)
_SOMETIMES = frozenset(("package 1: plans", "alarms, metrics, scaling"))
EVERYWHERE = frozenset(PLACES) - _OF_PRODUCTS - _OF_FIRST_PRODUCT - _SOMETIMES
"""Places that every suite with projects has to have looked into."""

REQUIRED: dict[str, frozenset[str]] = {
    "journey": EVERYWHERE | _OF_FIRST_PRODUCT | {"package 1: plans"},
    "deployment": EVERYWHERE | _OF_FIRST_PRODUCT | {"alarms, metrics, scaling"},
    "life": EVERYWHERE | _OF_FIRST_PRODUCT,
    "products": EVERYWHERE | _OF_PRODUCTS,
}
"""Places that a suite has to have looked into, by the suite's name."""

_PATTERNS = [(name, re.compile(pattern, re.DOTALL)) for name, pattern in PLACES.items()]


def place_of(piece: str) -> str:
    """The place of a piece, by the piece's name."""
    for name, pattern in _PATTERNS:
        if pattern.fullmatch(piece):
            return name
    return f"others ({'/'.join(piece.split('/')[:2])})"
