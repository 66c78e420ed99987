"""What a piece of data holds: members of archives, what was compressed, what was encoded as text.

One layer at a time; ``canary.search`` goes on with what comes out.
"""

import base64
import binascii
import bz2
import html
import io
import lzma
import re
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from functools import lru_cache, partial
from urllib.parse import unquote_to_bytes

Part = tuple[str, bytes]
Buffer = bytes | memoryview

LARGEST = 512 * 1024 * 1024
"""Bytes that one layer may grow to; more is an error, not silence."""
_ZIP = b"PK\x03\x04"
_PACKED = (_ZIP, b"\x1f\x8b\x08", b"BZh91AY", b"\xfd7zXZ\0")
_ZLIB = re.compile(rb"\x78[\x01\x5e\x9c\xda]")
_PRINTABLE = bytes(range(0x20, 0x7F)) + b"\t\r\n"
_TEXT = re.compile(rb"[\t\r\n -~]{24,}")
_RUN = re.compile(rb"[A-Za-z0-9+/_-]{24,}")
_WRAPPED = re.compile(rb"(?:[A-Za-z0-9+/]{32,128}\r?\n[ \t]*)+[A-Za-z0-9+/]{1,128}")
_LINE_ENDS = (b"\r", b"\n")
_HEXADECIMAL = re.compile(rb"[0-9A-Fa-f]{24,}")
_PERCENT = re.compile(rb"%[0-9A-Fa-f]{2}")
_ESCAPE = re.compile(rb'\\(?:u([0-9A-Fa-f]{4})|x([0-9A-Fa-f]{2})|([\\/"\'nrtbf]))')
_ENTITY = re.compile(rb"&(?:#\d+|#[xX][0-9A-Fa-f]+|[A-Za-z]+);")
_LETTERS = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}
_STANDARD = bytes.maketrans(b"-_", b"+/")


class TooLargeError(Exception):
    """Something unpacks to more than is looked through: it was not searched."""


def parts(data: bytes) -> Iterator[Part]:
    """What ``data`` holds, one layer down, with the name of the layer.

    Raises:
        TooLargeError: a layer has more than ``LARGEST`` bytes.

    """
    yield from _archived(data)
    yield from _compressed(data)
    if is_text(data):
        yield from _encoded(data)
        yield from _escaped(data)
    elif text := b"\n".join(_TEXT.findall(data)):
        yield "text within", text


def is_text(data: bytes) -> bool:
    """Whether most of what stands at the beginning can be printed."""
    beginning = data[:2048]
    return len(beginning.translate(None, _PRINTABLE)) * 8 <= len(beginning)


def _archived(data: bytes) -> Iterator[Part]:
    if _ZIP in data:
        yield from _zipped(data)
    if data[257:262] == b"ustar":
        with tarfile.open(fileobj=io.BytesIO(data)) as archive:
            for member in archive:
                if member.isfile() and (file := archive.extractfile(member)) is not None:
                    _check(member.size)
                    yield f"tar:{member.name}", file.read()


def _zipped(data: bytes) -> Iterator[Part]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for member in archive.infolist():
                _check(member.file_size)
                yield f"zip:{member.filename}", archive.read(member)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError):
        yield from _zipped_in_part(data)


def _zipped_in_part(data: bytes) -> Iterator[Part]:
    """Members of what has no directory any more, such as half an upload: by their own headers."""
    position = data.find(_ZIP)
    while position >= 0:
        header = data[position : position + 30]
        start = position + 30 + int.from_bytes(header[26:28], "little") + int.from_bytes(header[28:30], "little")
        if header[8:10] == b"\x08\0" and (content := _inflate(-zlib.MAX_WBITS, data[start:])):
            yield "half a zip", content
        position = data.find(_ZIP, position + 4)


def _compressed(data: bytes) -> Iterator[Part]:
    for name, magic, start in _STREAMS:
        for match in magic.finditer(data):
            if content := start(memoryview(data)[match.start() :]):
                yield name, content


def _inflate(bits: int, data: Buffer) -> bytes:
    """As much as can be had: what was cut off is searched up to there."""
    decompressor = zlib.decompressobj(bits)
    try:
        content = decompressor.decompress(data, LARGEST)
    except zlib.error:
        return b""
    if decompressor.unconsumed_tail:
        raise TooLargeError
    return content


def _bunzip(data: Buffer) -> bytes:
    decompressor = bz2.BZ2Decompressor()
    try:
        content = decompressor.decompress(data, LARGEST)
    except OSError:
        return b""
    if not (decompressor.eof or decompressor.needs_input):
        raise TooLargeError
    return content


def _unxz(data: Buffer) -> bytes:
    decompressor = lzma.LZMADecompressor()
    try:
        content = decompressor.decompress(data, LARGEST)
    except lzma.LZMAError:
        return b""
    if not (decompressor.eof or decompressor.needs_input):
        raise TooLargeError
    return content


# Wherever they begin. zlib's beginning has two bytes only, and is tried where it looks like one.
_STREAMS: tuple[tuple[str, re.Pattern[bytes], Callable[[Buffer], bytes]], ...] = (
    ("gzip", re.compile(rb"\x1f\x8b\x08"), partial(_inflate, 16 + zlib.MAX_WBITS)),
    ("zlib", _ZLIB, partial(_inflate, zlib.MAX_WBITS)),
    ("bzip2", re.compile(rb"BZh[1-9]1AY&SY"), _bunzip),
    ("xz", re.compile(rb"\xfd7zXZ\0"), _unxz),
)


def _encoded(data: bytes) -> Iterator[Part]:
    wrapped = False
    for match in _RUN.finditer(data):
        run = match.group()
        yield from _base64(run)
        wrapped = wrapped or data[match.end() : match.end() + 1] in _LINE_ENDS
    if wrapped:
        for match in _WRAPPED.finditer(data):
            yield from _base64(b"".join(match.group().split()))
    for match in _HEXADECIMAL.finditer(data):
        for start in range(2):
            run = match.group()[start:]
            content = binascii.unhexlify(run[: len(run) // 2 * 2])
            if _means_something(content):
                yield "hexadecimal", content


@lru_cache(maxsize=50_000)
def _base64(run: bytes) -> tuple[Part, ...]:
    """A run of base64's characters; a slash or a dash before it may belong to something else.

    Names and digests are runs too: what has no capital or no small letter among two dozen is none of base64.
    """
    if run.islower() or run.isupper() or run.isdigit():
        return ()
    run = run.translate(_STANDARD)
    found = []
    for start in range(4):
        usable = run[start:]
        content = base64.b64decode(usable[: len(usable) // 4 * 4] + _last_group(usable))
        if _means_something(content):
            found.append(("base64", content))
    return tuple(found)


def _last_group(run: bytes) -> bytes:
    """What is left after whole groups of four, filled up; one character alone means nothing."""
    left = run[len(run) // 4 * 4 :]
    return left + b"=" * (4 - len(left)) if len(left) > 1 else b""


def _means_something(content: bytes) -> bool:
    """Whether decoding has made something packed, or something with text in it, and not noise."""
    if any(magic in content for magic in _PACKED) or _ZLIB.search(content):
        return True
    return len(content) >= 16 and (is_text(content) or _TEXT.search(content) is not None)


def _escaped(data: bytes) -> Iterator[Part]:
    if b"%" in data and _PERCENT.search(data):
        yield "URL-encoded", unquote_to_bytes(data)
    if b"\\" in data:
        plain = _ESCAPE.sub(_unescape, data)
        if plain != data:
            yield "JSON-escaped", plain
    if b"&" in data and _ENTITY.search(data):
        yield (
            "XML-escaped",
            html.unescape(data.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogatepass"),
        )


def _unescape(match: re.Match[bytes]) -> bytes:
    four, two, one = match.groups()
    if one is not None:
        return _LETTERS.get(one, one)
    return chr(int(four or two, 16)).encode("utf-8", "surrogatepass")


def _check(size: int) -> None:
    if size > LARGEST:
        raise TooLargeError
