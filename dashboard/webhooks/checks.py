"""Checks of a webhook before it is stored. Every problem names its field."""

import re
from collections.abc import Callable, Mapping
from typing import Final
from urllib.parse import urlsplit

from dashboard.integrations.integration import Integration, InvalidOption, variables_of
from dashboard.integrations.mail import recipients_of
from dashboard.integrations.registry import integration_for, integrations
from dashboard.model.annotations import is_single_line
from dashboard.model.errors import InvalidRequest
from dashboard.model.outgoing import EventName
from dashboard.webhooks.signing import check_secret

CheckUrl = Callable[[str, str], None]
_VARIABLE_NAME: Final = re.compile(r"[A-Za-z0-9_.-]{1,64}", re.ASCII)
# Headers that the dashboard sets itself.
_OWN_HEADERS: Final = frozenset(
    {
        *("host", "content-length", "transfer-encoding", "connection", "x-perf-signature"),
        *("webhook-id", "webhook-timestamp", "webhook-signature"),
    }
)


def integration_of(name: str | None, url: str) -> Integration:
    """Return the receiver that a request names, or to which its URL belongs. Raises InvalidRequest."""
    if name is None:
        return integration_for(url)
    known = integrations()
    if name not in known:
        raise InvalidRequest.field("integration", f"must be one of {', '.join(known)}")
    return known[name]


def check_url(url: str, integration: Integration, check_address: CheckUrl) -> None:
    """Check a URL and, as far as it is known, the address it leads to. Raises InvalidRequest, AddressRefused."""
    if integration.scheme == "mailto":
        try:
            recipients_of(url if url.startswith("mailto:") else "mailto:")
        except InvalidOption as error:
            raise InvalidRequest.field(error.field, str(error)) from None
        return
    if any(ord(character) <= 32 or ord(character) == 127 for character in url):
        raise InvalidRequest.field("url", "must not contain spaces or control characters")
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        raise InvalidRequest.field("url", "must be a URL such as https://example.com/hooks") from None
    if parts.scheme not in ("http", "https") or not parts.hostname or "\\" in parts.netloc:
        raise InvalidRequest.field("url", "must be a URL such as https://example.com/hooks")
    if parts.username is not None or parts.password is not None:
        raise InvalidRequest.field("url", "must not contain a user or password. Add a header instead")
    _check_variables(url, parts.netloc)
    check_address("url", url)


def _check_variables(url: str, netloc: str) -> None:
    if "$" in netloc or "{" in netloc:
        raise InvalidRequest.field("url", "must not contain ${…} in its host")
    for name in variables_of(url):
        if not _VARIABLE_NAME.fullmatch(name):
            raise InvalidRequest.field(
                "url", "may contain ${key} only for keys of the metadata, such as ${commit_sha}"
            )


def check_events(names: list[str], integration: Integration) -> tuple[EventName, ...]:
    """Return the events of a request; without any, those that the receiver starts with. Raises InvalidRequest."""
    if not names:
        return integration.default_events
    for index, name in enumerate(names):
        if name not in integration.accepts:
            accepted = ", ".join(integration.accepts)
            raise InvalidRequest.field(f"events[{index}]", f"{integration.title} accepts {accepted}")
    return tuple(event for event in EventName if event in names)


def check_options(options: Mapping[str, str], integration: Integration) -> dict[str, str]:
    """Return the options that are set. Raises InvalidRequest."""
    known = {option.name: option for option in integration.options}
    for name, value in options.items():
        if name not in known:
            accepted = ", ".join(known) or "no options"
            raise InvalidRequest.field(f"options.{name}", f"{integration.title} accepts {accepted}")
        if len(value) > known[name].max_length:
            raise InvalidRequest.field(
                f"options.{name}", f"must have at most {known[name].max_length} characters"
            )
    try:
        integration.check(options)
    except InvalidOption as error:
        raise InvalidRequest.field(error.field, str(error)) from None
    return {name: value for name, value in options.items() if value}


def check_headers(headers: Mapping[str, str]) -> None:
    """Check additional headers. Raises InvalidRequest."""
    for name, value in headers.items():
        if name.lower() in _OWN_HEADERS:
            raise InvalidRequest.field(f"headers.{name}", "is set by the dashboard. Choose another name")
        if not is_single_line(value):
            raise InvalidRequest.field(f"headers.{name}", "must be one line without control characters")


def check_signing_secret(secret: str) -> None:
    """Check a signing secret. Raises InvalidRequest."""
    try:
        check_secret(secret)
    except ValueError as error:
        raise InvalidRequest.field("secret", str(error)) from None
