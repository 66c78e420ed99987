"""Resource ARNs out of a request's parameters."""

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from iam.reference import ResourceType
from iam.request import Account, Request

_PLACEHOLDER = re.compile(r"\$\{([^}]+)\}")
_ROLE_ARN = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:role/.+")


class Unresolved(Exception):
    """A placeholder that the request has no value for."""


class Values:
    """What stands for the placeholders of one request."""

    def __init__(self, request: Request, account: Account) -> None:
        self._request = request
        self._account = account
        self._parameters = {_plain(name): value for name, value in _leaves(request.parameters)}

    def fill(self, template: str) -> list[str]:
        """A template's ARNs: one for each value of the parameter that has several.

        Raises:
            Unresolved: a parameter is missing.

        """
        found = [template]
        for name in _PLACEHOLDER.findall(template):
            values = self._named(name)
            found = [item.replace("${" + name + "}", value) for item in found for value in values]
        return found

    def of_type(self, kind: ResourceType) -> list[str]:
        """The resources of a type that the request is about.

        Raises:
            Unresolved: the request names none.

        """
        given = [value for values in self._parameters.values() for value in values if kind.matches(value)]
        if given:
            return given
        pattern = kind.pattern.replace("${Partition}", "aws").replace("${Region}", "${region}")
        found = [pattern.replace("${Account}", "${account}")]
        for placeholder in kind.placeholders:
            values = self._like(placeholder, kind)
            found = [item.replace("${" + placeholder + "}", value) for item in found for value in values]
        return [arn for item in found for arn in self.fill(item)]

    def _named(self, name: str) -> list[str]:
        if name == "region":
            return [self._request.region]
        if name == "account":
            return [self._request.account_id]
        if name == "bus":
            entries = self._request.parameters.get("Entries") or [{}]
            return sorted({str(entry.get("EventBusName") or "default").rsplit("/", 1)[-1] for entry in entries})
        if name == "rule":
            given = self._request.parameters
            rule = str(given.get("Name") or given.get("Rule") or "")
            bus = str(given.get("EventBusName") or "default").rsplit("/", 1)[-1]
            return [rule if bus == "default" else f"{bus}/{rule}"]
        if name == "Path":
            return [str(self._request.parameters.get("Path") or "/")]
        if name == "source":
            source = str(self._request.parameters.get("CopySource", "")).lstrip("/").split("?", 1)[0]
            return [source]
        kind, _, parameter = name.rpartition(":")
        values = self._parameters.get(_plain(parameter))
        if not values:
            raise Unresolved(parameter)
        if kind == "project":  # builds: <project>:<number>
            return sorted({value.rsplit("/", 1)[-1].split(":", 1)[0] for value in values})
        if kind == "parameter":  # a name's first slash is the ARN's
            names = [name for value in values if not (name := value.lstrip("/")).startswith("aws/service/")]
            if not names:  # AWS's public ones have no account in their ARNs, and the simulator knows no such ARN
                raise Unresolved(parameter)
            return [
                f"arn:aws:ssm:{self._request.region}:{self._request.account_id}:parameter/{name}" for name in names
            ]
        if kind == "tail":
            return [value.rsplit("/", 1)[-1] for value in values]
        if kind:
            return [self._account.lookup(kind, value) or self._missing(kind, value) for value in values]
        return values

    def _missing(self, kind: str, value: str) -> str:
        """The ARN of what does not exist; the call is authorized before it fails for that."""
        place = f"{self._request.region}:{self._request.account_id}"
        forms = {
            "role": f"arn:aws:iam::{self._request.account_id}:role/{value}",
            "profile": f"arn:aws:iam::{self._request.account_id}:instance-profile/{value}",
            "key": f"arn:aws:kms:{place}:key/{value}",
            "secret": f"arn:aws:secretsmanager:{place}:secret:{value}",
            "stack": f"arn:aws:cloudformation:{place}:stack/{value}/-",
        }
        return value if value.startswith("arn:") else forms[kind]

    def _like(self, placeholder: str, kind: ResourceType) -> list[str]:
        plain = _plain(placeholder)
        short = _plain(kind.name)
        names = [plain, f"{short}name", f"{short}id", short, "name", "names", "id"]
        if plain in ("bucketname", "objectname"):
            names.append({"bucketname": "bucket", "objectname": "key"}[plain])
        for name in names:
            values = self._parameters.get(name)
            if values and not any(value.startswith("arn:") for value in values):
                return values
        raise Unresolved(placeholder)


def tags(parameters: Mapping[str, Any]) -> dict[str, str]:
    """The tags that a request carries, whichever way its service writes them."""
    given = parameters.get("Tags") or parameters.get("tags") or {}
    if isinstance(given, Mapping):
        return {str(key): str(value) for key, value in given.items()}
    found = {}
    for item in given:
        if isinstance(item, Mapping):
            key = item.get("Key", item.get("key"))
            found[str(key)] = str(item.get("Value", item.get("value", "")))
    return found


def roles(parameters: Any, left_out: Collection[str] = ()) -> Iterator[str]:
    """Every role whose ARN a request has in a member that is called a role's, however AWS calls it there."""
    if isinstance(parameters, Mapping):
        for name, value in parameters.items():
            named = "role" in _plain(str(name)) and name not in left_out
            for item in value if isinstance(value, list) else [value]:
                if named and isinstance(item, str) and _ROLE_ARN.fullmatch(item):
                    yield item
                else:
                    yield from roles(item, left_out)
    elif isinstance(parameters, list):
        for item in parameters:
            yield from roles(item, left_out)


def _leaves(parameters: Mapping[str, Any], depth: int = 0) -> Iterator[tuple[str, list[str]]]:
    """Names and texts of the parameters; the outermost last, which is what a name means when there are several."""
    inner = [item for item in parameters.items() if isinstance(item[1], Mapping)]
    for _, value in inner if depth < 1 else ():
        yield from _leaves(value, depth + 1)
    for name, value in parameters.items():
        if isinstance(value, str):
            yield str(name), [value]
        elif isinstance(value, list) and value and all(isinstance(item, str) for item in value):
            yield str(name), list(value)
        elif name == "Delete" and isinstance(value, Mapping):
            objects = value.get("Objects", [])
            yield "keys", [str(item["Key"]) for item in objects if not item.get("VersionId")]
            yield "versions", [str(item["Key"]) for item in objects if item.get("VersionId")]


def _plain(name: str) -> str:
    return name.replace("_", "").replace("-", "").replace(" ", "").lower()
