"""Figures over many runs: trends of operations, and the calendar of days."""

from dataclasses import asdict
from datetime import datetime
from zoneinfo import ZoneInfo

from flask import Response

from dashboard.api.http.context import services
from dashboard.api.http.responses import data_answer
from dashboard.api.http.routes import Routes
from dashboard.api.shapes.history import (
    HeatmapAnswer,
    HeatmapQuery,
    NamedTrendQuery,
    OpPath,
    TrendList,
    TrendQuery,
    TrendsAnswer,
)
from dashboard.model.calendar import calendar, day_starts
from dashboard.model.errors import InvalidRequest, NotFound
from dashboard.model.run import iso
from dashboard.store.values import Cohort, RunFilter

routes = Routes("trends")
MORE_IS_GOOD = {"total_reqs", "rps", "apdex_score", "checks_rate"}


@routes.get("/ops/<path:name>/trend", {200: TrendList}, 404)
def read_trend(path: OpPath, query: TrendQuery) -> Response:
    """An operation from run to run, the oldest first: only runs of one kind that finished and are valid."""
    return trend_of(path.name, query)


@routes.get("/ops/trend", {200: TrendList}, 404)
def read_named_trend(query: NamedTrendQuery) -> Response:
    """The same for a name that does not fit into a path; without one, the whole run."""
    return trend_of(query.op, query)


@routes.get("/ops/trends", {200: TrendsAnswer}, 404)
def read_trends(query: TrendQuery) -> Response:
    """The same for every operation of those runs."""
    kin = kin_of(query)
    return data_answer(services().store.trends.series_by_op(kin, query.runs) if kin else {})


@routes.get("/heatmap", {200: HeatmapAnswer})
def read_heatmap(query: HeatmapQuery) -> Response:
    """A figure by day: the mean, the best and the worst of the runs that finished and are valid."""
    zone = zone_of(query.tz)
    today = datetime.now(zone).date()
    starts = day_starts(today, query.days, zone)
    wanted = RunFilter(
        profile=query.profile, env_profile=query.env_profile, since=starts[0], until=starts[-1]
    )
    rows = services().store.trends.figure_by_time(query.metric, wanted)
    good = query.metric in MORE_IS_GOOD
    days = calendar(((row[0], row[1], row[2]) for row in rows), today, query.days, zone, more_is_good=good)
    told = [asdict(day) | {"date": day.date.isoformat()} for day in days]
    return data_answer({"metric": query.metric, "tz": query.tz, "days": told})


def trend_of(op: str | None, query: TrendQuery) -> Response:
    """The points of `op` in the runs that `query` is about."""
    kin = kin_of(query)
    return data_answer(services().store.trends.series(op, kin, query.runs) if kin else [])


def kin_of(query: TrendQuery) -> Cohort | None:
    """The kind that is named, or that of a run; without either that of the newest run. None without runs."""
    if query.profile is not None:
        if query.run_id is not None:
            raise InvalidRequest.field("run_id", "cannot be combined with profile")
        return Cohort(profile=query.profile, env_profile=query.env_profile, base_url=query.target)
    if query.env_profile is not None or query.target is not None:
        raise InvalidRequest.field("profile", "is needed with env_profile or target")
    try:
        run = services().reader.run(query.run_id or "latest")
    except NotFound:
        if query.run_id in (None, "latest"):
            return None
        raise
    config = run.config
    return Cohort(
        profile=config.profile,
        env_profile=config.env_profile,
        base_url=config.base_url,
        until=iso(run.created_at),
    )


def zone_of(name: str) -> ZoneInfo:
    """The time zone of that name. Raises InvalidRequest."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise InvalidRequest.field(
            "tz", "is no time zone that this machine knows, such as Europe/Berlin"
        ) from None
