"""Who holds a project's lease, and how a run knows who it is itself."""

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any, ClassVar

import pytest

from tests.unit.runner.leases import BUILD, DEAD


def test_a_run_holds_the_lease_and_gives_it_back(machine: Any) -> None:
    (machine.root / "instance-id").write_text(DEAD, encoding="utf-8")

    assert machine.run().returncode == 0
    [item] = [
        json.loads(call[call.index("--item") + 1])
        for call in machine.aws_calls
        if call[1] == "put-item" and "/run" in call[call.index("--item") + 1]
    ]
    assert item["Holder"]["S"] == machine.record["holder"] == f"ec2/{DEAD}"
    assert item["Action"]["S"] == "apply"
    assert item["Stream"]["S"] == machine.record["log"]["stream"]
    assert item["Host"]["S"]
    assert set(machine.locks) == {"owner"}


@pytest.mark.parametrize(
    ("environment", "instance", "holder"),
    [
        ({"CODEBUILD_BUILD_ID": BUILD}, DEAD, f"codebuild/{BUILD}"),
        ({}, DEAD, f"ec2/{DEAD}"),
        ({}, "<html>a captive portal</html>", "host/"),
        ({}, None, "host/"),
    ],
)
def test_who_holds_it(machine: Any, environment: dict[str, str], instance: str | None, holder: str) -> None:
    machine.environment |= environment
    if instance is not None:
        (machine.root / "instance-id").write_text(instance, encoding="utf-8")

    assert machine.run().returncode == 0
    assert machine.record["holder"].startswith(holder)


class Metadata(BaseHTTPRequestHandler):
    """An instance's metadata service that is not ready for the first question, nor for the third."""

    answers: ClassVar[list[int]] = []

    def do_PUT(self) -> None:
        self._answer("a token", "X-aws-ec2-metadata-token-ttl-seconds")

    def do_GET(self) -> None:
        self._answer(DEAD, "X-aws-ec2-metadata-token")

    def _answer(self, words: str, header: str) -> None:
        assert header in self.headers
        status = self.answers.pop(0)
        self.send_response(status)
        self.end_headers()
        self.wfile.write(words.encode() if status == 200 else b"not yet")

    def log_message(self, *_: Any) -> None:
        pass


def test_a_metadata_service_that_is_not_ready_is_asked_again(machine: Any) -> None:
    Metadata.answers = [503, 200, 503, 200]
    with HTTPServer(("127.0.0.1", 0), Metadata) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        machine.environment["AWS_EC2_METADATA_SERVICE_ENDPOINT"] = f"http://127.0.0.1:{server.server_port}/"
        (machine.root / "bin" / "curl").unlink()  # the machine's own

        said = machine.bash('. ./failure.sh; . ./lease.sh; lease_who; printf %s "$lease_holder"')

        server.shutdown()
    assert said.decode() == f"ec2/{DEAD}"
    assert Metadata.answers == []


def test_a_machine_that_is_no_instance_says_so(machine: Any) -> None:
    assert machine.run().returncode == 0
    assert "No metadata service names an instance: the lease is held as host/" in machine.log
