"""Where answers may go: CloudFormation's presigned addresses are S3's, and nobody else's are accepted."""

from collections.abc import Sequence
from urllib.parse import urlsplit

from teardown_project.errors import RequestInvalid

_HTTPS = 443


class Addresses:
    """The hosts that answers are put to.

    Args:
        hosts: S3's hosts in this region, as ``s3.eu-west-1.amazonaws.com``: an address is one of them, or a
            bucket's below it.
        endpoint: ``AWS_ENDPOINT_URL``. Only one on this machine itself opens anything: AWS as a local cloud
            plays it.

    """

    def __init__(self, hosts: Sequence[str], endpoint: str | None) -> None:
        self._hosts = tuple(hosts)
        self._local = None
        if endpoint:
            parts = urlsplit(endpoint)
            if parts.scheme == "http" and parts.hostname in {"127.0.0.1", "localhost"}:
                self._local = (parts.hostname, parts.port)

    def check(self, url: str) -> None:
        """Accept an address.

        Raises:
            RequestInvalid: it is not S3's. The message does not show it.

        """
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            raise RequestInvalid("ResponseURL is no address.") from None
        host = parts.hostname or ""
        if parts.username is None and parts.password is None:
            if parts.scheme == "http" and self._local is not None and (host, port) == self._local:
                return
            if (
                parts.scheme == "https"
                and port in {None, _HTTPS}
                and any(host == known or host.endswith(f".{known}") for known in self._hosts)
            ):
                return
        raise RequestInvalid("ResponseURL is not an https address of S3 in this region: nobody is answered there.")
