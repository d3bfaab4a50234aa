"""The address that a user wants to scan."""

from urllib.parse import quote, urlsplit, urlunsplit

from dashboard.model.errors import InvalidRequest
from dashboard.model.host_names import ascii_host


def scan_target(text: str) -> str:
    """Return the URL to scan, with its host in ASCII and without a fragment. Raises InvalidRequest."""
    text = text.strip()
    try:
        url = urlsplit(text if "://" in text else f"http://{text}")
        _ = url.port
        host = ascii_host(url.hostname) if url.hostname else ""
    except ValueError as error:
        raise InvalidRequest.field("url", f"is not a valid address: {error}") from None
    if url.scheme not in ("http", "https") or not host:
        raise InvalidRequest.field(
            "url", "must be an http or https address, for example http://127.0.0.1:8000"
        )
    if url.username is not None or url.password is not None:
        raise InvalidRequest.field("url", "must not contain a user or a password")
    netloc = f"[{host}]" if ":" in host else host
    port = f":{url.port}" if url.port is not None else ""
    return urlunsplit((url.scheme, netloc + port, quote(url.path, safe="/%:@!$&'()*+,;=~-._"), url.query, ""))
