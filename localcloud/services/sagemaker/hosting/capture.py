"""Data capture: requests and answers in JSON lines in S3, laid out as SageMaker does.

https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-data-capture-endpoint.html:
``s3://<destination>/<endpoint>/<variant>/yyyy/mm/dd/hh/<file>.jsonl``. SageMaker writes files after
minutes; here they are written after a second.
"""

import base64
import json
import logging
import time
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import Lock
from typing import Any
from weakref import WeakKeyDictionary

from botocore.exceptions import ClientError

from localcloud.cloud import Cloud
from localcloud.services.sagemaker.hosting.endpoint import Endpoint
from localcloud.services.sagemaker.hosting.fleet import Variant
from localcloud.services.sagemaker.hosting.server import Answer
from localcloud.services.sagemaker.jobs.transfer import split_uri

_log = logging.getLogger(__name__)
_FLUSH_SECONDS = 1.0
_BOTH = "InputAndOutput"


@dataclass(frozen=True)
class _Place:
    """Where a line goes: lines of one place become one file."""

    endpoint: str
    variant: Variant
    destination: str
    key: str | None
    lines: list[str]


class Capture:
    """Collects lines and writes them in the background; one per local cloud."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._lock = Lock()
        self._places: dict[tuple[str, int, str], _Place] = {}
        self._credit: dict[int, float] = {}
        self._running = False

    def record(
        self,
        config: dict[str, Any] | None,
        endpoint: Endpoint,
        variant: Variant,
        *,
        request: dict[str, Any],
        body: bytes,
        answer: Answer,
        event_id: str | None = None,
    ) -> None:
        """Take down a request and its answer, as far as the configuration asks for it.

        Args:
            config: DataCaptureConfig in force; None when there is none.
            endpoint: what was invoked.
            variant: the variant that answered.
            request: the parameters of InvokeEndpoint.
            body: what was sent.
            answer: what was answered.
            event_id: of the event; a new one when it is None.

        """
        if config is None or not config["EnableCapture"]:
            return
        modes = {option["CaptureMode"] for option in config["CaptureOptions"]}
        written: dict[str, Any] = {}
        if modes & {"Input", _BOTH}:
            kind = request.get("ContentType") or "application/json"
            written["endpointInput"] = _data(config, body, kind, "INPUT")
        if modes & {"Output", _BOTH}:
            written["endpointOutput"] = _data(config, answer.body, answer.content_type, "OUTPUT")
        metadata: dict[str, Any] = {"eventId": event_id or str(uuid.uuid4())}
        if request.get("InferenceId"):
            metadata["inferenceId"] = request["InferenceId"]
        if request.get("CustomAttributes"):
            metadata["customAttributes"] = [request["CustomAttributes"]]
        metadata["inferenceTime"] = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        line = json.dumps({"captureData": written, "eventMetadata": metadata, "eventVersion": "0"})
        destination = config["DestinationS3Uri"]
        own = (endpoint.name, id(variant), destination)
        with self._lock:
            if not self._sampled(variant, config["InitialSamplingPercentage"]):
                return
            if own not in self._places:
                self._places[own] = _Place(endpoint.name, variant, destination, config.get("KmsKeyId"), [])
            self._places[own].lines.append(line)
            if not self._running:
                self._running = True
                self._cloud.spawn("data-capture", self._run)

    def _sampled(self, variant: Variant, percentage: int) -> bool:
        """Whether a request is captured: of a hundred in a row, exactly as many as asked for."""
        credit = self._credit.get(id(variant), 0.0) + percentage / 100
        sampled = credit >= 1.0 - 1e-9
        self._credit[id(variant)] = credit - sampled
        return sampled

    def _run(self) -> None:
        while not self._cloud.stopping:
            time.sleep(_FLUSH_SECONDS)
            with self._lock:
                places, self._places = self._places, {}
                if not places:
                    self._running = False
                    self._credit.clear()
                    return
            for place in places.values():
                self._write(place)

    @staticmethod
    def _write(place: _Place) -> None:
        bucket, prefix = split_uri(place.destination)
        moment = datetime.now(UTC)
        name = f"{moment:%M-%S}-{moment.microsecond // 1000:03d}-{uuid.uuid4()}.jsonl"
        parts = [prefix.strip("/"), place.endpoint, place.variant.name, f"{moment:%Y/%m/%d/%H}", name]
        encryption = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": place.key} if place.key else {}
        body = "".join(f"{line}\n" for line in place.lines).encode()
        try:
            s3 = place.variant.server.role.client("s3")
            s3.put_object(Bucket=bucket, Key="/".join(filter(None, parts)), Body=body, **encryption)
        except ClientError as error:
            _log.warning("data of %s could not be captured in %s: %s", place.endpoint, place.destination, error)


def _data(config: dict[str, Any], body: bytes, content_type: str, mode: str) -> dict[str, str]:
    header = config.get("CaptureContentTypeHeader") or {}
    kind = content_type.split(";", 1)[0].strip().lower()
    encodings = {
        item.lower(): encoding
        for encoding, member in (("CSV", "CsvContentTypes"), ("JSON", "JsonContentTypes"))
        for item in header.get(member, [])
    }
    encoding = encodings.get(kind, "BASE64")
    text = base64.b64encode(body).decode() if encoding == "BASE64" else body.decode("utf-8", "replace")
    return {"observedContentType": content_type, "mode": mode, "data": text, "encoding": encoding}


_ALL: "WeakKeyDictionary[Cloud, Capture]" = WeakKeyDictionary()
_LOCK = Lock()


def of(cloud: Cloud) -> Capture:
    """What captures in a local cloud."""
    with _LOCK:
        if cloud not in _ALL:
            _ALL[cloud] = Capture(cloud)
        return _ALL[cloud]
