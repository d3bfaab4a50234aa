"""Runs that go on in other dashboards, as far as their points tell: nothing of them is stored here."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from dashboard.model.run import RunId, iso
from dashboard.replica.errors import InfluxError
from dashboard.replica.influx import Influx
from dashboard.replica.lines import tag_text, text_of_tag

LOOK_EVERY_S, AFTER_ERROR_S = 5.0, 30.0
# A snapshot is sent when the next one is there, so at its best the newest is 2 to 10 s old.
SILENT_AFTER = timedelta(seconds=60)
# One that was silent for so long will not be heard of again.
FORGOTTEN_AFTER = timedelta(days=1)
LONGEST_RUN = timedelta(days=30)
# Of all runs in the bucket only those of the last day are looked at: there may be many thousands.
_RECENT = """
from(bucket: params.bucket) |> range(start: time(v: params.since), stop: 2200-01-01T00:00:00Z)
  |> filter(fn: (r) => (r._measurement == "k6_snapshot" and r._field == "elapsed_s")
      or (r._measurement == "k6_run_start" and r._field == "created_at"))
  |> filter(fn: (r) => r.origin != params.origin)
  |> last() |> keep(columns: ["run_id"]) |> group() |> distinct(column: "run_id")
"""
_SAID = """
from(bucket: params.bucket) |> range(start: time(v: params.since), stop: 2200-01-01T00:00:00Z)
  |> filter(fn: (r) => r.run_id == params.run_id)
  |> filter(fn: (r) => (r._measurement == "k6_run_start" and
      (r._field == "label" or r._field == "base_url" or r._field == "created_at" or r._field == "planned_s"))
      or (r._measurement == "k6_run_final" and r._field == "sent_ms"))
  |> keep(columns: ["_measurement", "_field", "_value", "origin", "profile", "env_profile"])
"""
_NEWEST = """
from(bucket: params.bucket) |> range(start: time(v: params.since), stop: 2200-01-01T00:00:00Z)
  |> filter(fn: (r) => r._measurement == "k6_snapshot" and r.run_id == params.run_id and
      (r._field == "elapsed_s" or r._field == "vus" or r._field == "rps" or r._field == "p95_ms"
      or r._field == "error_rate" or r._field == "total_reqs"))
  |> last() |> keep(columns: ["_time", "_field", "_value"])
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveElsewhere:
    """A run that another dashboard began and has not told the end of. Rates and percentiles are the last window's.

    `silent`: there was no news for a minute, so it may have ended, or its dashboard or network is down.
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
    last_news_at: str
    silent: bool


class Elsewhere:
    """One loop's work: looks what goes on, and tells when that has changed."""

    def __init__(
        self,
        influx: Influx,
        origin: str,
        clock: Callable[[], datetime],
        told: Callable[[list[dict[str, Any]]], None],
    ) -> None:
        self._influx = influx
        self._origin = origin
        self._clock = clock
        self._told = told
        self._ended: set[RunId] = set()
        self.runs: tuple[LiveElsewhere, ...] = ()

    def tick(self, _now: float) -> float:
        """One look; how long to wait. While InfluxDB does not answer, what was known falls silent."""
        now = self._clock()
        try:
            self._keep(tuple(self._look(now)))
        except InfluxError:
            self._keep(tuple(replace(one, silent=_is_silent(one.last_news_at, now)) for one in self.runs))
            return AFTER_ERROR_S
        return LOOK_EVERY_S

    def records(self) -> list[dict[str, Any]]:
        """For the API, the newest first."""
        return [asdict(one) for one in self.runs]

    def _look(self, now: datetime) -> Iterator[LiveElsewhere]:
        """Runs of others that began and have no final record, the newest first. Raises InfluxError."""
        parameters = {"bucket": self._influx.target.bucket, "since": str(iso(now - FORGOTTEN_AFTER))}
        rows = self._influx.query(_RECENT, parameters | {"origin": tag_text(self._origin)})
        recent = {row["_value"] for row in rows}
        self._ended &= recent
        parameters["since"] = str(iso(now - LONGEST_RUN))
        for run_id in sorted(recent - self._ended, reverse=True):
            of_run = parameters | {"run_id": run_id}
            said = list(self._influx.query(_SAID, of_run))
            if any(row["_measurement"] == "k6_run_final" for row in said):
                self._ended.add(run_id)
            elif said:
                newest = {row["_field"]: row for row in self._influx.query(_NEWEST, of_run)}
                one = _run(run_id, {**said[0], **{row["_field"]: row["_value"] for row in said}}, newest, now)
                if one is not None:
                    yield one

    def _keep(self, found: tuple[LiveElsewhere, ...]) -> None:
        if found != self.runs:
            self.runs = found
            self._told(self.records())


def _run(
    run_id: RunId, said: Mapping[str, str], newest: Mapping[str, Mapping[str, str]], now: datetime
) -> LiveElsewhere | None:
    """None for one that is not ours to read, or that nothing was heard of for a day."""
    created_at = said.get("created_at")
    if created_at is None:
        return None
    news = max((row["_time"] for row in newest.values()), default=created_at)
    if now - datetime.fromisoformat(news) > FORGOTTEN_AFTER:
        return None
    number = {name: float(row["_value"]) for name, row in newest.items()}
    vus, total_reqs = number.get("vus"), number.get("total_reqs")
    return LiveElsewhere(
        run_id=run_id,
        origin=text_of_tag(said.get("origin", "")),
        profile=text_of_tag(said.get("profile", "")),
        env_profile=text_of_tag(said.get("env_profile", "")) or None,
        label=said.get("label"),
        base_url=said.get("base_url"),
        created_at=created_at,
        planned_s=float(said["planned_s"]) if "planned_s" in said else None,
        elapsed_s=number.get("elapsed_s"),
        vus=None if vus is None else round(vus),
        rps=number.get("rps"),
        p95_ms=number.get("p95_ms"),
        error_rate=number.get("error_rate"),
        total_reqs=None if total_reqs is None else round(total_reqs),
        last_news_at=str(iso(datetime.fromisoformat(news))),
        silent=_is_silent(news, now),
    )


def _is_silent(last_news_at: str, now: datetime) -> bool:
    return now - datetime.fromisoformat(last_news_at) > SILENT_AFTER
