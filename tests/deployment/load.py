"""Fifty requests per second, and what became of each of them."""

import json
import logging
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Event, Thread
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

RATE = 50
_HANDS = 64
# More hands than the pool of the SDK has connections: it says so with every further one.
logging.getLogger("urllib3.connectionpool").setLevel(logging.ERROR)


@dataclass(frozen=True)
class Heard:
    """What was answered.

    Attributes:
        answers: predictions for the one row that is asked about, rounded to a milligram, and how often; otherwise
            the error's code.
        sent: how many requests were sent.
        seconds: how long that took.

    """

    answers: Counter[float | str]
    sent: int
    seconds: float

    def counted(self, prediction: float) -> int:
        """How often a prediction was the answer."""
        return self.answers[round(prediction, 3)]

    @property
    def failures(self) -> set[str]:
        """The codes of errors."""
        return {answer for answer in self.answers if isinstance(answer, str)}


class Load:
    """Asks an endpoint steadily about one row, until it is told to stop.

    Args:
        runtime: the client.
        endpoint: its name.
        row: what is asked about.
        rate: requests per second.

    """

    def __init__(self, runtime: Any, endpoint: str, row: dict[str, Any], rate: int = RATE) -> None:
        self._runtime, self._endpoint, self._rate = runtime, endpoint, rate
        self._body = json.dumps({"instances": [row]})
        self._over = Event()
        self._heard: list[Heard] = []
        self._thread = Thread(target=self._run, name=f"load on {endpoint}", daemon=True)

    def during(self, what: Callable[[], Any]) -> tuple[Heard, Any]:
        """Ask as long as something lasts; what was heard, and what it has returned."""
        self._thread.start()
        try:
            result = what()
        finally:
            self._over.set()
            self._thread.join()
        return self._heard[0], result

    def _run(self) -> None:
        began, futures = time.monotonic(), []
        with ThreadPoolExecutor(_HANDS) as hands:
            while not self._over.is_set():
                time.sleep(max(0.0, began + len(futures) / self._rate - time.monotonic()))
                futures.append(hands.submit(self._ask))
            seconds = time.monotonic() - began
        self._heard.append(Heard(Counter(future.result() for future in futures), len(futures), seconds))

    def _ask(self) -> float | str:
        try:
            answer = self._runtime.invoke_endpoint(
                EndpointName=self._endpoint, Body=self._body, ContentType="application/json"
            )
            (prediction,) = json.loads(answer["Body"].read())["predictions"]
        except ClientError as error:
            return str(error.response["Error"]["Code"])
        except (BotoCoreError, ValueError, KeyError) as error:
            return type(error).__name__
        return round(prediction, 3)
