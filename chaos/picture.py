"""What a project looks like from outside, without its name and id: two that were made alike look alike."""

import json
from dataclasses import dataclass, fields

from chaos import evidence
from chaos.project import Project


@dataclass(frozen=True)
class Picture:
    """A project at rest.

    Attributes:
        addresses: of the resources in its state.
        tagged: ARN and tags of everything that bears its id as a tag.
        commits: of its repository, on all branches.

    """

    addresses: frozenset[str]
    tagged: frozenset[str]
    commits: int

    def differences(self, alone: "Picture") -> list[str]:
        """What is otherwise than with a project that was made alone."""
        found = []
        for name in (field.name for field in fields(self)):
            mine, theirs = getattr(self, name), getattr(alone, name)
            if mine == theirs:
                continue
            if isinstance(mine, frozenset):
                mine, theirs = sorted(mine - theirs), sorted(theirs - mine)
            found.append(f"{name}: {mine}, alone {theirs}")
        return found


def take(project: Project) -> Picture:
    """Look at a project."""
    pages = (
        project.room.engineer("resourcegroupstaggingapi")
        .get_paginator("get_resources")
        .paginate(TagFilters=[{"Key": "sagemaker:project-id", "Values": [project.identifier]}])
    )
    tagged = [
        " ".join([one["ResourceARN"], *sorted(f"{tag['Key']}={tag['Value']}" for tag in one["Tags"])])
        for page in pages
        for one in page["ResourceTagMappingList"]
    ]
    state = evidence.stored(project.room, project.identifier).state
    return Picture(
        frozenset(_nameless(project, one) for one in addresses(state or b"{}")),
        frozenset(_nameless(project, one) for one in tagged),
        evidence.commits(project.room, project.repository),
    )


def addresses(state: bytes) -> list[str]:
    """Addresses of what a state manages."""
    return [
        f"{resource['type']}.{resource['name']}[{instance.get('index_key', '')}]"
        for resource in json.loads(state).get("resources", [])
        if resource["mode"] == "managed"
        for instance in resource["instances"]
    ]


def _nameless(project: Project, text: str) -> str:
    return text.replace(project.identifier, "ID").replace(project.name, "NAME")
