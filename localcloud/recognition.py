"""Which service and operation a request is, and what it was sent with."""

import io
import json
import re
from dataclasses import dataclass, field
from html import unescape
from typing import Any
from urllib.parse import parse_qs

from botocore.exceptions import UnknownServiceError
from botocore.model import OperationModel, Shape
from moto.core.model import ServiceModel
from moto.core.parse import PROTOCOL_PARSERS
from moto.core.request import determine_request_protocol
from moto.core.routing import get_service_router
from moto.core.utils import get_service_model
from moto.moto_server.werkzeug_app import BackendRequest
from werkzeug.exceptions import NotFound

# Signing names that differ from botocore's name of the service.
_SERVICE_OF_SIGNING_NAME = {
    "monitoring": "cloudwatch",
    "states": "stepfunctions",
    "tagging": "resourcegroupstaggingapi",
    "email": "ses",
    "elasticloadbalancing": "elbv2",
    "eventbridge": "events",
    "elasticfilesystem": "efs",
}
_LONG = 2000
_OBJECT = re.compile(r"<Object>(.*?)</Object>", re.DOTALL)
_OBJECT_MEMBER = re.compile(r"<(Key|VersionId)>(.*?)</\1>", re.DOTALL)


@dataclass(frozen=True)
class Recognised:
    """A request's service and operation; ``model`` is None when botocore does not know the operation."""

    service: str
    operation: str
    region: str
    model: OperationModel | None = None
    service_model: ServiceModel | None = None
    parameters: dict[str, Any] = field(default_factory=dict)
    parsed: bool = False


def recognise(environ: dict[str, Any], default_region: str) -> Recognised:
    """Read service, operation and parameters off a WSGI environment, whose body stays readable."""
    signing_name, region = _credential_scope(environ)
    service = _service(signing_name or "s3", environ)
    region = region or default_region
    try:
        service_model = get_service_model(service)
    except UnknownServiceError:
        return Recognised(service, _named_operation(environ) or "Unknown", region)
    if service != "s3":
        buffer_body(environ)
    operation, uri_parameters = _operation(environ, service)
    if operation is None or operation not in service_model.operation_names:
        return Recognised(service, operation or "Unknown", region, service_model=service_model)
    model = service_model.operation_model(operation)
    parameters, parsed = _parameters(environ, service_model, model, uri_parameters)
    return Recognised(service, operation, region, model, service_model, parameters, parsed)


def recordable(shape: Shape | None, value: Any) -> Any:
    """A copy of an operation's parameters that may be written down.

    Members that AWS's model marks as sensitive are replaced, blobs are replaced by their size, long strings cut.
    """
    if value is None or shape is None:
        return None
    if shape.metadata.get("sensitive"):
        return "<sensitive>"
    if shape.type_name == "structure" and isinstance(value, dict):
        return {
            name: recordable(shape.members[name], item)
            for name, item in value.items()
            if item is not None and name in shape.members
        }
    if shape.type_name == "list" and isinstance(value, list):
        return [recordable(shape.member, item) for item in value]
    if shape.type_name == "map" and isinstance(value, dict):
        return {str(key): recordable(shape.value, item) for key, item in value.items()}
    if shape.type_name == "blob":
        return f"<{len(value)} bytes>" if isinstance(value, bytes | str) else "<stream>"
    if isinstance(value, str) and len(value) > _LONG:
        return value[:_LONG] + f"… ({len(value)} characters)"
    return value


def _credential_scope(environ: dict[str, Any]) -> tuple[str | None, str | None]:
    """Signing name and region out of SigV4's credential scope (header or presigned URL)."""
    authorization = environ.get("HTTP_AUTHORIZATION", "")
    credential = None
    if "Credential=" in authorization:
        credential = authorization.split("Credential=", 1)[1].split(",", 1)[0]
    elif "X-Amz-Credential" in environ.get("QUERY_STRING", ""):
        credential = parse_qs(environ["QUERY_STRING"])["X-Amz-Credential"][0]
    if credential is None or credential.count("/") != 4:
        return None, None
    _, _, region, name, _ = credential.strip().split("/")
    return name.lower(), region


def _service(signing_name: str, environ: dict[str, Any]) -> str:
    path = environ.get("PATH_INFO", "")
    if signing_name == "sagemaker" and path.startswith("/endpoints/"):
        return "sagemaker-runtime"
    if signing_name == "s3" and path.startswith("/v20180820/"):
        return "s3control"
    if signing_name == "dynamodb" and "DynamoDBStreams" in environ.get("HTTP_X_AMZ_TARGET", ""):
        return "dynamodbstreams"
    return _SERVICE_OF_SIGNING_NAME.get(signing_name, signing_name)


def buffer_body(environ: dict[str, Any]) -> None:
    """Make the body readable twice: once for the log and the checks, once for the operation."""
    if environ.get("localcloud.body") is not None:
        environ["wsgi.input"] = io.BytesIO(environ["localcloud.body"])
        return
    length = int(environ.get("CONTENT_LENGTH") or 0)
    if environ.get("wsgi.input_terminated"):
        body = environ["wsgi.input"].read()
        environ["CONTENT_LENGTH"] = str(len(body))
    else:
        body = environ["wsgi.input"].read(length) if length else b""
    environ["localcloud.body"] = body
    environ["wsgi.input"] = io.BytesIO(body)


def rewind(environ: dict[str, Any]) -> None:
    """Put a buffered body back to its beginning."""
    if environ.get("localcloud.body") is not None:
        environ["wsgi.input"] = io.BytesIO(environ["localcloud.body"])


def _named_operation(environ: dict[str, Any]) -> str | None:
    if target := environ.get("HTTP_X_AMZ_TARGET"):
        return str(target).rsplit(".", 1)[-1]
    query = parse_qs(environ.get("QUERY_STRING", ""))
    if "Action" in query:
        return query["Action"][0]
    if environ.get("CONTENT_TYPE", "").startswith("application/x-www-form-urlencoded"):
        form = parse_qs((environ.get("localcloud.body") or b"").decode("utf-8", "replace"))
        return form.get("Action", [None])[0]
    return None


def _operation(environ: dict[str, Any], service: str) -> tuple[str | None, dict[str, Any]]:
    if service not in ("s3", "s3control") and (name := _named_operation(environ)):
        return name, {}
    try:
        operation, uri_parameters = get_service_router(service).match(BackendRequest(dict(environ)))
    except (NotFound, NotImplementedError):
        return None, {}
    finally:
        rewind(environ)
    return operation.name, uri_parameters or {}


def _parameters(
    environ: dict[str, Any], service: ServiceModel, operation: OperationModel, uri: dict[str, Any]
) -> tuple[dict[str, Any], bool]:
    """The parsed parameters and whether they are complete (S3's bodies are never read here)."""
    if service.service_name == "s3":
        return {**_s3_parameters(environ, operation), **uri}, False
    request = BackendRequest(dict(environ))
    protocol = determine_request_protocol(service, request.content_type)
    if operation.input_shape is None:
        return {}, True
    if protocol in ("json", "rest-json") and not _is_json(request.data):
        return {}, False
    parser = PROTOCOL_PARSERS[protocol](operation, map_type=dict)
    parsed = parser.parse(
        {
            "method": request.method,
            "values": request.values,
            "headers": request.headers,
            "body": request.data,
            "url_path": request.path,
            "url_params": uri,
        }
    )
    rewind(environ)
    return dict(parsed or {}), True


def _s3_parameters(environ: dict[str, Any], operation: OperationModel) -> dict[str, Any]:
    """What S3 is told in the query and in headers, and which objects it shall delete."""
    query = {key: values[0] for key, values in parse_qs(environ.get("QUERY_STRING", "")).items()}
    members = operation.input_shape.members if operation.input_shape else {}
    found: dict[str, Any] = {}
    for name, shape in members.items():
        wire = shape.serialization.get("name", name)
        header = environ.get("HTTP_" + wire.upper().replace("-", "_"))
        value = header if shape.serialization.get("location") == "header" else query.get(wire)
        if value is not None:
            found[name] = value
    if operation.name == "DeleteObjects":
        buffer_body(environ)
        body = environ["localcloud.body"].decode("utf-8", "replace")
        objects = [
            {name: unescape(text) for name, text in _OBJECT_MEMBER.findall(item)} for item in _OBJECT.findall(body)
        ]
        found["Delete"] = {"Objects": objects}
    return found


def _is_json(body: bytes) -> bool:
    if not body:
        return True
    try:
        json.loads(body)
    except ValueError:
        return False
    return True
