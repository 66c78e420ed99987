"""What a build tells the event bus.

https://docs.aws.amazon.com/codebuild/latest/userguide/sample-build-notifications.html
"""

import json
from typing import TYPE_CHECKING

from moto.events.models import events_backends

from localcloud.services.codebuild.build import Build

if TYPE_CHECKING:
    from localcloud.cloud import Cloud


def state_changed(cloud: "Cloud", build: Build) -> None:
    """Put `CodeBuild Build State Change` on the default bus, and tell the local cloud."""
    detail = {
        "build-status": build.status,
        "project-name": build.project["name"],
        "build-id": build.arn,
        "current-phase": build.phase.type,
        "version": "1",
        "additional-information": {
            "build-number": build.number,
            "initiator": build.initiator,
            "build-complete": build.end is not None,
            "source-version": build.source_version,
        },
    }
    entry = {
        "Source": "aws.codebuild",
        "DetailType": "CodeBuild Build State Change",
        "Resources": [build.arn],
        "Detail": json.dumps(detail),
    }
    events_backends[build.account_id][build.region].put_events([entry])
    cloud.events.publish(
        "codebuild.build", {"id": build.id, "project": build.project["name"], "status": build.status}
    )
