"""A request's way through the local cloud: recognise it, check it, answer it, record it."""

import json
import logging
import re
import time
from collections.abc import Callable, Iterable
from contextlib import nullcontext
from functools import partial
from threading import Lock
from typing import Any

from moto.backends import list_of_moto_modules
from moto.core.request import determine_request_protocol
from moto.core.serialize import get_serializer_class
from moto.moto_server.werkzeug_app import BackendRequest, DomainDispatcherApplication, create_backend_app
from werkzeug.test import run_wsgi_app
from werkzeug.wrappers import Request, Response

from localcloud import buckets, control, faults, validation
from localcloud.authorization.enforcement import error_of
from localcloud.call_log import Call, now
from localcloud.cloud import Cloud
from localcloud.faults import calls, targets
from localcloud.principals import Principal
from localcloud.recognition import Recognised, recognise, recordable, rewind
from localcloud.responses import ServiceError, find

_log = logging.getLogger(__name__)

_Environ = dict[str, Any]
_NETWORK_DISTANCE_SECONDS = 0.015
_ERROR_CODE = re.compile(r"<Code>([^<]+)</Code>")


class Gateway:
    """The WSGI application behind the local AWS endpoint."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._faults = faults.of(cloud)
        self._targets = targets.of(cloud)
        self._tables = Lock()
        self._unheard: set[str] = set()
        self._moto = DomainDispatcherApplication(create_backend_app)

    def __call__(self, environ: _Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer one request."""
        if environ.get("PATH_INFO", "").startswith(control.PREFIX):
            return control.answer(self._cloud, Request(environ))(environ, start_response)
        recognised = recognise(environ, self._cloud.region)
        response = self._record(environ, recognised)
        _keep_network_distance(environ)
        return response(environ, start_response)

    def _record(self, environ: _Environ, recognised: Recognised) -> Response:
        caller = self._caller(environ)
        call = Call(
            time=now(),
            principal=caller.arn,
            role_arn=caller.role_arn,
            account_id=caller.account_id,
            region=recognised.region,
            service=recognised.service,
            operation=recognised.operation,
            method=environ["REQUEST_METHOD"],
            path=environ.get("PATH_INFO", ""),
            parameters=_parameters(recognised),
            authorization=self._cloud.questions.of_call(
                caller.role_arn,
                recognised.service,
                recognised.operation,
                recognised.parameters,
                region=recognised.region,
                session_tags=caller.session_tags,
                user_arn=caller.arn if ":user/" in caller.arn else None,
            ),
        )
        fault = self._faults.call(
            recognised.service, recognised.operation, calls.names(caller), recognised.parameters
        )

        if self._cloud.traffic is not None:
            self._cloud.traffic.keep_body(environ, recognised)

        def work() -> Response:
            if (why := self._cloud.refusal(call)) is not None:
                code, status = error_of(recognised.service)
                return _error(environ, recognised, code, why, status)
            try:
                return self._answer(environ, recognised, caller)
            except Exception as error:  # noqa: BLE001 - the server's top: a clear error, and the traceback in the log
                _log.exception("%s:%s", recognised.service, recognised.operation)
                return _error(environ, recognised, "InternalFailure", f"localcloud: {error!r}", 500)

        def refusal(code: str, text: str, status: int) -> Response:
            return _error(environ, recognised, code, text, status)

        response: Response | None
        invocation = environ.get("HTTP_AMZ_SDK_INVOCATION_ID", "")
        if self._targets.is_dead(caller.access_key_id) or invocation in self._unheard:
            response = None
        elif fault is None:
            response = work()
        else:
            call.fault = fault.name or fault.id
            dead = partial(self._targets.is_dead, caller.access_key_id)
            response = calls.apply(fault, self._faults, caller, work, error=refusal, dead=dead)
            if response is None and fault.kind == "kill" and invocation:
                self._unheard.add(invocation)  # and it shall not be tried again
        if response is None:
            call.error = calls.DROPPED
            self._cloud.call_log.write(call)
            calls.close(environ.get("werkzeug.socket"))
            return Response(status=503)
        call.status = response.status_code
        if response.status_code >= 400:
            call.error = _error_code(response)
        self._cloud.call_log.write(call)
        if self._cloud.traffic is not None:
            self._cloud.traffic.call(environ, recognised, call.role_arn or call.principal, response)
        return response

    def _answer(self, environ: _Environ, recognised: Recognised, caller: Principal) -> Response:
        if recognised.model is not None and recognised.parsed:
            found = validation.violations(recognised.model.input_shape, recognised.parameters)
            if found:
                return _error(environ, recognised, "ValidationException", validation.message(found), 400)
        if recognised.service == "s3" and (bucket := recognised.parameters.get("Bucket")):
            key = recognised.parameters.get("Key")
            reason = buckets.refusal(caller, recognised.operation, bucket, key, recognised.region)
            if reason is not None:
                return _error(environ, recognised, "AccessDenied", reason, 403)
        cls = find(recognised.service, recognised.operation)
        if cls is not None:
            rewind(environ)
            return cls().answer(self._cloud, caller, environ)
        return self._ask_moto(environ, recognised)

    def _ask_moto(self, environ: _Environ, recognised: Recognised) -> Response:
        rewind(environ)
        # A conditional write is one step on AWS. moto checks first and writes then, in a thread per call.
        alone = self._tables if recognised.service == "dynamodb" else nullcontext()
        try:
            with alone:
                body, status, headers = run_wsgi_app(self._moto, environ, buffered=False)
            response = Response(body, status=status, headers=headers)
        except NotImplementedError:
            response = None
        except (KeyError, TypeError, AttributeError):
            # moto's dispatcher breaks in these ways for a service that it does not have at all.
            if recognised.service_model is not None and _moto_has(recognised.service):
                raise
            response = None
        if response is not None and not (response.status_code in (404, 501) and _is_flask_page(response)):
            return response
        self._cloud.call_log.unsupported(recognised.service, recognised.operation)
        _log.warning("not imitated: %s:%s", recognised.service, recognised.operation)
        return _error(
            environ,
            recognised,
            "NotImplementedByLocalCloud",
            f"The local cloud does not imitate {recognised.service}:{recognised.operation}. "
            "GET /_localcloud/unsupported lists what was asked for and is missing.",
            400,
        )

    def _caller(self, environ: _Environ) -> Principal:
        query = Request(environ, populate_request=False).args
        return self._cloud.principals.of_request(
            environ.get("HTTP_AUTHORIZATION"), query.get("X-Amz-Credential") or query.get("AWSAccessKeyId")
        )


def _keep_network_distance(environ: _Environ) -> None:
    """Answer AWS's SDK for Go a little later than this machine could.

    The SDK closes a request's body as soon as the answer's head is there. When that is sooner than Go's
    transport has looked for the end of that body, the transport takes the request for broken and closes the
    connection while the answer is being read: "use of closed network connection". No answer from AWS is that
    quick; on a busy machine ours are.
    """
    if environ.get("CONTENT_LENGTH", "0") not in ("", "0") and "aws-sdk-go" in environ.get("HTTP_USER_AGENT", ""):
        time.sleep(_NETWORK_DISTANCE_SECONDS)


def _parameters(recognised: Recognised) -> dict[str, Any]:
    if recognised.model is None:
        return {}
    found = recordable(recognised.model.input_shape, recognised.parameters)
    return found if isinstance(found, dict) else {}


def _error(environ: _Environ, recognised: Recognised, code: str, text: str, status: int) -> Response:
    """An error as the service's protocol writes it; JSON where there is no such protocol."""
    if recognised.service_model is None or recognised.model is None:
        body = json.dumps({"__type": code, "message": text})
        return Response(body, status=status, content_type="application/x-amz-json-1.1")
    request = BackendRequest(environ, populate_request=False)
    protocol = determine_request_protocol(recognised.service_model, request.content_type)
    serializer = get_serializer_class(recognised.service, protocol)(operation_model=recognised.model)
    written = serializer.serialize(ServiceError(code, text))
    return Response(written["body"], status=status, headers=dict(written["headers"]))


def _error_code(response: Response) -> str | None:
    text = response.get_data(as_text=True)
    if match := _ERROR_CODE.search(text):
        return match.group(1)
    try:
        body = json.loads(text)
    except ValueError:
        return response.headers.get("x-amzn-ErrorType")
    code = body.get("__type") or body.get("code") if isinstance(body, dict) else None
    return str(code or response.headers.get("x-amzn-ErrorType") or "")


def _is_flask_page(response: Response) -> bool:
    """Flask's own page (no such route), not an answer that moto wrote: S3 says 404 to a HEAD without any body."""
    return response.get_data()[:15].lower() == b"<!doctype html>"


def _moto_has(service: str) -> bool:
    return service.replace("-", "") in set(list_of_moto_modules())
