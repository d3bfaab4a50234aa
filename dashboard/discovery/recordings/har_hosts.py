"""Chooses the hosts of a recording whose requests are imported."""

from collections import Counter
from collections.abc import Sequence
from urllib.parse import urlsplit

from dashboard.discovery.discovered import HostCount
from dashboard.discovery.recordings.har_entries import HarEntry
from dashboard.discovery.recordings.requests import host_of


def chosen_hosts(entries: Sequence[HarEntry], wanted: Sequence[str]) -> tuple[HostCount, ...]:
    """Return the hosts of the entries, most requests first. By default the most used first-party host is included."""
    counts = Counter(host_of(entry.request.url) for entry in entries)
    lower = {host.lower() for host in wanted}
    included = {host for host in counts if host in lower} or {_default(entries, counts)}
    return tuple(HostCount(host, count, host in included) for host, count in counts.most_common())


def _default(entries: Sequence[HarEntry], counts: Counter[str]) -> str:
    page = next(
        (host_of(entry.request.url) for entry in entries if "html" in entry.response.media_type), None
    )
    if page is None:
        return counts.most_common(1)[0][0] if counts else ""
    site = _site_of(page)
    return max((host for host in counts if _site_of(host) == site), key=lambda host: counts[host])


def _site_of(host: str) -> str:
    """Return the last two labels of a name: hosts that share them probably belong to the same service."""
    name = urlsplit(f"//{host}").hostname or host
    is_address = name.replace(".", "").isdecimal() or ":" in name
    return name if is_address else ".".join(name.split(".")[-2:])
