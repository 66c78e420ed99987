"""Wait conditions: signals at a presigned URL."""

import json
import time
from threading import Thread
from typing import Any

import requests


def template(timeout: int, count: int = 1) -> dict[str, Any]:
    condition = {"Handle": {"Ref": "Handle"}, "Timeout": timeout, "Count": count}
    return {
        "Resources": {
            "Handle": {"Type": "AWS::CloudFormation::WaitConditionHandle"},
            "Condition": {"Type": "AWS::CloudFormation::WaitCondition", "Properties": condition},
        },
        "Outputs": {"Data": {"Value": {"Fn::GetAtt": ["Condition", "Data"]}}},
    }


def signal(stacks: Any, stack_id: str, *signals: dict[str, str]) -> None:
    deadline = time.monotonic() + 20
    while not (url := stacks.physical(stack_id).get("Handle")) and time.monotonic() < deadline:
        time.sleep(0.1)
    for content in signals:
        requests.put(url, data=json.dumps(content), timeout=10).raise_for_status()
        time.sleep(0.5)


def test_success_signals_complete_it(stacks: Any) -> None:
    stack_id = stacks.start(template(30, count=2))
    signals = [{"Status": "SUCCESS", "UniqueId": name, "Data": name.upper(), "Reason": ""} for name in ("a", "b")]
    thread = Thread(target=signal, args=(stacks, stack_id, *signals))
    thread.start()
    stack = stacks.settled(stack_id)
    thread.join()
    assert stack["StackStatus"] == "CREATE_COMPLETE"
    assert json.loads(stack["Outputs"][0]["OutputValue"]) == {"a": "A", "b": "B"}


def test_a_failure_signal_fails_it(stacks: Any) -> None:
    stack_id = stacks.start(template(30))
    signal(stacks, stack_id, {"Status": "FAILURE", "UniqueId": "a", "Reason": "broken", "Data": ""})
    assert stacks.settled(stack_id)["StackStatus"] == "ROLLBACK_COMPLETE"
    assert "received failed message: 'broken'" in stacks.reason(stack_id, "Condition", "CREATE_FAILED")


def test_silence_ends_with_the_timeout(stacks: Any) -> None:
    stack = stacks.create(template(1))
    reason = stacks.reason(stack["StackId"], "Condition", "CREATE_FAILED")
    assert reason == "WaitCondition timed out. Received 0 conditions when expecting 1"
