"""Figures over many runs: trends of operations, and a calendar of days."""

from dataclasses import asdict
from datetime import datetime
from zoneinfo import ZoneInfo

from flask import Response

from dashboard.api.http.context import services
from dashboard.api.http.responses import data_answer
from dashboard.api.http.routes import Routes
from dashboard.api.shapes.operation import OpPath
from dashboard.api.shapes.trend import (
    HeatmapAnswer,
    HeatmapQuery,
    OpTrendQuery,
    TrendList,
    TrendQuery,
    TrendsAnswer,
)
from dashboard.model.calendar import calendar_of, day_starts
from dashboard.model.errors import InvalidRequest, NotFound
from dashboard.model.run import iso
from dashboard.store.values import Cohort, RunFilter

routes = Routes("trends")
HIGHER_IS_BETTER = {"total_reqs", "rps", "apdex_score", "checks_rate"}


@routes.get("/ops/<op_name:name>/trend", {200: TrendList}, 404)
def read_trend(path: OpPath, query: TrendQuery) -> Response:
    """Return the trend of an operation over the valid, finished runs of one cohort, oldest first."""
    return trend_of(path.name, query)


@routes.get("/ops/trend", {200: TrendList}, 404)
def read_named_trend(query: OpTrendQuery) -> Response:
    """Return the trend of the operation `op`, or without `op` the trend of whole runs."""
    return trend_of(query.op, query)


@routes.get("/ops/trends", {200: TrendsAnswer}, 404)
def read_trends(query: TrendQuery) -> Response:
    """Return the trends of all operations."""
    cohort = cohort_of(query)
    return data_answer(services().store.trends.series_by_op(cohort, query.runs) if cohort else {})


@routes.get("/heatmap", {200: HeatmapAnswer})
def read_heatmap(query: HeatmapQuery) -> Response:
    """Return a metric by day: the mean, the best and the worst value of the valid, finished runs."""
    zone = zone_of(query.tz)
    today = datetime.now(zone).date()
    starts = day_starts(today, query.days, zone)
    run_filter = RunFilter(
        profile=query.profile, env_profile=query.env_profile, since=starts[0], until=starts[-1]
    )
    rows = services().store.trends.figure_by_time(query.metric, run_filter)
    higher_is_better = query.metric in HIGHER_IS_BETTER
    days = calendar_of(
        ((row[0], row[1], row[2]) for row in rows), today, query.days, zone, higher_is_better=higher_is_better
    )
    payload = [asdict(day) | {"date": day.date.isoformat()} for day in days]
    return data_answer({"metric": query.metric, "tz": query.tz, "days": payload})


def trend_of(op: str | None, query: TrendQuery) -> Response:
    """Return the trend of `op` over the runs of `query`."""
    cohort = cohort_of(query)
    return data_answer(services().store.trends.series(op, cohort, query.runs) if cohort else [])


def cohort_of(query: TrendQuery) -> Cohort | None:
    """Return the cohort in the query, or else that of `run_id` or of the newest run. None when there are no runs."""
    if query.profile is not None:
        if query.run_id is not None:
            raise InvalidRequest.field("run_id", "cannot be combined with profile. Send one of them.")
        return Cohort(profile=query.profile, env_profile=query.env_profile, base_url=query.target)
    if query.env_profile is not None or query.target is not None:
        raise InvalidRequest.field("profile", "is required with env_profile or target")
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
    """Return the time zone `name`. Raises InvalidRequest."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise InvalidRequest.field(
            "tz", "must be a time zone of this machine, for example Europe/Berlin"
        ) from None
