"""The story of a project through three releases of the platform, the last of which is broken."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chaos.releases import FIRST, SECOND, derive, log_group
from tests.journey.leftovers import left_of
from tests.journey.world import Launch
from tests.life.installation import Installation

THIRD = "3.0.0"
REASON = "The third release is broken on purpose."
TEAM = "penguin-watchers"
# Minutes; nobody would choose it.
TAMPERED = 77

# Its id is not known before it is made: the plan cannot see it coming, and everything else is changed by then.
_BROKEN = f"""
resource "terraform_data" "broken" {{
  lifecycle {{
    postcondition {{
      condition     = self.id == ""
      error_message = "{REASON}"
    }}
  }}

  depends_on = [aws_cloudwatch_log_group.build, aws_cloudwatch_log_group.seed, aws_cloudwatch_log_group.third]
}}
"""


__all__ = ["FIRST", "SECOND", "THIRD", "Look", "Upgraded", "first_release", "look", "tell"]


@dataclass(frozen=True)
class Look:
    """A project at one moment."""

    described: dict[str, Any]
    outputs: dict[str, str]
    status: str
    inventory: dict[str, Any]
    records: list[dict[str, Any]]
    retentions: dict[str, int]
    heads: dict[str, str]

    @property
    def whole(self) -> dict[str, Any]:
        """What the project is, without what every run adds and when it was last touched."""
        (build,) = self.inventory["build"]
        return {
            **{name: value for name, value in self.inventory.items() if name not in ("state", "runs")},
            "build": {name: value for name, value in build.items() if name not in ("lastModified", "tags")},
            "tags of the build": {tag["key"]: tag["value"] for tag in build["tags"]},
            "function": {
                name: value
                for name, value in self.inventory["function"].items()
                if name not in ("LastModified", "RevisionId")
            },
        }


@dataclass(frozen=True)
class Drift:
    """What ``projects drift`` has found: its exit code, and the result for the project."""

    code: int
    result: dict[str, Any]


@dataclass(frozen=True)
class Messages:
    """What the notifications' topic has told."""

    bodies: list[dict[str, Any]]

    def about(self, launch: Launch, action: str) -> list[dict[str, Any]]:
        """The run records of one project and action."""
        runs = [body["run"] for body in self.bodies if "run" in body]
        return [run for run in runs if run["project"]["id"] == launch.identifier and run["action"] == action]


@dataclass(frozen=True)
class Upgraded:
    """The project, deleted in the end, and what it was in between.

    Attributes:
        settings_are_there: whether package 1, after its last apply, still had the settings of the second release.
        tampered: what ``projects drift`` said after somebody had changed the build.
        listed: what ``projects list`` said then.
        settled: what ``projects drift`` said after the return to the second release.
        left: what the deletion has left.

    """

    launch: Launch
    created: Look
    published: Look
    updated: Look
    returned: Look
    settings_are_there: bool
    tampered: Drift
    listed: list[dict[str, Any]]
    settled: Drift
    messages: Messages
    left: dict[str, list[str]]


def first_release(base: Path, out: Path) -> Path:
    """The session's release, without the rules that the provider waits a minute for."""

    def quickly(files: dict[str, str]) -> None:
        del files["artifacts-lifecycle.tf"]

    return derive(base, out, FIRST, package_2=quickly)


def tell(installation: Installation, until_others_are_done: Callable[[], None]) -> Upgraded:
    """Tell the story; package 1 is applied with the first release."""
    engineer, first = installation.platform.engineer, installation.first
    queue = _listen(installation)
    launch = installation.platform.launch("evolving").completed()
    created = look(launch)

    second = derive(first, installation.folder / SECOND, SECOND, package_2=_second, form=_ask_for_team)
    installation.apply(second, first)
    published = look(launch)
    launch.update(SECOND, Team=TEAM)
    updated = look(launch.updated())
    engineer("codebuild", "update-project", "--name", f"{launch.prefix}-build", f"--timeout-in-minutes={TAMPERED}")
    tampered = _drift(launch)
    listed = launch.platform.program("projects", "list", "--json").stdout

    # All settings change their names now, while the broken release is tried: nobody else may be on the way.
    until_others_are_done()
    third = derive(second, installation.folder / THIRD, THIRD, package_2=_third)
    installation.apply(third, second, first, log_retention_days=30)
    launch.update(THIRD)
    returned = look(launch.updated("UpdateFailed"))
    settings = f"objects/{launch.applied()['settings_sha256']}/runner-settings"
    there = engineer("s3api", "list-objects-v2", "--bucket", launch.platform.state_bucket, "--prefix", settings)

    settled = _drift(launch)
    launch.delete()
    return Upgraded(
        launch,
        created,
        published,
        updated,
        returned,
        "Contents" in there,
        tampered,
        json.loads(listed),
        settled,
        _received(installation, queue),
        left_of(launch),
    )


def look(launch: Launch) -> Look:
    """The project as it is now."""
    engineer, stack = launch.platform.engineer, launch.stack()
    groups = engineer("logs", "describe-log-groups")["logGroups"]
    return Look(
        launch.describe(),
        {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]},
        stack["StackStatus"],
        launch.inventory(),
        launch.run_records(),
        {
            group["logGroupName"]: group.get("retentionInDays", 0)
            for group in groups
            if launch.identifier in group["logGroupName"]
        },
        launch.platform.git.heads(launch.repository),
    )


def _second(files: dict[str, str]) -> None:
    """Logs are kept for two weeks, and there is one group more."""
    files["logs.tf"] = files["logs.tf"].replace("var.platform.log_retention_days", "14")
    files["second.tf"] = log_group("second", days=14)


def _third(files: dict[str, str]) -> None:
    """Logs are kept for a week, one group goes and one comes, and then it fails."""
    files["logs.tf"] = files["logs.tf"].replace("= 14", "= 7")
    del files["second.tf"]
    files["third.tf"] = log_group("third", days=7) + _BROKEN


def _ask_for_team(template: dict[str, Any]) -> None:
    template["Parameters"]["Team"] = {
        "Type": "String",
        "Description": "Who answers questions",
        "Default": "nobody",
        "AllowedPattern": "^[a-z-]{1,40}$",
        "ConstraintDescription": "Lower-case words with dashes between them.",
    }
    template["Outputs"]["Team"] = {"Description": "Who answers questions", "Value": {"Ref": "Team"}}


def _drift(launch: Launch) -> Drift:
    done = launch.platform.program("projects", "drift", "--project", launch.name, "--wait", "--json")
    assert done.stdout, done.stderr
    (result,) = json.loads(done.stdout)
    return Drift(done.returncode, result)


def _listen(installation: Installation) -> str:
    """A queue that is subscribed to the notifications; its address."""
    engineer = installation.platform.engineer
    topics = [topic["TopicArn"] for topic in engineer("sns", "list-topics")["Topics"]]
    (topic,) = [arn for arn in topics if arn.rsplit(":", 1)[1].startswith(installation.platform.name)]
    address = str(_sqs(installation, "create-queue", "--queue-name", "told")["QueueUrl"])
    found = _sqs(installation, "get-queue-attributes", "--queue-url", address, "--attribute-names", "QueueArn")
    engineer(
        *("sns", "subscribe", "--topic-arn", topic, "--protocol", "sqs"),
        *("--notification-endpoint", found["Attributes"]["QueueArn"]),
    )
    return address


def _received(installation: Installation, queue: str) -> Messages:
    bodies = []
    while messages := _sqs(
        installation, "receive-message", "--queue-url", queue, "--max-number-of-messages", "10"
    ).get("Messages"):
        bodies += [json.loads(json.loads(message["Body"])["Message"]) for message in messages]
    return Messages(bodies)


def _sqs(installation: Installation, *arguments: str) -> dict[str, Any]:
    """SQS, whose old address the AWS CLI 1 prefers to AWS_ENDPOINT_URL."""
    platform = installation.platform
    endpoint = platform.terraform.handout.endpoint
    return dict(platform.engineer("sqs", *arguments, "--endpoint-url", endpoint))
