"""HTTP to the git host: one request, one answer; within the time that is left, and to one origin only."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urljoin, urlsplit

import urllib3

from seed_repository.credentials import Credential
from seed_repository.errors import HostAnswerUnexpected, HostUnavailable

USER_AGENT = "sagemaker-projects-seed/1"
_LARGEST_ANSWER = 64 * 1024 * 1024
_MOST_TEXT = 64 * 1024
_LONGEST_QUOTE = 500
_FIRST_REFUSAL = 400
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_MOST_REDIRECTS = 3


@dataclass(frozen=True)
class Answer:
    """The host's answer to one request.

    ``url`` is where it came from in the end, after redirects. ``said`` is the body of a refusal as text for
    people: one short line, without control characters and without the credential, which some hosts echo.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str
    said: str = ""


class Deadline:
    """How much time there is. ``clock`` counts seconds."""

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._end = clock() + seconds

    def remaining(self) -> float:
        """Seconds left; negative when the time is over."""
        return self._end - self._clock()


@dataclass
class Transport:
    """Sends requests to the git host.

    A request is sent once: whether to ask again is decided where it is known what asking again would do.
    """

    pool: urllib3.PoolManager
    credential: Credential
    deadline: Deadline
    timeout: float
    request_count: int = field(default=0, init=False)

    def request(
        self,
        method: str,
        url: str,
        *,
        authorization: str,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
    ) -> Answer:
        """Send one request, following redirects of a ``GET`` within the same origin.

        Raises:
            HostUnavailable: if there was no answer, or half of one, or no time is left.
            HostAnswerUnexpected: if the host redirects elsewhere: the credential goes to one origin only.

        """
        sent = {"User-Agent": USER_AGENT, **(headers or {}), "Authorization": authorization}
        here = url
        for _ in range(_MOST_REDIRECTS + 1):
            answer = self._send(method, here, sent, body)
            location = answer.headers.get("Location")
            if answer.status not in _REDIRECTS or location is None:
                return answer
            there = urljoin(here, location)
            if method != "GET" or _origin(there) != _origin(url):
                raise HostAnswerUnexpected(
                    f"{method} {_shown(url)} is redirected to {_shown(there)}: the credential is not sent there. "
                    "If the host has moved, change the platform's base_url and api_url."
                )
            here = there
        raise HostAnswerUnexpected(f"{method} {_shown(url)} is redirected again and again.")

    def _send(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> Answer:
        left = self.deadline.remaining()
        if left <= 0:
            raise HostUnavailable(f"No time is left for {method} {_shown(url)}.")
        self.request_count += 1
        try:
            response = self.pool.request(
                method,
                url,
                headers=dict(headers),
                body=body,
                timeout=urllib3.Timeout(total=min(self.timeout, left)),
                retries=False,
                redirect=False,
                preload_content=False,
            )
            try:
                content = response.read(_LARGEST_ANSWER + 1)
            finally:
                response.release_conn()
        except urllib3.exceptions.HTTPError as error:
            reason = self.credential.redact(str(error))
            raise HostUnavailable(f"{method} {_shown(url)} got no answer: {reason}.") from error
        if len(content) > _LARGEST_ANSWER:
            raise HostAnswerUnexpected(f"{method} {_shown(url)} answers more than {_LARGEST_ANSWER:,} bytes.")
        said = self._readable(content) if response.status >= _FIRST_REFUSAL else ""
        return Answer(response.status, response.headers, content, url, said)

    def _readable(self, content: bytes) -> str:
        # Redacted before it is shortened, so that no half of a token is left over.
        text = self.credential.redact(content[:_MOST_TEXT].decode("utf-8", "replace"))
        words = "".join(character if character.isprintable() else " " for character in text)
        return " ".join(words.split())[:_LONGEST_QUOTE]


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or {"https": 443, "http": 80}.get(parts.scheme)


def _shown(url: str) -> str:
    return urlsplit(url)._replace(query="", fragment="").geturl()
