"""The live bus: what is published once is handed to every stream that asked for its topic.

Numbers are global and rise by one; a client that comes back with the last one it saw gets the rest without
a gap or a double, or `reset` when that is no longer possible. Messages are encoded once and shared.
"""

import re
import threading
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

from dashboard.model.json_text import json_text

MAX_STREAMS = 100
MAX_TOPICS = 32
RING_MESSAGES = 2_000
RING_BYTES = 8 * 1024 * 1024
_TOPIC = re.compile(r"runs|(?:run|ops|log):[0-9a-z-]{1,64}", re.ASCII)
_EVENT_ID = re.compile(r"([0-9a-z]{1,32})-([0-9]{1,15})", re.ASCII)


class TooManyStreams(Exception):
    """As many clients listen as the server has room for."""


class HubClosed(Exception):
    """The bus or this subscription has ended: nothing will come any more."""


@dataclass(frozen=True, slots=True)
class HubLimits:
    """How many clients may listen, and how much is kept: for all that come back, and for each that is slow.

    What is kept fits into a queue twice, so that a replay does not overflow it.
    """

    streams: int = MAX_STREAMS
    messages: int = RING_MESSAGES
    bytes: int = RING_BYTES

    def overflow(self, messages: int, size: int) -> bool:
        """A queue of this length is that of a client which is too slow."""
        return messages > 2 * self.messages or (messages > 1 and size > 2 * self.bytes)


@dataclass(frozen=True, slots=True)
class HubMessage:
    """One published event, encoded."""

    number: int
    topic: str
    body: bytes


def is_topic(text: str) -> bool:
    """`runs`, or `run:`, `ops:` or `log:` with a run's id."""
    return _TOPIC.fullmatch(text) is not None


def encode(event_id: str, event: str, text: str) -> bytes:
    """One server-sent event. JSON text has no raw line ends, so one `data:` line is enough."""
    return f"id: {event_id}\nevent: {event}\ndata: {text}\n\n".encode("utf-8", "replace")


class Hub:
    """Fans events out to streams. `epoch` names this process: ids of another one are unknown here."""

    def __init__(self, epoch: str, limits: HubLimits | None = None) -> None:
        self._epoch = epoch
        self._limits = limits or HubLimits()
        self._lock = threading.Lock()
        self._number = 0
        self._ring: deque[HubMessage] = deque()
        self._ring_bytes = 0
        self._topics: dict[str, set[Subscription]] = {}
        self._left_at: dict[str, int] = {}
        self._streams = 0
        self._closed = False

    @property
    def streams(self) -> int:
        """How many clients listen."""
        return self._streams

    def has_subscribers(self, topic: str) -> bool:
        """Whether `topic` is listened to, or its last listener may still come back for what it missed.

        What is costly to make may be left out otherwise.
        """
        with self._lock:
            return topic in self._topics or self._left_at.get(topic, -1) >= self._forgotten

    def publish(self, topic: str, event: str, data: dict[str, object]) -> None:
        """Tell everybody who listens to `topic`, and keep it for those who come back."""
        text = json_text({"topic": topic, "data": data})
        with self._lock:
            if self._closed:
                return
            self._number += 1
            body = encode(f"{self._epoch}-{self._number}", event, text)
            self._keep(HubMessage(self._number, topic, body))
            for subscription in self._topics.get(topic, ()):
                subscription.put(body)

    def subscribe(self, topics: Iterable[str], last_event_id: str | None = None) -> "Subscription":
        """Listen to `topics`, from the message after `last_event_id` on. Raises TooManyStreams, Closed."""
        with self._lock:
            if self._closed:
                raise HubClosed
            if self._streams >= self._limits.streams:
                raise TooManyStreams
            subscription = Subscription(self, self._lock, tuple(dict.fromkeys(topics)), self._limits)
            self._streams += 1
            for topic in subscription.topics:
                self._topics.setdefault(topic, set()).add(subscription)
            for body in self._opening(subscription.topics, last_event_id):
                subscription.put(body)
            return subscription

    def close(self) -> None:
        """Every stream gets what waits for it and then ends; what is published later is dropped."""
        with self._lock:
            self._closed = True
            for subscription in {s for listeners in self._topics.values() for s in listeners}:
                subscription.end()

    def remove(self, subscription: "Subscription") -> None:
        """Forget a listener. The caller holds the lock."""
        self._streams -= 1
        for topic in subscription.topics:
            listeners = self._topics[topic]
            listeners.discard(subscription)
            if not listeners:
                del self._topics[topic]
                self._left_at[topic] = self._number
        self._left_at = {
            topic: number for topic, number in self._left_at.items() if number >= self._forgotten
        }

    def reset(self, topics: tuple[str, ...]) -> bytes:
        """The message that says: fetch again. The caller holds the lock."""
        return encode(f"{self._epoch}-{self._number}", "reset", json_text({"topics": topics}))

    @property
    def _forgotten(self) -> int:
        """Number of the newest message that is no longer kept."""
        return self._number - len(self._ring)

    def _keep(self, message: HubMessage) -> None:
        self._ring.append(message)
        self._ring_bytes += len(message.body)
        limits = self._limits
        while self._ring_bytes > limits.bytes or len(self._ring) > limits.messages:
            self._ring_bytes -= len(self._ring.popleft().body)

    def _opening(self, topics: tuple[str, ...], last_event_id: str | None) -> list[bytes]:
        """`hello`, then what was missed. `hello` carries the id that the client already has, so that a
        connection that breaks in the middle of the replay is replayed again and not skipped."""
        if not last_event_id:
            return [self._hello(self._number)]
        seen = self._number_in(last_event_id)
        if seen is None:
            return [self._hello(self._number), self.reset(topics)]
        missed = [m.body for m in self._ring if m.number > seen and m.topic in topics]
        return [self._hello(seen), *missed]

    def _hello(self, number: int) -> bytes:
        event_id = f"{self._epoch}-{number}"
        return encode(event_id, "hello", json_text({"id": event_id}))

    def _number_in(self, last_event_id: str) -> int | None:
        """The number in an id of ours after which nothing was forgotten; else None."""
        match = _EVENT_ID.fullmatch(last_event_id)
        if match is None or match[1] != self._epoch:
            return None
        number = int(match[2])
        return number if self._forgotten <= number <= self._number else None


class Subscription:
    """One client's bounded queue. One that is too slow loses it and gets `reset` in its place."""

    def __init__(self, hub: Hub, lock: threading.Lock, topics: tuple[str, ...], limits: HubLimits) -> None:
        self.topics = topics
        self._hub = hub
        self._limits = limits
        self._arrived = threading.Condition(lock)
        self._waiting: deque[bytes] = deque()
        self._bytes = 0
        self._ended = False
        self._removed = False

    def next(self, timeout_s: float) -> bytes | None:
        """All messages that wait, as one piece; None when none came in time. Raises Closed at the end."""
        with self._arrived:
            if not self._waiting and not self._ended:
                self._arrived.wait(timeout_s)
            if self._waiting:
                piece = b"".join(self._waiting)
                self._waiting.clear()
                self._bytes = 0
                return piece
            if self._ended:
                raise HubClosed
            return None

    def close(self) -> None:
        """Stop listening; harmless when done before."""
        with self._arrived:
            self.end()
            if not self._removed:
                self._removed = True
                self._hub.remove(self)

    def put(self, body: bytes) -> None:
        """Queue a message. The caller holds the lock."""
        if self._limits.overflow(len(self._waiting) + 1, self._bytes + len(body)):
            self._waiting.clear()
            self._bytes = 0
            body = self._hub.reset(self.topics)
        self._waiting.append(body)
        self._bytes += len(body)
        self._arrived.notify()

    def end(self) -> None:
        """Nothing more will come. The caller holds the lock."""
        self._ended = True
        self._arrived.notify_all()
