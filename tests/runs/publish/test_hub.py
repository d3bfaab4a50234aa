"""The hub: publishing, replay, limits and slow clients."""

import json
import threading

import pytest

from dashboard.runs.publish.hub import Hub, HubClosed, HubLimits, Subscription, TooManyStreams, is_topic


def messages(subscription: Subscription) -> list[tuple[str, str, object]]:
    """Return (id, event, data) of all waiting messages."""
    piece = subscription.next(0)
    blocks = (piece or b"").decode().split("\n\n")[:-1]
    fields = [dict(line.split(": ", 1) for line in block.split("\n")) for block in blocks]
    return [(field["id"], field["event"], json.loads(field["data"])) for field in fields]


def numbers(subscription: Subscription) -> list[int]:
    """Return the `n` of each waiting event."""
    return [data["data"]["n"] for _, event, data in messages(subscription) if event == "x"]


@pytest.fixture
def hub() -> Hub:
    return Hub("e1", HubLimits(streams=3, messages=10, bytes=10_000))


def test_a_stream_opens_with_hello_and_the_current_id(hub: Hub) -> None:
    hub.publish("runs", "run", {"run_id": "a"})

    assert messages(hub.subscribe(["runs"])) == [("e1-1", "hello", {"id": "e1-1"})]


def test_an_event_reaches_only_subscribers_of_its_topic(hub: Hub) -> None:
    runs, other = hub.subscribe(["runs"]), hub.subscribe(["run:a"])
    messages(runs), messages(other)
    hub.publish("runs", "run", {"run_id": "a"})

    assert messages(runs) == [("e1-1", "run", {"topic": "runs", "data": {"run_id": "a"}})]
    assert other.next(0) is None


def test_a_returning_client_gets_missed_messages_once_and_in_order(hub: Hub) -> None:
    for n in range(1, 7):
        hub.publish("run:a" if n % 2 else "run:b", "x", {"n": n})
    back = hub.subscribe(["run:a"], "e1-2")
    hub.publish("run:a", "x", {"n": 7})

    assert numbers(back) == [3, 5, 7]


def test_hello_before_a_replay_keeps_the_position_of_the_client(hub: Hub) -> None:
    for n in range(1, 4):
        hub.publish("runs", "x", {"n": n})

    assert messages(hub.subscribe(["runs"], "e1-1"))[0] == ("e1-1", "hello", {"id": "e1-1"})


@pytest.mark.parametrize(
    "unknown", ["e1-4", "e0-12", "e1-99", "garbage", "e1-", "e1--1", "e1-5\n", "x" * 9999]
)
def test_a_client_with_an_unknown_id_gets_a_reset_event(hub: Hub, unknown: str) -> None:
    for n in range(15):
        hub.publish("runs", "x", {"n": n})
    events = messages(hub.subscribe(["runs", "run:a"], unknown))

    assert [event for _, event, _ in events] == ["hello", "reset"]
    assert events[1] == ("e1-15", "reset", {"topics": ["runs", "run:a"]})


def test_the_oldest_known_id_gets_a_complete_replay(hub: Hub) -> None:
    for n in range(1, 16):
        hub.publish("runs", "x", {"n": n})

    assert numbers(hub.subscribe(["runs"], "e1-5")) == list(range(6, 16))


def test_kept_messages_are_limited_in_bytes_too(hub: Hub) -> None:
    for n in range(1, 5):
        hub.publish("runs", "x", {"n": n, "text": "y" * 4_000})

    assert numbers(hub.subscribe(["runs"], "e1-2")) == [3, 4]
    assert [event for _, event, _ in messages(hub.subscribe(["runs"], "e1-1"))] == ["hello", "reset"]


def test_a_slow_client_gets_a_reset_event_and_then_later_messages(hub: Hub) -> None:
    slow = hub.subscribe(["runs"])
    for n in range(1, 25):
        hub.publish("runs", "x", {"n": n})
    events = messages(slow)

    assert events[0] == ("e1-20", "reset", {"topics": ["runs"]})
    assert [event for _, event, _ in events[1:]] == ["x"] * 4


def test_a_stream_above_the_limit_is_rejected(hub: Hub) -> None:
    first, *_ = [hub.subscribe(["runs"]) for _ in range(3)]
    with pytest.raises(TooManyStreams):
        hub.subscribe(["runs"])
    first.close()
    first.close()

    assert hub.streams == 2
    hub.subscribe(["runs"])


def test_close_wakes_waiting_clients(hub: Hub) -> None:
    subscription = hub.subscribe(["runs"])
    messages(subscription)
    ended = threading.Event()

    def listen() -> None:
        with pytest.raises(HubClosed):
            subscription.next(30)
        ended.set()

    thread = threading.Thread(target=listen)
    thread.start()
    hub.close()
    thread.join(5)

    assert ended.is_set()
    with pytest.raises(HubClosed):
        hub.subscribe(["runs"])


def test_events_before_close_are_still_delivered(hub: Hub) -> None:
    subscription = hub.subscribe(["runs"])
    hub.publish("runs", "x", {"n": 1})
    hub.close()

    assert numbers(subscription) == [1]
    with pytest.raises(HubClosed):
        subscription.next(0)


def test_a_message_is_encoded_once_for_all_listeners(hub: Hub) -> None:
    first, second = hub.subscribe(["runs"]), hub.subscribe(["runs"])
    messages(first), messages(second)
    hub.publish("runs", "x", {"n": 1})

    assert first._waiting[0] is second._waiting[0]


def test_a_reconnecting_client_misses_and_repeats_nothing() -> None:
    hub = Hub("e1", HubLimits(messages=5_000))
    publishers = [
        threading.Thread(target=lambda: [hub.publish("runs", "x", {"n": 1}) for _ in range(500)])
        for _ in range(4)
    ]
    for thread in publishers:
        thread.start()
    seen: list[int] = []
    last = "e1-0"
    while len(seen) < 2_000:
        subscription = hub.subscribe(["runs"], last)
        piece = messages(subscription)
        seen += [int(event_id.split("-")[1]) for event_id, event, _ in piece if event == "x"]
        last = piece[-1][0]
        subscription.close()
    for thread in publishers:
        thread.join(5)

    assert seen == list(range(1, 2_001))


def test_a_topic_has_subscribers_while_one_may_still_reconnect(hub: Hub) -> None:
    assert not hub.has_subscribers("ops:a")
    subscription = hub.subscribe(["ops:a"])
    assert hub.has_subscribers("ops:a")
    subscription.close()
    assert hub.has_subscribers("ops:a")
    for n in range(11):
        hub.publish("runs", "x", {"n": n})
    assert not hub.has_subscribers("ops:a")


@pytest.mark.parametrize("topic", ["runs", "run:20261121-101500-abcdefgh", "ops:latest", "log:x"])
def test_valid_topics(topic: str) -> None:
    assert is_topic(topic)


@pytest.mark.parametrize(
    "text", ["", "run", "run:", "runs:a", "run:A", "run:../x", "run:a\n", "run:" + "a" * 65]
)
def test_invalid_topics(text: str) -> None:
    assert not is_topic(text)
