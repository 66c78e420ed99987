import os
import sys
import time
from pathlib import Path

import pytest

from demo.children import Child, Children
from demo.cloud import clean_environment


def start(children: Children, code: str) -> Child:
    arguments = [sys.executable, "-c", code]
    return children.start(arguments, environment=clean_environment(), directory=Path.cwd(), patience=1.0)


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def wait_for_line(child: Child) -> None:
    deadline = time.monotonic() + 10
    while not child.tail:
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_all_that_was_started_is_ended() -> None:
    children = Children()
    child = start(children, "import time; print('up', flush=True); time.sleep(60)")
    wait_for_line(child)

    children.end()

    assert child.code is not None
    assert not alive(child.pid)


def test_one_that_does_not_listen_is_ended_too() -> None:
    children = Children()
    child = start(
        children,
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
        "print('up', flush=True); time.sleep(60)",
    )
    wait_for_line(child)

    children.end()

    assert not alive(child.pid)


def test_one_that_was_released_stays() -> None:
    children = Children()
    child = start(children, "import time; print('up', flush=True); time.sleep(60)")
    wait_for_line(child)
    children.release(child)

    children.end()

    assert child.code is None
    child.end()


def test_nothing_of_the_persons_aws_settings_is_passed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "production")

    assert not [name for name in clean_environment(AWS_REGION="eu-central-1") if name == "AWS_PROFILE"]
