"""Presigned URLs to which somebody puts an answer, and the waiting for it.

As on AWS the URL is one of S3, signed by the service, for an object in a bucket that the service owns: here a
bucket of another account, which is not in anybody's list.
"""

import json
from collections.abc import Callable, Iterator
from threading import Lock
from time import sleep
from typing import ClassVar
from urllib.parse import quote

from botocore.auth import S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from moto.core.exceptions import ServiceException
from moto.s3.models import s3_backends

from localcloud import waits
from localcloud.services.cloudformation.resources.provider import Request

SERVICE_ACCOUNT = "000000000001"
"""The account that stands for AWS itself."""
_POLL_SECONDS = 0.1
_URL_SECONDS = 7200
"""A custom resource's URL works for two hours (CloudFormation user guide, "Custom resource reference")."""
_SERVICE = Credentials("AKIACLOUDFORMATION00", "not-verified")


class Mailbox:
    """One presigned URL and what was put there.

    Attributes:
        url: where to put the answer, with HTTP PUT.

    """

    _open: ClassVar[dict[str, "Mailbox"]] = {}
    _lock: ClassVar[Lock] = Lock()

    def __init__(self, request: Request, name: str) -> None:
        self._waits = waits.of(request.cloud)
        self._names = (request.logical_id, request.stack_name)
        self._s3 = s3_backends[SERVICE_ACCOUNT]["aws"]
        self._bucket = f"cloudformation-custom-resource-response-{request.region.replace('-', '')}"
        with self._lock:
            if self._bucket not in self._s3.buckets:
                self._s3.create_bucket(self._bucket, request.region)
        self._key = f"{request.stack_id}|{name}"
        # Signature version 4 in every region: boto3 would sign with an older one in some.
        signed = AWSRequest("PUT", f"{request.cloud.endpoint}/{self._bucket}/{quote(self._key)}")
        S3SigV4QueryAuth(_SERVICE, "s3", request.region, expires=_URL_SECONDS).add_auth(signed)
        self.url = str(signed.url)
        with self._lock:
            self._open[self.url] = self

    @classmethod
    def at(cls, url: str) -> "Mailbox | None":
        """The mailbox behind a URL."""
        with cls._lock:
            return cls._open.get(url)

    def messages(self, seconds: float, given_up: Callable[[], bool]) -> Iterator[str]:
        """Every message that arrives within ``seconds``, each time something new was put.

        Args:
            seconds: how long to wait altogether.
            given_up: ends the waiting early.

        """
        seen: str | None = None
        with self._waits.open("answer", *self._names, seconds) as wait:
            while not wait.over and not given_up():
                found = self._read()
                if found is not None and found[0] != seen:
                    seen = found[0]
                    yield found[1]
                else:
                    sleep(_POLL_SECONDS)

    def discard(self) -> None:
        """Forget the URL and what was put there."""
        with self._lock:
            self._open.pop(self.url, None)
        if self._read() is not None:
            self._s3.delete_object(self._bucket, self._key)

    def _read(self) -> tuple[str, str] | None:
        """Identity and text of the object."""
        try:
            found = self._s3.get_object(self._bucket, self._key)
        except ServiceException:
            return None
        if found is None:
            return None
        return json.dumps([found.etag, str(found.last_modified)]), found.value.decode("utf-8", "replace")
