"""The answer to CloudFormation: a JSON document, put to a presigned URL of S3.

Source: CloudFormation user guide, "Custom resource response objects".
"""

import json
from dataclasses import dataclass
from typing import Literal

import urllib3
from urllib3.exceptions import HTTPError
from urllib3.util import Retry, Timeout

from teardown_project.errors import AnswerNotSent

_LONGEST_REASON = 1000
"""Characters: a response has at most 4,096 bytes, and ids and escapes need room."""


@dataclass(frozen=True)
class Addressee:
    """Who is answered: the ids that CloudFormation wants back, and where to."""

    request_id: str
    stack_id: str
    logical_id: str
    url: str

    def __repr__(self) -> str:
        """Without the address: whoever has it can answer."""
        return f"Addressee({self.request_id})"


@dataclass(frozen=True)
class Answer:
    """How a request ended."""

    status: Literal["SUCCESS", "FAILED"]
    physical_id: str
    reason: str = ""


class Sender:
    """Puts answers."""

    def __init__(self, pool: urllib3.PoolManager) -> None:
        self._pool = pool

    def send(self, to: Addressee, answer: Answer) -> None:
        """Put the answer.

        Raises:
            AnswerNotSent: S3 did not take it, after several attempts.

        """
        body = {
            "Status": answer.status,
            "Reason": answer.reason[:_LONGEST_REASON],
            "PhysicalResourceId": answer.physical_id,
            "StackId": to.stack_id,
            "RequestId": to.request_id,
            "LogicalResourceId": to.logical_id,
        }
        # No content type: the address is signed without one.
        try:
            response = self._pool.request(
                "PUT",
                to.url,
                body=json.dumps(body).encode(),
                timeout=Timeout(connect=5, read=10),
                retries=Retry(total=4, backoff_factor=0.5, status_forcelist=(500, 502, 503, 504), redirect=0),
            )
        except HTTPError as error:
            # urllib3's own message has the address in it.
            raise AnswerNotSent(f"The answer could not be sent: {type(error).__name__}.") from None
        if response.status >= 300:
            raise AnswerNotSent(f"The answer was refused with HTTP {response.status}.")
