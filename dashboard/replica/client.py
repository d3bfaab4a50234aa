"""The InfluxDB client: write, query, delete, and create the bucket. Only this module calls influxdb_client.

The library has no usable types, so its objects are `Any` here. Its import takes about 0.3 s, so the first request
imports it, in the thread of that request.
"""

import contextlib
import gzip
import json
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dashboard.replica.client_errors import influx_errors, query_errors
from dashboard.replica.errors import InfluxDenied, InfluxUnavailable

CONNECT_TIMEOUT_S, READ_TIMEOUT_S = 5.0, 30.0
MAX_CONNECTIONS = 4
MAX_BODY_BYTES = 512 * 1024 * 1024
MAX_ERROR_BYTES = 64 * 1024
# The library fails with AttributeError on an error response without a body.
EMPTY_ERROR = b"(no message)"


@dataclass(frozen=True, slots=True)
class InfluxTarget:
    """Address, organization and bucket of the replica, and the secret token."""

    url: str
    org: str
    bucket: str
    token: str

    def __repr__(self) -> str:
        return f"InfluxTarget({self.url!r}, {self.org!r}, {self.bucket!r})"


class InfluxClient:
    """One InfluxDB server. Every call is one request with timeouts. Nothing is retried here."""

    def __init__(self, target: InfluxTarget, *, read_timeout_s: float = READ_TIMEOUT_S) -> None:
        self.target = target
        self._timeouts_ms = (CONNECT_TIMEOUT_S * 1000, read_timeout_s * 1000)
        self._lock = threading.Lock()
        self._opened: _Library | None = None

    def write(self, lines: Sequence[str]) -> None:
        """Write lines of line protocol with timestamps in milliseconds. They are stored when this returns."""
        # The library would compress at level 9, which takes several times as long.
        body = gzip.compress("\n".join(lines).encode(), compresslevel=1)
        library = self._library
        with influx_errors(self.target.token):
            library.call(
                library.writes.post_write,
                org=self.target.org,
                bucket=self.target.bucket,
                body=body,
                precision="ms",
                content_encoding="gzip",
                content_type="text/plain; charset=utf-8",
            )

    def query(self, flux: str, parameters: Mapping[str, str | float]) -> Iterator[dict[str, Any]]:
        """Yield each row of a Flux query, with its values by column. The query reads `parameters` by name."""
        library = self._library
        with query_errors(self.target.token), influx_errors(self.target.token):
            for row in library.queries.query_stream(flux, org=self.target.org, params=dict(parameters)):
                yield row.values

    def delete(self, run_id: str, start: str, stop: str) -> None:
        """Delete all points of a run between two ISO times."""
        request = {"start": start, "stop": stop, "predicate": f'run_id="{run_id}"'}
        library = self._library
        with influx_errors(self.target.token):
            library.call(
                library.deletes.post_delete,
                org=self.target.org,
                bucket=self.target.bucket,
                delete_predicate_request=request,
            )

    def ensure_bucket(self) -> bool:
        """Create the bucket if it is missing. Returns whether it was created. Raises InfluxDenied."""
        library = self._library
        name, org = self.target.bucket, self.target.org
        with contextlib.suppress(InfluxDenied):  # InfluxDB responds with 404 when no bucket has the name
            if _call_json(library, library.buckets.get_buckets, name=name, org=org).get("buckets"):
                return False
        orgs = _call_json(library, library.organizations.get_orgs, org=org).get("orgs") or []
        if not orgs:
            raise InfluxDenied(f'The organization "{org}" does not exist, or the token may not see it')
        bucket = {"orgID": orgs[0]["id"], "name": name, "retentionRules": []}
        _call_json(library, library.buckets.post_buckets, post_bucket_request=bucket)
        return True

    def close(self) -> None:
        """Close idle connections."""
        with self._lock:
            if self._opened is not None:
                self._opened.close()

    @property
    def _library(self) -> "_Library":
        """The library, imported under the lock, so that no two loops import it at the same time."""
        if not (self.target.token.isascii() and self.target.token.isprintable()):
            raise InfluxDenied("INFLUXDB_TOKEN has characters that an HTTP header cannot carry")
        with self._lock:
            if self._opened is None:
                self._opened = _Library(self.target, self._timeouts_ms)
            return self._opened


class _Library:
    """The parts of influxdb_client that the replica uses."""

    def __init__(self, target: InfluxTarget, timeouts_ms: tuple[float, float]) -> None:
        import influxdb_client

        client: Any = influxdb_client.InfluxDBClient(
            url=target.url.rstrip("/"),
            token=target.token,
            org=target.org,
            timeout=timeouts_ms,
            retries=False,
            connection_pool_maxsize=MAX_CONNECTIONS,
        )
        rest = client.api_client.rest_client
        rest.pool_manager = _BoundedPool(rest.pool_manager)
        self._client = client
        self.queries: Any = client.query_api()
        self.writes: Any = influxdb_client.WriteService(client.api_client)
        self.deletes: Any = influxdb_client.DeleteService(client.api_client)
        self.buckets: Any = influxdb_client.BucketsService(client.api_client)
        self.organizations: Any = influxdb_client.OrganizationsService(client.api_client)

    def call(self, operation: Any, **parameters: Any) -> bytes:
        """Call `operation` and return the body of the response, at most `MAX_BODY_BYTES` of it."""
        response = operation(_preload_content=False, **parameters)
        try:
            return bytes(response.read(MAX_BODY_BYTES))
        finally:
            response.close()

    def close(self) -> None:
        self._client.close()


class _BoundedPool:
    """The library's connection pool with a limit for the bodies of error responses, which the library reads whole."""

    def __init__(self, pool: Any) -> None:
        self._pool = pool

    def request(self, method: str, url: str, **options: Any) -> Any:
        """Send a request. The body of an error response is cut after `MAX_ERROR_BYTES`."""
        response = self._pool.request(method, url, **options)
        if 200 <= response.status < 300:
            return response
        try:
            body = response.read(MAX_ERROR_BYTES) or EMPTY_ERROR
        finally:
            response.close()
        return type(response)(
            body=body, headers=response.headers, status=response.status, reason=response.reason
        )

    def clear(self) -> None:
        """Close idle connections."""
        self._pool.clear()


def _call_json(library: _Library, operation: Any, **parameters: Any) -> Any:
    with influx_errors():
        body = library.call(operation, **parameters)
    try:
        return json.loads(body)
    except ValueError:
        raise InfluxUnavailable(
            "The server at INFLUXDB_URL did not respond with JSON, so it is not InfluxDB"
        ) from None
