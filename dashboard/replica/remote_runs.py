"""Live runs of other dashboards, as their points in InfluxDB describe them. These runs are not stored."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from dashboard.model.run import RunId, iso
from dashboard.replica.client import InfluxClient
from dashboard.replica.errors import InfluxError
from dashboard.replica.line_protocol import decode_tag, encode_tag

POLL_INTERVAL_S, ERROR_PAUSE_S = 5.0, 30.0
# A snapshot is sent once the next one exists, so the newest point of a healthy run is 2 to 10 s old.
SILENT_AFTER = timedelta(seconds=60)
# A run without an update for this long is left out.
FORGOTTEN_AFTER = timedelta(days=1)
MAX_RUN_LENGTH = timedelta(days=30)
# A bucket can hold many thousands of runs, so only runs with points of the last day are examined.
_RECENT = """
from(bucket: bucket) |> range(start: time(v: since), stop: 2200-01-01T00:00:00Z)
  |> filter(fn: (r) => (r._measurement == "k6_snapshot" and r._field == "elapsed_s")
      or (r._measurement == "k6_run_start" and r._field == "created_at"))
  |> filter(fn: (r) => r.origin != origin)
  |> last() |> keep(columns: ["run_id"]) |> group() |> distinct(column: "run_id")
"""
_START = """
from(bucket: bucket) |> range(start: time(v: since), stop: 2200-01-01T00:00:00Z)
  |> filter(fn: (r) => r.run_id == run_id)
  |> filter(fn: (r) => (r._measurement == "k6_run_start" and
      (r._field == "label" or r._field == "base_url" or r._field == "created_at" or r._field == "planned_s"))
      or (r._measurement == "k6_run_final" and r._field == "sent_ms"))
  |> keep(columns: ["_measurement", "_field", "_value", "origin", "profile", "env_profile"])
"""
_NEWEST = """
from(bucket: bucket) |> range(start: time(v: since), stop: 2200-01-01T00:00:00Z)
  |> filter(fn: (r) => r._measurement == "k6_snapshot" and r.run_id == run_id and
      (r._field == "elapsed_s" or r._field == "vus" or r._field == "rps" or r._field == "p95_ms"
      or r._field == "error_rate" or r._field == "total_reqs"))
  |> last() |> keep(columns: ["_time", "_field", "_value"])
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteRun:
    """A live run of another dashboard. Rates and percentiles are those of its last window.

    `silent`: no update for a minute. The run may have ended, or its dashboard or network is down.
    """

    run_id: RunId
    origin: str
    profile: str
    env_profile: str | None
    label: str | None
    base_url: str | None
    created_at: str
    planned_s: float | None
    elapsed_s: float | None
    vus: int | None
    rps: float | None
    p95_ms: float | None
    error_rate: float | None
    total_reqs: int | None
    last_update_at: str
    silent: bool


class RemoteRunWatch:
    """The work of one loop: polls the live runs of other dashboards and reports changes to `on_change`."""

    def __init__(
        self,
        influx: InfluxClient,
        origin: str,
        clock: Callable[[], datetime],
        on_change: Callable[[list[dict[str, Any]]], None],
    ) -> None:
        self._influx = influx
        self._origin = origin
        self._clock = clock
        self._on_change = on_change
        self._ended: set[RunId] = set()
        self.runs: tuple[RemoteRun, ...] = ()

    def tick(self, _now: float) -> float:
        """Poll once and return the pause in seconds. While InfluxDB is unavailable, the known runs become silent."""
        now = self._clock()
        try:
            self._update(tuple(self._read(now)))
        except InfluxError:
            self._update(tuple(replace(run, silent=_is_silent(run.last_update_at, now)) for run in self.runs))
            return ERROR_PAUSE_S
        return POLL_INTERVAL_S

    def records(self) -> list[dict[str, Any]]:
        """Return the runs for the API, newest first."""
        return [asdict(run) for run in self.runs]

    def _read(self, now: datetime) -> Iterator[RemoteRun]:
        """Yield the remote runs that have started and have no final record, newest first. Raises InfluxError."""
        parameters = {"bucket": self._influx.target.bucket, "since": str(iso(now - FORGOTTEN_AFTER))}
        rows = self._influx.query(_RECENT, parameters | {"origin": encode_tag(self._origin)})
        recent = {row["_value"] for row in rows}
        self._ended &= recent
        parameters["since"] = str(iso(now - MAX_RUN_LENGTH))
        for run_id in sorted(recent - self._ended, reverse=True):
            of_run = parameters | {"run_id": run_id}
            start_rows = list(self._influx.query(_START, of_run))
            if any(row["_measurement"] == "k6_run_final" for row in start_rows):
                self._ended.add(run_id)
            elif start_rows:
                newest = {row["_field"]: row for row in self._influx.query(_NEWEST, of_run)}
                start = {**start_rows[0], **{row["_field"]: row["_value"] for row in start_rows}}
                run = _remote_run(run_id, start, newest, now)
                if run is not None:
                    yield run

    def _update(self, runs: tuple[RemoteRun, ...]) -> None:
        if runs != self.runs:
            self.runs = runs
            self._on_change(self.records())


def _remote_run(
    run_id: RunId, start: Mapping[str, Any], newest: Mapping[str, Mapping[str, Any]], now: datetime
) -> RemoteRun | None:
    """Return the run; None for points that no dashboard wrote, and for a run without an update for a day."""
    created_at = start.get("created_at")
    if created_at is None:
        return None
    updated_at = max((row["_time"] for row in newest.values()), default=datetime.fromisoformat(created_at))
    if now - updated_at > FORGOTTEN_AFTER:
        return None
    figures = {name: row["_value"] for name, row in newest.items()}
    vus, total_reqs = figures.get("vus"), figures.get("total_reqs")
    last_update_at = str(iso(updated_at))
    return RemoteRun(
        run_id=run_id,
        origin=decode_tag(start.get("origin") or ""),
        profile=decode_tag(start.get("profile") or ""),
        env_profile=decode_tag(start.get("env_profile") or "") or None,
        label=_restore_line_feeds(start.get("label")),
        base_url=_restore_line_feeds(start.get("base_url")),
        created_at=created_at,
        planned_s=start.get("planned_s"),
        elapsed_s=figures.get("elapsed_s"),
        vus=None if vus is None else round(vus),
        rps=figures.get("rps"),
        p95_ms=figures.get("p95_ms"),
        error_rate=figures.get("error_rate"),
        total_reqs=None if total_reqs is None else round(total_reqs),
        last_update_at=last_update_at,
        silent=_is_silent(last_update_at, now),
    )


def _restore_line_feeds(value: str | None) -> str | None:
    """Restore line feeds, which InfluxDB writes inside CSV fields as CR LF."""
    return value and value.replace("\r\n", "\n")


def _is_silent(last_update_at: str, now: datetime) -> bool:
    return now - datetime.fromisoformat(last_update_at) > SILENT_AFTER
