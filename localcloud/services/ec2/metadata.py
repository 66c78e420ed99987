"""An instance's metadata service, version 2 only: a token first, then the data.

https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-categories.html,
https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-service.html.
One server per instance on a free port of 127.0.0.1, where an instance has 169.254.169.254.
"""

import json
import secrets
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from time import monotonic
from typing import Any

from localcloud.principals import Credentials

_TOKEN_PATH = "/latest/api/token"  # noqa: S105  # nosec B105 - a path
_TTL = "X-aws-ec2-metadata-token-ttl-seconds"
_TOKEN = "X-aws-ec2-metadata-token"  # noqa: S105  # nosec B105 - a header's name
_LONGEST = 21_600


class MetadataService:
    """What one instance is told about itself."""

    def __init__(
        self, instance: Any, account_id: str, region: str, role_arn: str | None, credentials: Credentials | None
    ) -> None:
        self._tokens: dict[str, float] = {}
        self._lock = Lock()
        self._data = _data(instance, account_id, region, role_arn, credentials)
        self._server = _Server(self)
        self._thread = Thread(
            target=self._server.serve_forever, args=(0.25,), name=f"metadata-{instance.id}", daemon=True
        )
        self._thread.start()

    @property
    def url(self) -> str:
        """The value of AWS_EC2_METADATA_SERVICE_ENDPOINT."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def close(self) -> None:
        """Stop answering."""
        self._server.shutdown()
        self._server.server_close()

    def token(self, seconds: int) -> str:
        """A new token that is valid for so many seconds."""
        made = secrets.token_urlsafe(42)
        with self._lock:
            self._tokens[made] = monotonic() + seconds
        return made

    def accepts(self, token: str | None) -> bool:
        """Whether a token was given out and has not expired."""
        with self._lock:
            return token is not None and self._tokens.get(token, 0.0) > monotonic()

    def read(self, path: str) -> str | None:
        """The text at a path below ``/latest``: a value, or the names in a folder, one per line."""
        wanted = path.strip("/")
        if wanted in self._data:
            return self._data[wanted]
        prefix = f"{wanted}/"
        below = [name.removeprefix(prefix) for name in self._data if name.startswith(prefix)]
        names = dict.fromkeys(name.split("/", 1)[0] + ("/" if "/" in name else "") for name in below)
        return "\n".join(sorted(names)) if names else None


def _data(
    instance: Any, account_id: str, region: str, role_arn: str | None, credentials: Credentials | None
) -> dict[str, str]:
    zone, address = str(instance.placement.zone), str(instance.private_ip)
    host = f"ip-{address.replace('.', '-')}.{region}.compute.internal"
    document = {
        "accountId": account_id,
        "architecture": instance.architecture,
        "availabilityZone": zone,
        "imageId": instance.image_id,
        "instanceId": instance.id,
        "instanceType": instance.instance_type,
        "pendingTime": _time(instance.launch_time),
        "privateIp": address,
        "region": region,
        "version": "2017-09-30",
    }
    found = {
        "meta-data/ami-id": instance.image_id,
        "meta-data/hostname": host,
        "meta-data/instance-id": instance.id,
        "meta-data/instance-life-cycle": "on-demand",
        "meta-data/instance-type": instance.instance_type,
        "meta-data/local-hostname": host,
        "meta-data/local-ipv4": address,
        "meta-data/placement/availability-zone": zone,
        "meta-data/placement/region": region,
        "meta-data/services/domain": "amazonaws.com",
        "meta-data/services/partition": "aws",
        "dynamic/instance-identity/document": json.dumps(document, indent=2),
    }
    if role_arn is not None:
        name = role_arn.rsplit("/", 1)[-1]
        profile = getattr(instance.iam_instance_profile, "arn", None) or role_arn.replace(
            ":role/", ":instance-profile/"
        )
        found["meta-data/iam/info"] = json.dumps(
            {"Code": "Success", "LastUpdated": _time(datetime.now(UTC)), "InstanceProfileArn": profile}, indent=2
        )
        found[f"meta-data/iam/security-credentials/{name}"] = json.dumps(_credentials(credentials), indent=2)
    return found


def _credentials(credentials: Credentials | None) -> dict[str, str]:
    now = _time(datetime.now(UTC))
    if credentials is None or credentials.expiration is None:
        return {
            "Code": "AssumeRoleUnauthorizedAccess",
            "Message": "EC2 cannot assume the role. Please see documentation at "
            "https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_iam-ec2.html.",
            "LastUpdated": now,
        }
    return {
        "Code": "Success",
        "LastUpdated": now,
        "Type": "AWS-HMAC",
        "AccessKeyId": credentials.access_key_id,
        "SecretAccessKey": credentials.secret_access_key,
        "Token": credentials.session_token,
        "Expiration": _time(credentials.expiration),
    }


def _time(moment: Any) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ") if isinstance(moment, datetime) else str(moment)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, service: MetadataService) -> None:
        self.service = service
        super().__init__(("127.0.0.1", 0), _Handler)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "EC2ws"
    sys_version = ""

    @property
    def service(self) -> MetadataService:
        """The instance's service."""
        server = self.server
        if not isinstance(server, _Server):
            raise TypeError("the handler belongs to another server")
        return server.service

    def do_PUT(self) -> None:
        """A token."""
        if self.path != _TOKEN_PATH:
            self._send(404)
        elif "X-Forwarded-For" in self.headers:
            self._send(403)  # a proxy that lets strangers in
        elif not (text := self.headers.get(_TTL, "")).isdecimal() or not 1 <= int(text) <= _LONGEST:
            self._send(400)
        else:
            self._send(200, self.service.token(int(text)), {_TTL: text})

    def do_GET(self) -> None:
        """A value or a list of names."""
        if not self.service.accepts(self.headers.get(_TOKEN)):
            self._send(401)
            return
        found = None
        if self.path.startswith("/latest/"):
            found = self.service.read(self.path.removeprefix("/latest/"))
        self._send(404 if found is None else 200, found or "")

    def log_message(self, *_: object) -> None:
        """Nothing: the local cloud has its own log."""

    def _send(self, status: int, text: str = "", headers: dict[str, str] | None = None) -> None:
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/plain")
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
