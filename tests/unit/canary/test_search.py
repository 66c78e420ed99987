"""A canary is found in every encoding and nesting that the search claims to see through."""

import base64
import bz2
import gzip
import html
import io
import json
import lzma
import os
import pickle
import subprocess
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from canary.forms import forms
from canary.search import Canary, Search
from canary.unpack import TooLargeError, parts

TOKEN = "ghp_" + "5f1c0a9b7e3d2846f00d" + "cafe12345678abcd"  # in two, so that no scanner takes it for one
# A password with everything that is written otherwise in one language or another.
ODD = "pä&<\"\\/%+ ='\n\tword-of-the-team"
CANARIES = [Canary("token", TOKEN, ()), Canary("password", ODD, ())]


def zipped(data: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("folder/member", data)
    return file.getvalue()


def stored(data: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("member", data)
    return file.getvalue()


def tarred(data: bytes) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as archive:
        member = tarfile.TarInfo("folder/member")
        member.size = len(data)
        archive.addfile(member, io.BytesIO(data))
    return file.getvalue()


def in_json(data: bytes) -> bytes:
    return json.dumps({"name": data.decode("utf-8", "surrogateescape")}).encode()


def all_escaped(data: bytes) -> bytes:
    return (
        b'{"name": "'
        + b"".join(b"\\u%04x" % character for character in data.decode("latin-1").encode("latin-1"))
        + b'"}'
    )


ENCODINGS: dict[str, Callable[[bytes], bytes]] = {
    "as it is": lambda data: data,
    "within text": lambda data: b"token=" + data + b"&more",
    "within noise": lambda data: os.urandom(3000) + data + os.urandom(3000),
    "base64": base64.b64encode,
    "base64, one byte in": lambda data: base64.b64encode(b"x" + data + b"yz"),
    "base64, two bytes in": lambda data: base64.b64encode(b"xy" + data + b"z"),
    "base64 for URLs": lambda data: base64.urlsafe_b64encode(b"x-access-token:" + data),
    "base64 in a path": lambda data: b"/v1/" + base64.b64encode(data).rstrip(b"=") + b"/x",
    "base64 in lines": lambda data: base64.encodebytes(
        b"some words before it, so that lines break within: " + data
    ),
    "hexadecimal": lambda data: data.hex().encode(),
    "hexadecimal, upper case": lambda data: data.hex().upper().encode(),
    "URL": lambda data: quote(data, safe="").encode(),
    "URL, every byte": lambda data: b"".join(b"%%%02X" % byte for byte in data),
    "JSON": in_json,
    "JSON in JSON": lambda data: in_json(in_json(data)),
    "zip": zipped,
    "zip, not compressed": stored,
    "half a zip": lambda data: zipped(data)[:-30],
    "zip after something": lambda data: b"#!/bin/sh\n" + zipped(data),
    "tar.gz": tarred,
    "gzip": gzip.compress,
    "gzip, cut off": lambda data: gzip.compress(data + os.urandom(5000))[:-1000],
    "gzip after something": lambda data: b"x" * 100 + gzip.compress(data),
    "zlib": zlib.compress,
    "bzip2": bz2.compress,
    "xz": lzma.compress,
    "pickle": pickle.dumps,
}


def found(data: bytes) -> set[str]:
    return {hit.canary for hit in Search(CANARIES).find(data)}


@pytest.mark.parametrize("encode", ENCODINGS.values(), ids=list(ENCODINGS))
def test_every_encoding(encode: Callable[[bytes], bytes]) -> None:
    assert found(encode(TOKEN.encode())) == {"token"}
    assert found(encode(ODD.encode())) == {"password"}
    assert found(encode(b"nothing of the kind, and as long as a token")) == set()


@pytest.mark.parametrize("outer", ENCODINGS.values(), ids=list(ENCODINGS))
@pytest.mark.parametrize("inner", ENCODINGS.values(), ids=list(ENCODINGS))
def test_every_encoding_in_every_other(inner: Callable[[bytes], bytes], outer: Callable[[bytes], bytes]) -> None:
    data = inner(TOKEN.encode())
    if outer is in_json or outer is ENCODINGS["JSON in JSON"]:
        try:
            data.decode()
        except UnicodeDecodeError:
            pytest.skip("bytes that are no text are in no JSON")

    assert found(outer(data)) == {"token"}


@given(
    st.lists(st.sampled_from([*ENCODINGS]).filter(lambda name: name not in ("JSON", "JSON in JSON")), max_size=5)
)
@example(["zlib", "within noise", "base64"])
@settings(max_examples=60, deadline=None)
def test_layers_upon_layers(names: list[str]) -> None:
    data = TOKEN.encode()
    for name in names:
        data = ENCODINGS[name](data)

    assert found(data) == {"token"}


def test_what_templates_and_pages_make_of_it() -> None:
    assert found(html.escape(ODD).encode()) == {"password"}
    assert found("".join(f"&#{ord(letter)};" for letter in ODD).encode()) == {"password"}
    assert found("".join(f"\\u{ord(letter):04x}" for letter in ODD).encode()) == {"password"}
    assert found(TOKEN.encode("utf-16-le")) == found(TOKEN.encode("utf-16-be")) == {"token"}


def test_a_line_may_break_within() -> None:
    assert found(f"| {TOKEN[:20]}\n  {TOKEN[20:]} |".encode()) == {"token"}


def test_a_plan_of_terraform_is_a_zip(tmp_path: Path) -> None:
    """Terraform's plan holds the state and the configuration as members."""
    (hit,) = Search(CANARIES).find(zipped(in_json(zipped(TOKEN.encode()).hex().encode())))

    assert hit.how == "zip:folder/member > hexadecimal > zip:folder/member > as it is"


def test_a_loose_object_of_git(tmp_path: Path) -> None:
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@b"]
    subprocess.run([*git, "init", "--quiet", "."], cwd=tmp_path, check=True)
    (tmp_path / "settings").write_text(f"token: {TOKEN}\n")
    subprocess.run([*git, "add", "settings"], cwd=tmp_path, check=True)
    (stored,) = (path for path in (tmp_path / ".git/objects").rglob("*") if path.is_file())

    assert found(stored.read_bytes()) == {"token"}


def test_part_of_a_secret_is_none() -> None:
    assert found(TOKEN[:-1].encode()) == set()
    assert found(TOKEN.swapcase().encode()) == set()


def test_what_is_too_large_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("canary.unpack.LARGEST", 1000)

    for pack in (zipped, tarred, gzip.compress, zlib.compress, bz2.compress, lzma.compress):
        with pytest.raises(TooLargeError):
            list(parts(pack(b"x" * 100_000)))
            list(Search(CANARIES).find(pack(b"x" * 100_000)))


def test_a_short_secret_is_refused() -> None:
    with pytest.raises(ValueError, match="16 bytes at least"):
        forms("0123456789")


def test_every_form_is_looked_for_once() -> None:
    assert len(set(forms(ODD).values())) == len(forms(ODD))
    assert len(forms(TOKEN)) == 1 + 2 + 1 + 3  # no base64 for URLs of its own, nothing to escape


def test_a_canary_does_not_show_itself() -> None:
    assert TOKEN not in repr(CANARIES[0])
