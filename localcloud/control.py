"""The local cloud's own endpoints, below ``/_localcloud/``: health, calls, what it holds, what it lacks."""

import json
from typing import Any

from werkzeug.wrappers import Request, Response

from localcloud import contents
from localcloud.cloud import Cloud
from localcloud.inventory import inventory
from localcloud.responses import all_operations

PREFIX = "/_localcloud/"


def answer(cloud: Cloud, request: Request) -> Response:
    """Serve a control endpoint; services add theirs to ``cloud.routes``."""
    name = request.path.removeprefix(PREFIX).strip("/")
    if name == "health":
        return _json({"status": "ok", "endpoint": cloud.endpoint, "git_url": cloud.git_url})
    if name == "calls":
        return _json(cloud.call_log.read())
    if name == "counts":
        return _json(cloud.call_log.counts())
    if name == "unsupported":
        return _json(cloud.call_log.unsupported_counts())
    if name == "inventory":
        return _json(inventory())
    if name == "operations":
        return _json(all_operations())
    if name == "contents":
        return contents.answer(cloud, request)
    if route := cloud.routes.get(name):
        return route(request)
    known = sorted(
        ["health", "calls", "counts", "inventory", "unsupported", "operations", "contents", *cloud.routes]
    )
    return _json({"error": f"no such endpoint: {name}", "endpoints": known}, 404)


def _json(value: Any, status: int = 200) -> Response:
    return Response(json.dumps(value, default=str), status=status, content_type="application/json")
