import time

import pytest
from botocore.exceptions import ClientError

GROUP = "/test/filter"


@pytest.fixture
def logs(cloud):
    client = cloud.client("logs")
    client.create_log_group(logGroupName=GROUP)
    now = int(time.time() * 1000)
    for stream, after, words in [
        ("p-1/apply", 2000, "second"),
        ("p-2/apply", 1000, "first"),
        ("p-2/plan", 3000, "third"),
    ]:
        client.create_log_stream(logGroupName=GROUP, logStreamName=stream)
        client.put_log_events(
            logGroupName=GROUP, logStreamName=stream, logEvents=[{"timestamp": now + after, "message": words}]
        )
    yield client
    client.delete_log_group(logGroupName=GROUP)


def words(answer):
    return [event["message"] for event in answer["events"]]


def test_streams_can_be_chosen_by_prefix(logs):
    assert words(logs.filter_log_events(logGroupName=GROUP, logStreamNamePrefix="p-2/")) == ["first", "third"]
    assert words(logs.filter_log_events(logGroupName=GROUP, logStreamNamePrefix="p-3/")) == []


def test_events_come_in_the_order_of_time(logs):
    assert words(logs.filter_log_events(logGroupName=GROUP)) == ["first", "second", "third"]


def test_names_and_prefix_exclude_each_other(logs):
    with pytest.raises(ClientError, match="exclude each other"):
        logs.filter_log_events(logGroupName=GROUP, logStreamNames=["p-1/apply"], logStreamNamePrefix="p-2/")


def test_an_unknown_group_is_not_found(logs):
    with pytest.raises(ClientError) as refusal:
        logs.filter_log_events(logGroupName="/no/such/group")

    assert refusal.value.response["Error"]["Code"] == "ResourceNotFoundException"
