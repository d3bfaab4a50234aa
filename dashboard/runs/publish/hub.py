"""The hub: distributes published messages to all event streams that subscribe to their topic.

Message numbers are global and consecutive. A client that reconnects with the last number it received gets every later
message exactly once, or `reset` when some of them are no longer kept. Each message is encoded once for all streams.
"""

import re
import threading
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

from pydantic_core import PydanticSerializationError, to_json

from dashboard.model.json_text import json_text

MAX_STREAMS = 100
MAX_TOPICS = 32
MAX_REPLAY_MESSAGES = 2_000
MAX_REPLAY_BYTES = 8 * 1024 * 1024
_TOPIC = re.compile(r"runs|(?:run|ops|log):[0-9a-z-]{1,64}", re.ASCII)
_EVENT_ID = re.compile(r"([0-9a-z]{1,32})-([0-9]{1,15})", re.ASCII)


class TooManyStreams(Exception):
    """The limit of concurrent streams is reached."""


class HubClosed(Exception):
    """The hub or this subscription is closed; no more messages will arrive."""


@dataclass(frozen=True, slots=True)
class HubLimits:
    """The maximum number of streams, and the maximum size of the replay buffer in messages and bytes.

    The queue of each client holds twice as much as the replay buffer, so a replay never overflows it.
    """

    streams: int = MAX_STREAMS
    messages: int = MAX_REPLAY_MESSAGES
    bytes: int = MAX_REPLAY_BYTES

    def overflows(self, messages: int, size: int) -> bool:
        """Return whether a client's queue of this size is too long, which means that the client reads too slowly."""
        return messages > 2 * self.messages or (messages > 1 and size > 2 * self.bytes)


@dataclass(frozen=True, slots=True)
class HubMessage:
    """One published message, encoded."""

    number: int
    topic: str
    body: bytes


def is_topic(text: str) -> bool:
    """Return whether `text` is `runs`, or `run:`, `ops:` or `log:` followed by a run id."""
    return _TOPIC.fullmatch(text) is not None


def _text_of(data: object) -> str:
    """Return JSON text. `to_json` takes a quarter of the time, but refuses unpaired surrogates."""
    try:
        return to_json(data, inf_nan_mode="null").decode()
    except PydanticSerializationError:
        return json_text(data)


def encode(event_id: str, event: str, text: str) -> bytes:
    """Encode one server-sent event. JSON text has no raw line feeds, so it needs only one `data:` line."""
    return f"id: {event_id}\nevent: {event}\ndata: {text}\n\n".encode("utf-8", "replace")


class Hub:
    """Distributes messages to streams. `epoch` identifies this process: ids of an earlier process are unknown."""

    def __init__(self, epoch: str, limits: HubLimits | None = None) -> None:
        self._epoch = epoch
        self._limits = limits or HubLimits()
        self._lock = threading.Lock()
        self._number = 0
        self._replay: deque[HubMessage] = deque()
        self._replay_bytes = 0
        self._topics: dict[str, set[Subscription]] = {}
        # By topic: the number of the newest message when the last subscriber left.
        self._number_at_unsubscribe: dict[str, int] = {}
        self._streams = 0
        self._closed = False

    @property
    def streams(self) -> int:
        """Return the number of open streams."""
        return self._streams

    def has_subscribers(self, topic: str) -> bool:
        """Return whether a stream subscribes to `topic`, or its last subscriber can still resume without a gap.

        Otherwise an expensive message need not be published.
        """
        with self._lock:
            return topic in self._topics or self._number_at_unsubscribe.get(topic, -1) >= self._last_dropped

    def publish(self, topic: str, event: str, data: dict[str, object]) -> None:
        """Send a message to all subscribers of `topic`, and keep it for clients that reconnect."""
        text = _text_of({"topic": topic, "data": data})
        with self._lock:
            if self._closed:
                return
            self._number += 1
            body = encode(f"{self._epoch}-{self._number}", event, text)
            self._keep(HubMessage(self._number, topic, body))
            for subscription in self._topics.get(topic, ()):
                subscription.put(body)

    def subscribe(
        self, topics: Iterable[str], last_event_id: str | None = None, *, owner: str = ""
    ) -> "Subscription":
        """Subscribe to `topics`, resuming after `last_event_id`. `owner` identifies the client, for `end_streams_of`.

        Raises TooManyStreams, HubClosed.
        """
        with self._lock:
            if self._closed:
                raise HubClosed
            if self._streams >= self._limits.streams:
                raise TooManyStreams
            subscription = Subscription(self, self._lock, tuple(dict.fromkeys(topics)), self._limits, owner)
            self._streams += 1
            for topic in subscription.topics:
                self._topics.setdefault(topic, set()).add(subscription)
            for body in self._first_messages(subscription.topics, last_event_id):
                subscription.put(body)
            return subscription

    def close(self) -> None:
        """End every stream after its waiting messages; drop messages published later."""
        with self._lock:
            self._closed = True
            for subscription in self._subscriptions():
                subscription.end()

    def end_streams_of(self, owner: str) -> None:
        """End the streams of `owner` now. Their waiting messages are dropped."""
        with self._lock:
            for subscription in self._subscriptions():
                if subscription.owner == owner:
                    subscription.drop()
                    subscription.end()

    def remove(self, subscription: "Subscription") -> None:
        """Remove a subscription. The caller holds the lock."""
        self._streams -= 1
        for topic in subscription.topics:
            subscribers = self._topics[topic]
            subscribers.discard(subscription)
            if not subscribers:
                del self._topics[topic]
                self._number_at_unsubscribe[topic] = self._number
        self._number_at_unsubscribe = {
            topic: number
            for topic, number in self._number_at_unsubscribe.items()
            if number >= self._last_dropped
        }

    def reset_message(self, topics: tuple[str, ...]) -> bytes:
        """Return the message that makes a client reload its data. The caller holds the lock."""
        return encode(f"{self._epoch}-{self._number}", "reset", json_text({"topics": topics}))

    def _subscriptions(self) -> set["Subscription"]:
        return {subscription for subscribers in self._topics.values() for subscription in subscribers}

    @property
    def _last_dropped(self) -> int:
        """Return the number of the newest message that is no longer kept."""
        return self._number - len(self._replay)

    def _keep(self, message: HubMessage) -> None:
        self._replay.append(message)
        self._replay_bytes += len(message.body)
        limits = self._limits
        while self._replay_bytes > limits.bytes or len(self._replay) > limits.messages:
            self._replay_bytes -= len(self._replay.popleft().body)

    def _first_messages(self, topics: tuple[str, ...], last_event_id: str | None) -> list[bytes]:
        """Return `hello` and the missed messages. `hello` repeats the id that the client sent: if the connection
        breaks during the replay, the next one starts from the same message."""
        if not last_event_id:
            return [self._hello_message(self._number)]
        seen = self._number_in(last_event_id)
        if seen is None:
            return [self._hello_message(self._number), self.reset_message(topics)]
        missed = [m.body for m in self._replay if m.number > seen and m.topic in topics]
        return [self._hello_message(seen), *missed]

    def _hello_message(self, number: int) -> bytes:
        event_id = f"{self._epoch}-{number}"
        return encode(event_id, "hello", json_text({"id": event_id}))

    def _number_in(self, last_event_id: str) -> int | None:
        """Return the number in an event id if every later message is still kept; else None."""
        match = _EVENT_ID.fullmatch(last_event_id)
        if match is None or match[1] != self._epoch:
            return None
        number = int(match[2])
        return number if self._last_dropped <= number <= self._number else None


class Subscription:
    """The bounded queue of one client. When the client is too slow, `reset` replaces the contents of the queue."""

    def __init__(
        self, hub: Hub, lock: threading.Lock, topics: tuple[str, ...], limits: HubLimits, owner: str
    ) -> None:
        self.topics = topics
        self.owner = owner
        self._hub = hub
        self._limits = limits
        self._arrived = threading.Condition(lock)
        self._waiting: deque[bytes] = deque()
        self._bytes = 0
        self._ended = False
        self._removed = False

    def next(self, timeout_s: float) -> bytes | None:
        """Return all waiting messages joined, or None after the timeout. Raises HubClosed at the end."""
        with self._arrived:
            if not self._waiting and not self._ended:
                self._arrived.wait(timeout_s)
            if not self._waiting and self._ended:
                raise HubClosed
            joined = b"".join(self._waiting)
            self.drop()
            return joined or None

    def close(self) -> None:
        """Unsubscribe; safe to call twice."""
        with self._arrived:
            self.end()
            if not self._removed:
                self._removed = True
                self._hub.remove(self)

    def put(self, body: bytes) -> None:
        """Queue a message. The caller holds the lock."""
        if self._limits.overflows(len(self._waiting) + 1, self._bytes + len(body)):
            self.drop()
            body = self._hub.reset_message(self.topics)
        self._waiting.append(body)
        self._bytes += len(body)
        self._arrived.notify()

    def drop(self) -> None:
        """Forget the waiting messages. The caller holds the lock."""
        self._waiting.clear()
        self._bytes = 0

    def end(self) -> None:
        """Mark the end of the stream. The caller holds the lock."""
        self._ended = True
        self._arrived.notify_all()
