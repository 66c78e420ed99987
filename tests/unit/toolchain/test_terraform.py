"""Terraform as the commands find it: on PATH, downloaded before, downloaded now; and when it cannot be had."""

import hashlib
import http.server
import io
import threading
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from toolchain import terraform
from toolchain.terraform import Pin, ToolchainError, current_platform, find

SCRIPT = '#!/bin/sh\necho \'{"terraform_version": "%s"}\'\n'


def archive(text: str = SCRIPT % "1.11.4") -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as bundle:
        bundle.writestr("LICENSE.txt", "a licence")
        bundle.writestr("terraform", text)
    return content.getvalue()


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[bytes], list[str]]]:
    """HashiCorp's releases: answers every path with one body, cut short when it is told to promise more."""
    asked: list[str] = []
    answer = {"body": b"", "length": 0}

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.send_header("Content-Length", str(answer["length"]))
            self.end_headers()
            self.wfile.write(answer["body"])

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    monkeypatch.setattr(terraform, "_RELEASES", f"http://127.0.0.1:{server.server_port}")

    def serve(body: bytes, length: int | None = None) -> list[str]:
        answer.update(body=body, length=len(body) if length is None else length)
        return asked

    yield serve
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def nothing_on_path(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    folder = tmp_path / "path"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}")
    return folder


def put(folder: Path, version: str) -> Path:
    binary = folder / "terraform"
    binary.write_text(SCRIPT.replace("echo", "/bin/echo") % version)
    binary.chmod(0o755)
    return binary


def pin(content: bytes) -> Pin:
    return Pin("1.11.4", {current_platform(): hashlib.sha256(content).hexdigest()})


@pytest.mark.parametrize("version", ["1.11.0", "1.15.2", "1.12.0-rc1"])
def test_the_one_on_path_is_taken(nothing_on_path: Path, tmp_path: Path, version: str) -> None:
    binary = put(nothing_on_path, version)

    assert find(tmp_path, Pin("1.11.4", {})) == binary


@pytest.mark.parametrize("version", ["1.9.8", "0.12.31", "no version"])
def test_one_that_is_too_old_is_replaced_by_the_pinned_one(
    nothing_on_path: Path, tmp_path: Path, served: Callable[[bytes], list[str]], version: str
) -> None:
    put(nothing_on_path, version)
    content = archive()
    asked = served(content)

    found = find(tmp_path / "tools", pin(content))

    assert found.read_text() == SCRIPT % "1.11.4"
    assert found.stat().st_mode & 0o111 == 0o111
    assert asked == [f"/1.11.4/terraform_1.11.4_{current_platform()}.zip"]
    assert sorted(path.name for path in found.parent.iterdir()) == ["terraform"]


@pytest.mark.usefixtures("nothing_on_path")
def test_it_is_downloaded_once(tmp_path: Path, served: Callable[[bytes], list[str]]) -> None:
    content = archive()
    asked = served(content)

    assert find(tmp_path, pin(content)) == find(tmp_path, pin(content))
    assert len(asked) == 1


@pytest.mark.usefixtures("nothing_on_path")
def test_another_file_is_refused(tmp_path: Path, served: Callable[[bytes], list[str]]) -> None:
    served(archive("#!/bin/sh\necho evil\n"))

    with pytest.raises(ToolchainError, match=r"has SHA-256 [0-9a-f]{64}, expected [0-9a-f]{64}: the download was"):
        find(tmp_path, pin(archive()))
    assert [path for path in tmp_path.rglob("terraform*") if path.is_file()] == []


@pytest.mark.usefixtures("nothing_on_path")
def test_a_download_that_breaks_off_says_what_to_do(
    tmp_path: Path, served: Callable[[bytes, int], list[str]]
) -> None:
    content = archive()
    served(content[:-20], len(content))

    with pytest.raises(ToolchainError, match=r"SHA-256|could not be downloaded .*Install Terraform >= 1\.11\.0"):
        find(tmp_path, pin(content))


@pytest.mark.usefixtures("nothing_on_path")
def test_without_a_network_it_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(terraform, "_RELEASES", "http://127.0.0.1:9")  # the discard port: nobody listens

    with pytest.raises(ToolchainError, match=r"could not be downloaded .*Install Terraform >= 1\.11\.0"):
        find(tmp_path, pin(b""))


@pytest.mark.usefixtures("nothing_on_path")
def test_a_platform_without_a_pin_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ToolchainError, match=f"no checksum is pinned for {current_platform()}. Install Terraform"):
        find(tmp_path, Pin("1.11.4", {"plan9_mips": "0" * 64}))
