"""Errors of influxdb_client and of the connection, mapped to the errors of this package."""

import contextlib
import csv
import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import urllib3

from dashboard.model.masking import mask_text
from dashboard.model.printable import printable_line
from dashboard.replica.errors import InfluxDenied, InfluxError, InfluxRejected, InfluxUnavailable

if TYPE_CHECKING:
    from influxdb_client.rest import ApiException

MAX_QUOTED_CHARS = 300
MAX_SCANNED_CHARS = 10_000
MAX_RETRY_AFTER_S = 600.0
DENIED_STATUSES = (401, 403, 404)
REJECTED_STATUSES = (400, 413, 422)


@contextlib.contextmanager
def influx_errors(token: str = "") -> Iterator[None]:
    """Raise InfluxError without `token` instead of the errors of the library, of urllib3 and of the socket."""
    from influxdb_client.rest import ApiException

    try:
        yield
    except ApiException as error:
        raise _response_error(error, token) from None
    except urllib3.exceptions.HTTPError as error:
        raise InfluxUnavailable(_connection_message(error)) from None
    except OSError as error:
        raise InfluxUnavailable(f"InfluxDB cannot be reached: {error.strerror or error}") from None


@contextlib.contextmanager
def query_errors(token: str = "") -> Iterator[None]:
    """Raise InfluxUnavailable when a query fails while its rows are streamed, or when the rows cannot be parsed."""
    from influxdb_client.client.flux_csv_parser import FluxCsvParserException, FluxQueryException

    try:
        yield
    except FluxQueryException as error:
        raise InfluxUnavailable(f"The query failed: {_quoted(str(error.message), token)}") from None
    except (FluxCsvParserException, csv.Error, ValueError, LookupError):
        raise InfluxUnavailable(
            "The server at INFLUXDB_URL did not respond with annotated CSV, so it is not InfluxDB"
        ) from None


def _response_error(error: "ApiException", token: str) -> InfluxError:
    status = error.status
    if not status:  # the library reports TLS errors this way
        return InfluxUnavailable(
            f"The TLS connection to InfluxDB failed: {_quoted(str(error.reason), token)}"
        )
    text = _quoted(_text_of(error.body), token) or "(no message)"
    message = f"InfluxDB responded with status {status}: {text}"
    if status in DENIED_STATUSES:
        return InfluxDenied(message)
    if status in REJECTED_STATUSES:
        return InfluxRejected(message)
    return InfluxUnavailable(message, _seconds((error.headers or {}).get("Retry-After")))


def _text_of(body: Any) -> str:
    raw = body if isinstance(body, bytes) else str(body or "").encode()
    try:
        document = json.loads(raw)
        text = str(document.get("message") or document.get("error") or "")
    except (ValueError, AttributeError):
        text = raw.decode("utf-8", "replace")
    return text.strip()


def _quoted(text: str, token: str) -> str:
    """Return the start of what a server or a proxy sent, masked because it may repeat the request."""
    return printable_line(mask_text(text[:MAX_SCANNED_CHARS], [token]))[:MAX_QUOTED_CHARS]


def _seconds(text: str | None) -> float | None:
    try:
        return min(MAX_RETRY_AFTER_S, max(0.0, float(text))) if text else None
    except ValueError:
        return None


def _connection_message(error: urllib3.exceptions.HTTPError) -> str:
    if isinstance(error, urllib3.exceptions.ConnectTimeoutError):
        return "InfluxDB did not accept a connection in time"
    if isinstance(error, urllib3.exceptions.ReadTimeoutError):
        return "InfluxDB did not respond in time"
    if isinstance(error, urllib3.exceptions.NewConnectionError):
        return "InfluxDB refused the connection, or its host name cannot be resolved"
    return f"The connection to InfluxDB broke: {type(error).__name__}"
