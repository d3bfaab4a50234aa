"""Runs that go on in other dashboards, as far as their points tell: nothing of them is stored here."""

from collections.abc import Callable, Mapping
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
_BEGUN = """
from(bucket: params.bucket) |> range(start: time(v: params.since), stop: 2200-01-01T00:00:00Z)
  |> filter(fn: (r) => (r._measurement == "k6_run_start" and
      (r._field == "label" or r._field == "base_url" or r._field == "created_at" or r._field == "planned_s"))
      or (r._measurement == "k6_run_final" and r._field == "sent_ms"))
  |> filter(fn: (r) => r.origin != params.origin)
  |> keep(columns: ["_measurement", "_field", "_value", "run_id", "origin", "profile", "env_profile"])
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
        self.runs: tuple[LiveElsewhere, ...] = ()

    def tick(self, _now: float) -> float:
        """One look; how long to wait. While InfluxDB does not answer, what was known falls silent."""
        now = self._clock()
        try:
            self._keep(tuple(live_elsewhere(self._influx, self._origin, now)))
        except InfluxError:
            self._keep(tuple(replace(one, silent=_is_silent(one.last_news_at, now)) for one in self.runs))
            return AFTER_ERROR_S
        return LOOK_EVERY_S

    def records(self) -> list[dict[str, Any]]:
        """For the API, the newest first."""
        return [asdict(one) for one in self.runs]

    def _keep(self, found: tuple[LiveElsewhere, ...]) -> None:
        if found != self.runs:
            self.runs = found
            self._told(self.records())


def live_elsewhere(influx: Influx, origin: str, now: datetime) -> list[LiveElsewhere]:
    """Runs of others that began and have no final record, the newest first. Raises InfluxError."""
    since = str(iso(now - LONGEST_RUN))
    begun: dict[RunId, dict[str, str]] = {}
    ended: set[RunId] = set()
    parameters = {"bucket": influx.target.bucket, "since": since, "origin": tag_text(origin)}
    for row in influx.query(_BEGUN, parameters):
        run_id = row.get("run_id", "")
        if row["_measurement"] == "k6_run_final":
            ended.add(run_id)
        else:
            tags = {name: row.get(name, "") for name in ("origin", "profile", "env_profile")}
            begun.setdefault(run_id, tags)[row["_field"]] = row["_value"]
    wanted = {"bucket": influx.target.bucket, "since": since}
    found = []
    for run_id in sorted(begun.keys() - ended, reverse=True):
        rows = list(influx.query(_NEWEST, wanted | {"run_id": run_id}))
        one = _run(run_id, begun[run_id], {row["_field"]: row for row in rows}, now)
        if one is not None:
            found.append(one)
    return found


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
        origin=text_of_tag(said["origin"]),
        profile=text_of_tag(said["profile"]),
        env_profile=text_of_tag(said["env_profile"]) or None,
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
