"""JSON written by awk: the same text comes back, whatever it was."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

SCRIPT = '. ./json.sh; json_string "$1"'


@pytest.mark.parametrize(
    "text",
    [
        "",
        "plain",
        'quote " and backslash \\ and \\n',
        "tab\tbell\x07escape\x1b[31mdelete\x7f",
        "line\nbreaks\r\n\n",
        "\n",
        "é ü ß — “quotes” … ✓",
        "日本語 العربية",
        "😀 \U0001d518 \U0010ffff",
        "$(touch /tmp/x) `id` ${HOME} %s %n",
        "</script>&amp;'",
        "\u2028\u2029\ufeff",
    ],
)
def test_texts_come_back_unchanged(machine: Any, text: str) -> None:
    written = machine.bash(SCRIPT, text)

    assert json.loads(written.decode("ascii")) == text


@given(text=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=80))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_comes_back_unchanged(machine: Any, text: str) -> None:
    assert json.loads(machine.bash(SCRIPT, text).decode("ascii")) == text


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"\xff\xfe", "��"),
        (b"cut \xe2\x82", "cut ��"),
        (b"overlong \xc0\xaf", "overlong ��"),
        (b"surrogate \xed\xa0\x80 end", "surrogate ��� end"),
        (b"\xf5\x80\x80\x80", "����"),
        (b"\x80 \xc3\xa9", "� é"),
    ],
)
def test_bytes_that_are_not_utf8_are_marked(machine: Any, raw: bytes, text: str) -> None:
    assert json.loads(machine.bash(SCRIPT, raw).decode("ascii")) == text
