"""Reads a HAR file: one scenario with the requests of a recording, in their order and with its pauses."""

import re
from collections.abc import Iterable, Iterator
from typing import Any, Final

from dashboard.discovery.discovered import (
    Discovered,
    ImportOptions,
    Json,
    Remark,
    UnreadableDocument,
)
from dashboard.discovery.recordings.drafts import reason_to_leave_out
from dashboard.discovery.recordings.har_entries import HarEntry, parse_entry, url_of
from dashboard.discovery.recordings.har_hosts import chosen_hosts
from dashboard.discovery.recordings.recorded_scenario import MAX_STEPS, RecordedScenario
from dashboard.discovery.recordings.requests import host_of, origin_of
from dashboard.discovery.recordings.skipped import (
    OTHER_HOST,
    STATIC_FILES,
    LeftOutCounts,
    is_static_path,
    is_static_type,
)

_MAX_ENTRIES: Final = 20_000
_STATIC_RESOURCES: Final = frozenset(
    ["image", "font", "stylesheet", "script", "media", "manifest", "texttrack"]
)
_RESOURCE_REASONS: Final = {
    "websocket": ("WebSockets", "k6 sends HTTP requests only."),
    "webtransport": ("WebTransport", "k6 sends HTTP requests only."),
    "eventsource": ("Event streams", "They do not end, so a virtual user would wait for the timeout."),
    "ping": ("Beacons", "The browser sends them for statistics."),
    "cspviolationreport": ("Beacons", "The browser sends them for statistics."),
    "csp-violation-report": ("Beacons", "The browser sends them for statistics."),
    "preflight": ("CORS preflights", "Only browsers send them."),
}


def is_har(data: Any) -> bool:
    """Return whether a JSON value is a HAR file."""
    log = data.get("log") if isinstance(data, dict) else None
    return isinstance(log, dict) and isinstance(log.get("entries"), list)


def read_har(data: Any, options: ImportOptions) -> Discovered:
    """Return the requests of a HAR file. Raises UnreadableDocument."""
    if not is_har(data):
        raise UnreadableDocument(
            'This is not a HAR file: it has no list "log.entries". Export the recording again.'
        )
    left_out = LeftOutCounts()
    recorded = data["log"]["entries"]
    left_out.add_if("Further entries", f"At most {_MAX_ENTRIES:,} are read.", len(recorded[_MAX_ENTRIES:]))
    entries = list(_requests(recorded[:_MAX_ENTRIES], left_out))
    hosts = chosen_hosts(entries, options.hosts)
    included = {host.host for host in hosts if host.is_included}
    kept = list(_expressible(entries, included, left_out))
    if not kept:
        raise UnreadableDocument(_nothing_left(left_out))
    scenario = RecordedScenario(_title(data["log"]) or "Recording")
    for entry in kept:
        scenario.expect(entry.request)
    for entry in kept:
        scenario.add(entry)
    return Discovered(
        format="har",
        title=_title(data["log"]),
        base_urls=tuple(dict.fromkeys(origin_of(entry.request.url) for entry in kept)),
        auth=scenario.mask.auth,
        candidates=scenario.candidates,
        scenarios=scenario.scenarios,
        requested_values=scenario.mask.requested_values,
        hosts=hosts,
        left_out=left_out.as_tuple(),
        remarks=(*_host_remarks(included), *scenario.remarks),
    )


def _requests(values: Iterable[Any], left_out: LeftOutCounts) -> Iterator[HarEntry]:
    """Yield the requests that an API test can contain, and count the others."""
    for value in values:
        entry = parse_entry(value)
        if entry is None:
            left_out.add(*_reason_for_url(url_of(value)))
        elif reason := _reason_to_skip(entry):
            left_out.add(*reason)
        else:
            yield entry


def _reason_for_url(url: str) -> tuple[str, str]:
    scheme = url.partition(":")[0].lower()
    if scheme in ("ws", "wss"):
        return _RESOURCE_REASONS["websocket"]
    return (
        (f"{scheme[:20]}: URLs", "Only http and https are sent.")
        if scheme
        else ("Entries", "They have no URL.")
    )


def _reason_to_skip(entry: HarEntry) -> tuple[str, str] | None:
    request, response = entry.request, entry.response
    if entry.resource_type in _RESOURCE_REASONS:
        return _RESOURCE_REASONS[entry.resource_type]
    if response.status == 101 or (request.header("upgrade") or "").lower() == "websocket":
        return _RESOURCE_REASONS["websocket"]
    if request.method == "OPTIONS" and request.header("access-control-request-method"):
        return _RESOURCE_REASONS["preflight"]
    if "ocsp" in f"{request.header('content-type')} {response.media_type}":
        return "OCSP requests", "The browser checks certificates with them."
    if response.media_type.startswith("text/event-stream"):
        return _RESOURCE_REASONS["eventsource"]
    if (request.header("content-type") or "").lower().startswith(("text/ping", "application/csp-report")):
        return _RESOURCE_REASONS["ping"]
    if _is_static(entry):
        return STATIC_FILES
    if response.status == 0:
        return "Aborted requests", "The recording has no response for them."
    return None


def _is_static(entry: HarEntry) -> bool:
    if entry.resource_type in _STATIC_RESOURCES:
        return True
    is_read = entry.request.method in ("GET", "HEAD")
    is_data = entry.resource_type in ("xhr", "fetch") and "json" in entry.response.media_type
    is_file = is_static_type(entry.response.media_type) or is_static_path(entry.request.url.path)
    return is_read and is_file and not is_data


def _expressible(entries: Iterable[HarEntry], hosts: set[str], left_out: LeftOutCounts) -> Iterator[HarEntry]:
    count = 0
    for entry in entries:
        host = host_of(entry.request.url)
        if host not in hosts:
            left_out.add(host, OTHER_HOST)
        elif reason := reason_to_leave_out(entry.request):
            left_out.add(f"{entry.request.method[:20]} {entry.request.url.path[:100]}", reason)
        elif count >= MAX_STEPS:
            left_out.add("Further requests", f"A scenario has at most {MAX_STEPS:,} steps.")
        else:
            count += 1
            yield entry


def _nothing_left(left_out: LeftOutCounts) -> str:
    counted = [f"{one.count} × {one.name}: {one.reason}" for one in left_out.as_tuple()[:5]]
    details = " ".join(["Left out:", *counted]) if counted else "It is empty."
    return f"The recording contains no request that can be imported. {details}"


def _title(log: Json) -> str | None:
    pages = log.get("pages")
    first = pages[0] if isinstance(pages, list) and pages and isinstance(pages[0], dict) else {}
    title = first.get("title")
    text = re.sub(r"[\x00-\x1f\x7f\s\ud800-\udfff]+", " ", title).strip() if isinstance(title, str) else ""
    return text[:120] or None


def _host_remarks(hosts: set[str]) -> Iterator[Remark]:
    if len(hosts) > 1:
        message = f"The requests were sent to {len(hosts)} hosts. A test has one target: all of them go to BASE_URL."
        yield Remark("problem", message)
