"""InfluxDB's HTTP interface: write, query, delete, and the bucket. The one module that talks to it."""

import contextlib
import gzip
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import urllib3

from dashboard.replica.errors import Away, Malformed, NotAllowed
from dashboard.replica.flux import bound, rows_of

CONNECT_S, READ_S = 5.0, 30.0
MOST_QUOTED = 300
MOST_ANSWER_BYTES = 512 * 1024 * 1024
NOT_ALLOWED = (401, 403, 404)
MALFORMED = (400, 413, 422)


@dataclass(frozen=True, slots=True)
class Target:
    """Where the replica lies. The token is a secret."""

    url: str
    org: str
    bucket: str
    token: str

    def __repr__(self) -> str:
        return f"Target({self.url!r}, {self.org!r}, {self.bucket!r})"


class Influx:
    """One InfluxDB. Every call is one request, with limits of time; nothing is tried again in here."""

    def __init__(self, target: Target, *, read_s: float = READ_S) -> None:
        self.target = target
        self._pool = urllib3.PoolManager(
            retries=False, timeout=urllib3.Timeout(connect=CONNECT_S, read=read_s), maxsize=4
        )

    def write(self, lines: Sequence[str]) -> None:
        """Write points; when this returns they are there."""
        body = gzip.compress("\n".join(lines).encode(), compresslevel=1)
        query = {"org": self.target.org, "bucket": self.target.bucket, "precision": "ms"}
        self._ask("POST", "/api/v2/write", query, body, {"Content-Encoding": "gzip"})

    def query(self, flux: str, parameters: Mapping[str, str | int | float]) -> Iterator[dict[str, str]]:
        """Rows of a Flux query, as texts by column. `parameters` are bound: they never become Flux."""
        body = {"query": flux, "extern": bound(parameters), "dialect": {"annotations": ["datatype"]}}
        headers = {"Content-Type": "application/json", "Accept": "application/csv"}
        with self._open(
            "POST", "/api/v2/query", {"org": self.target.org}, json.dumps(body), headers
        ) as answer:
            self._check(answer)
            yield from rows_of(answer)

    def delete(self, run_id: str, start: str, stop: str) -> None:
        """Delete all points of a run between two ISO times."""
        body = {"start": start, "stop": stop, "predicate": f'run_id="{run_id}"'}
        query = {"org": self.target.org, "bucket": self.target.bucket}
        headers = {"Content-Type": "application/json"}
        self._ask("POST", "/api/v2/delete", query, json.dumps(body), headers)

    def ensure_bucket(self) -> bool:
        """Make the bucket if it is not there; True when it was made. NotAllowed when the token may not."""
        with contextlib.suppress(NotAllowed):  # a name that is not there is answered 404
            named = {"name": self.target.bucket, "org": self.target.org}
            if self._json("GET", "/api/v2/buckets", named).get("buckets"):
                return False
        orgs = self._json("GET", "/api/v2/orgs", {"org": self.target.org}).get("orgs") or []
        if not orgs:
            raise NotAllowed(f'there is no organization "{self.target.org}" that this token may see')
        wanted = {"orgID": orgs[0]["id"], "name": self.target.bucket, "retentionRules": []}
        self._json("POST", "/api/v2/buckets", {}, json.dumps(wanted))
        return True

    def close(self) -> None:
        """Close idle connections."""
        self._pool.clear()

    def _json(self, method: str, path: str, query: Mapping[str, str], body: str | None = None) -> Any:
        said = self._ask(method, path, query, body, {"Content-Type": "application/json"})
        try:
            return json.loads(said)
        except ValueError:
            raise Away("what answers there is not InfluxDB: it did not send JSON") from None

    def _ask(
        self,
        method: str,
        path: str,
        query: Mapping[str, str],
        body: str | bytes | None,
        headers: Mapping[str, str],
    ) -> bytes:
        with self._open(method, path, query, body, headers) as answer:
            self._check(answer)
            return bytes(answer.read(MOST_ANSWER_BYTES))

    @contextlib.contextmanager
    def _open(
        self,
        method: str,
        path: str,
        query: Mapping[str, str],
        body: str | bytes | None,
        headers: Mapping[str, str],
    ) -> Iterator[urllib3.BaseHTTPResponse]:
        url = f"{self.target.url.rstrip('/')}{path}?{urlencode(query)}"
        sent = {"Authorization": f"Token {self.target.token}", **headers}
        try:
            answer = self._pool.request(
                method, url, body=body, headers=sent, preload_content=False, redirect=False
            )
            try:
                yield answer
            finally:
                answer.drain_conn()
                answer.release_conn()
        except urllib3.exceptions.HTTPError as error:
            raise Away(_words(error)) from None
        except OSError as error:
            raise Away(f"it does not answer: {error.strerror or error}") from None

    def _check(self, answer: urllib3.BaseHTTPResponse) -> None:
        if 200 <= answer.status < 300:
            return
        said = _said(answer)
        if answer.status in NOT_ALLOWED:
            raise NotAllowed(f"it answered {answer.status}: {said}")
        if answer.status in MALFORMED:
            raise Malformed(f"it answered {answer.status}: {said}")
        raise Away(f"it answered {answer.status}: {said}", _seconds(answer.headers.get("Retry-After")))


def _said(answer: urllib3.BaseHTTPResponse) -> str:
    raw = bytes(answer.read(64 * 1024))
    try:
        found = json.loads(raw)
        text = str(found.get("message") or found.get("error") or "")
    except (ValueError, AttributeError):
        text = raw.decode("utf-8", "replace")
    return text.strip()[:MOST_QUOTED] or "(no words)"


def _seconds(text: str | None) -> float | None:
    try:
        return min(600.0, max(0.0, float(text))) if text else None
    except ValueError:
        return None


def _words(error: urllib3.exceptions.HTTPError) -> str:
    if isinstance(error, urllib3.exceptions.ConnectTimeoutError):
        return f"no connection within {CONNECT_S:.0f} s"
    if isinstance(error, urllib3.exceptions.ReadTimeoutError):
        return "no answer in time"
    if isinstance(error, urllib3.exceptions.NewConnectionError):
        return "the connection was refused, or the name is not known"
    if isinstance(error, urllib3.exceptions.SSLError):
        return f"TLS: {str(error)[:MOST_QUOTED]}"
    return f"the connection broke: {type(error).__name__}"
