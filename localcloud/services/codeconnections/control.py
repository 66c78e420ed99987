"""The handshake that a person finishes in the console, as a call to the local cloud."""

import json
from typing import Any

from werkzeug.wrappers import Request, Response

from localcloud.services.codeconnections import store


def authorize(request: Request) -> Response:
    """Answer ``POST {"connectionArn": arn}``: the connection is AVAILABLE (or ``"status"``, to test failures)."""
    if request.method != "POST":
        return _json({"error": 'POST {"connectionArn": "arn:..."}'}, 405)
    body = json.loads(request.get_data() or b"{}")
    connection = store.find(str(body.get("connectionArn")))
    if connection is None:
        return _json({"error": "no such connection; list them with: aws codeconnections list-connections"}, 404)
    status = body.get("status", "AVAILABLE")
    if status not in ("AVAILABLE", "PENDING", "ERROR"):
        return _json({"error": "status is one of AVAILABLE, PENDING, ERROR"}, 400)
    connection.status = status
    return _json(connection.shape())


def _json(value: Any, status: int = 200) -> Response:
    return Response(json.dumps(value), status=status, content_type="application/json")
