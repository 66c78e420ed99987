"""CodePipeline: pipelines whose sources, builds and approvals are real.

API reference: https://docs.aws.amazon.com/codepipeline/latest/APIReference/; structure:
https://docs.aws.amazon.com/codepipeline/latest/userguide/reference-pipeline-structure.html
"""

from typing import TYPE_CHECKING

from localcloud.services.codepipeline import engine, triggers

if TYPE_CHECKING:
    from localcloud.cloud import Cloud


def start(cloud: "Cloud") -> None:
    """Let pushes and pull requests start pipelines."""
    found = triggers.Triggers(cloud, engine.of(cloud))
    cloud.events.subscribe("git.push", found.pushed)
    cloud.events.subscribe("git.tag", found.tagged)
    cloud.events.subscribe("git.pull_request", found.pull_request_changed)
