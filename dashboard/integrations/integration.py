"""What a module of a receiver declares: which events it accepts, and how it turns a payload into a message."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.message import EmailMessage
from urllib.parse import quote

from dashboard.integrations.payload import EventPayload
from dashboard.model.json_text import json_text
from dashboard.model.outgoing import EventName

ALL_EVENTS = tuple(EventName)
STATUS_EVENTS = (EventName.RUN_STARTED, EventName.RUN_FINISHED, EventName.RUN_FAILED, EventName.RUN_STOPPED)
_VARIABLE = re.compile(r"\$\{([^{}]*)\}")


class NotForReceiver(Exception):
    """The event is not sent to this receiver. The message gives the reason."""


class InvalidOption(ValueError):
    """An option or a URL cannot be used. `field` names it."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """A setting of a receiver. `rows` above 1 is a text of several lines."""

    name: str
    label: str
    default: str = ""
    hint: str = ""
    max_length: int = 200
    rows: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """Where a message goes. `url` may contain `${key}` for keys of the run's meta. `token` authenticates us."""

    url: str
    options: Mapping[str, str] = field(default_factory=dict)
    token: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpMessage:
    """A POST request."""

    url: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


Message = HttpMessage | EmailMessage


@dataclass(frozen=True, slots=True, kw_only=True)
class Integration:
    """A kind of receiver.

    accepts, default_events: the events that a webhook of this kind may and initially does subscribe to
    url_hint: an example of its URL
    hides_url: whoever knows the URL may post, so that it is a secret
    token_header: the header and the prefix of its access token, or None if it needs none
    matches: whether a URL belongs to this kind, so that a webhook need not name it
    check: raises InvalidOption for options that cannot be used
    build: returns the message for a payload. Raises NotForReceiver, InvalidOption
    """

    name: str
    title: str
    url_hint: str
    build: Callable[[EventPayload, Recipient], Message]
    accepts: tuple[EventName, ...] = ALL_EVENTS
    default_events: tuple[EventName, ...] = ALL_EVENTS
    hides_url: bool = False
    token_header: tuple[str, str] | None = None
    options: tuple[Option, ...] = ()
    matches: Callable[[str], bool] = lambda _url: False
    check: Callable[[Mapping[str, str]], None] = lambda _options: None
    scheme: str = "http"

    def option(self, recipient: Recipient, name: str) -> str:
        """Return the value of an option, or its default."""
        default = next(option.default for option in self.options if option.name == name)
        return recipient.options.get(name) or default


def json_message(url: str, value: object, headers: Mapping[str, str] | None = None) -> HttpMessage:
    """Return a message with a JSON body."""
    body = json_text(value).encode("utf-8", "replace")
    return HttpMessage(
        url=url, body=body, headers={"Content-Type": "application/json; charset=utf-8", **(headers or {})}
    )


def variables_of(url: str) -> list[str]:
    """Return the keys of the run's meta that a URL contains as `${key}`."""
    return _VARIABLE.findall(url)


def filled(url: str, payload: EventPayload) -> str:
    """Return a URL with `${key}` replaced by the run's meta. Raises NotForReceiver if the run has no such key."""

    def value_of(found: re.Match[str]) -> str:
        value = payload.meta.get(found[1])
        if not value:
            raise NotForReceiver(f'the run has no "{found[1]}" in its metadata, which the URL contains')
        if value in (".", ".."):  # a server could read it as another path
            raise NotForReceiver(f'"{value}" in the metadata of the run cannot be a part of the URL')
        return quote(value, safe="")

    return _VARIABLE.sub(value_of, url)


def shortened(text: str, max_length: int) -> str:
    """Return a text of at most `max_length` characters."""
    return text if len(text) <= max_length else f"{text[: max_length - 1]}…"
