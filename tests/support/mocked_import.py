"""Sends the requests of an import to a mock server that validates them against the same document."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from dashboard.discovery.discovered import Discovered
from tests.support.prism import MockResponse, Prism
from tests.support.wire import MissingValue, WireRequest, extracted, wire_request

DUMMY = "dGVzdDp0ZXN0"  # also the Base64 of a user with a password
_BASIC = f"Basic {DUMMY}"
_DATA = re.compile(r"(?<!\$)\$\{data\.([A-Za-z0-9_-]+)")


@dataclass(slots=True)
class MockedImport:
    """How many requests were sent, and why some were not accepted, by the key of their candidate.

    `unanswered` requests are neither accepted nor rejected: the document has no response that Prism can send.
    """

    sent: int = 0
    unanswered: int = 0
    rejected: dict[str, tuple[str, ...]] = field(default_factory=dict)
    responses: dict[str, MockResponse] = field(default_factory=dict)

    @property
    def accepted(self) -> int:
        return self.sent - len(self.rejected) - self.unanswered


def send_import(discovered: Discovered, prism: Prism) -> MockedImport:
    """Send each request once, after those whose values it needs."""
    result, data = MockedImport(), dict[str, Any]()
    env = {one.name: one.default or DUMMY for one in discovered.requested_values}
    headers = _authentication(discovered)
    providers = {key: one.key for one in discovered.candidates for key in one.endpoint.get("extract", {})}
    by_key = {one.key: one for one in discovered.candidates}

    def send(key: str, above: tuple[str, ...]) -> None:
        if key in result.responses or key in above:
            return
        endpoint = by_key[key].endpoint
        for name in _DATA.findall(str(endpoint)):
            if name in providers:
                send(providers[name], (*above, key))
        result.sent += 1
        try:
            wire = wire_request(endpoint, data, env)
        except MissingValue as error:
            result.rejected[key] = (f"no value of {error}",)
            return
        response = prism.send(_as_in_document(wire, key, headers))
        if response.is_unauthorized:  # Prism refuses credentials for an operation without authentication
            response = prism.send(_as_in_document(wire, key, {}))
        result.responses[key] = response
        if response.has_no_answer:
            result.unanswered += 1
        elif response.reasons:
            result.rejected[key] = response.reasons
        for name, source in endpoint.get("extract", {}).items():
            data[name] = extracted(source, response.headers, response.body)

    for one in discovered.candidates:
        send(one.key, ())
    return result


def _authentication(discovered: Discovered) -> Mapping[str, str]:
    auth = discovered.auth
    if auth is None or auth.mode == "none":
        return {}
    if auth.mode == "api_key":
        return {auth.fields["api_key_header"]: DUMMY}
    return {"Authorization": _BASIC if auth.mode == "basic" else f"Bearer {DUMMY}"}


def _as_in_document(wire: WireRequest, key: str, headers: Mapping[str, str]) -> WireRequest:
    """Return the request without the path of its server, which Prism does not expect, and with authentication."""
    own = {name.lower() for name in wire.headers}
    added = {name: value for name, value in headers.items() if name.lower() not in own}
    path, separator, query = wire.path.partition("?")
    template = key.partition(" ")[2].partition("#")[0].partition("?")[0]
    segments = ("/" + template.lstrip("/")).count("/")
    parts = path.split("/")
    path = "/" + "/".join(parts[len(parts) - segments :])
    return WireRequest(wire.method, path + separator + query, {**added, **wire.headers}, wire.body)
