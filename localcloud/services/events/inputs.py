"""What a target gets: the event, a part of it, a constant, or a text made from it.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
"""

import json
import re
from datetime import UTC, datetime
from typing import Any

from jsonpath_ng.ext.parser import parse

_PLACEHOLDER = re.compile(r'(?P<quote>"?)<(?P<name>[A-Za-z0-9_.-]+)>(?P=quote)')


def envelope(event: dict[str, Any]) -> dict[str, Any]:
    """The event as AWS writes it, from moto's version of it."""
    time = event["time"]
    if not isinstance(time, str):
        moment = time if isinstance(time, datetime) else datetime.fromtimestamp(float(time), UTC)
        time = moment.strftime("%Y-%m-%dT%H:%M:%SZ")
    members = ("id", "detail-type", "source", "account")
    return {
        "version": "0",
        **{name: event[name] for name in members},
        "time": time,
        "region": event["region"],
        "resources": event["resources"],
        "detail": event["detail"],
    }


def body(target: dict[str, Any], event: dict[str, Any]) -> str:
    """The text that a target of a rule is given."""
    if target.get("Input"):
        return str(target["Input"])
    if target.get("InputPath"):
        return json.dumps(_find(target["InputPath"], event))
    transformer = target.get("InputTransformer")
    if not transformer:
        return json.dumps(event)
    values = {name: _find(path, event) for name, path in (transformer.get("InputPathsMap") or {}).items()}
    values["aws.events.event.json"] = event
    return _PLACEHOLDER.sub(lambda match: _fill(match, values), transformer["InputTemplate"])


def _fill(match: re.Match[str], values: dict[str, Any]) -> str:
    if match["name"] not in values:
        return match.group()
    value = values[match["name"]]
    if match["quote"]:
        return json.dumps(value if isinstance(value, str) else json.dumps(value))
    # A text without quotes around its placeholder is put into the template as it is.
    return value if isinstance(value, str) else json.dumps(value)


def _find(path: str, event: dict[str, Any]) -> Any:
    found = parse(path).find(event)
    return found[0].value if found else ""
