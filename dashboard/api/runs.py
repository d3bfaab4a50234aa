"""The history: runs, live or past, and everything about each."""

import json
from dataclasses import asdict
from math import isfinite, nan
from urllib.parse import urlencode

from flask import Response, request

from dashboard.api.http.context import services
from dashboard.api.http.responses import columns_answer, data_answer, json_answer, no_content
from dashboard.api.http.routes import Routes
from dashboard.api.shapes.exchange import FailureList
from dashboard.api.shapes.queries import (
    FailuresQuery,
    LogQuery,
    OpQuery,
    RunPath,
    RunsQuery,
    SnapshotsQuery,
    WindowQuery,
)
from dashboard.api.shapes.run import (
    OpBreakdown,
    OpList,
    RangeAnswer,
    RunDetail,
    RunList,
)
from dashboard.api.shapes.series import LogPage, SnapshotsAnswer
from dashboard.model.errors import Conflict, InvalidRequest
from dashboard.model.json_text import json_text
from dashboard.model.record import record_of
from dashboard.model.run import Run
from dashboard.store.values import RunFilter, Sort

routes = Routes("runs")
RUN = "/runs/<run_id:run_id>"
TEXT_COLUMNS = ("created_at", "profile", "env_profile", "label", "verdict", "status")


@routes.get("/runs", {200: RunList})
def list_runs(query: RunsQuery) -> Response:
    """Runs, newest first or sorted. `Link: rel="next"` leads on, `X-Total-Count` says how many match."""
    store, sort = services().store, order_of(query)
    wanted = RunFilter(**query.model_dump(exclude={"limit", "before", "sort", "before_value"}))
    records = store.lists.records(wanted, limit=query.limit + 1, before=query.before, sort=sort)
    page = records[: query.limit]
    shown = with_live_values(page, services().live_runs.runs(), newest_first=sort is None)
    headers = {"X-Total-Count": str(store.lists.count(wanted))}
    if len(records) > query.limit:
        following = request.args.to_dict() | {"limit": str(query.limit)} | place_of(page[-1], sort)
        headers["Link"] = f'</runs?{urlencode(following)}>; rel="next"'
    return json_answer(f"[{','.join(shown)}]", headers=headers)


@routes.get(RUN, {200: RunDetail}, 404)
def read_run(path: RunPath) -> Response:
    """One run, whole: record, plan, SLOs, events, figures."""
    return data_answer(services().reader.whole(path.run_id))


@routes.delete(RUN, {204: None}, 404, 409)
def delete_run(path: RunPath) -> Response:
    """Remove a run that has ended, with all that is known of it. `latest` is refused."""
    if path.run_id == "latest":
        raise Conflict("Name the run to delete by its id: latest may be another one by now.")
    services().run_editor.delete(path.run_id)
    return no_content()


@routes.get(f"{RUN}/snapshots", {200: SnapshotsAnswer}, 404)
def read_snapshots(path: RunPath, query: SnapshotsQuery) -> Response:
    """The time series; `after` asks for what is new, `format=columns` for one list a field."""
    store, run = services().store, services().reader.run(path.run_id)
    if query.format == "columns":
        columns = store.snapshots.columns(run.run_id, after=query.after)
        return columns_answer({name: values[: query.limit] for name, values in columns.items()})
    found = store.snapshots.of_run(run.run_id, after=query.after, limit=query.limit)
    return data_answer([asdict(snapshot) for snapshot in found])


@routes.get(f"{RUN}/ops", {200: OpList}, 404)
def read_operations(path: RunPath) -> Response:
    """Figures of each operation, of the run so far."""
    return data_answer(services().reader.ops(path.run_id))


@routes.get(f"{RUN}/op", {200: OpBreakdown}, 404)
def read_operation(path: RunPath, query: OpQuery) -> Response:
    """One operation in depth: histogram, statuses, messages, checks, and its figures over time."""
    return data_answer(services().reader.op(path.run_id, query.name, query.from_s, query.to_s))


@routes.get(f"{RUN}/window", {200: RangeAnswer}, 404)
def read_window(path: RunPath, query: WindowQuery) -> Response:
    """Figures of a time range. The answer says which range it really is: whole intervals only."""
    return data_answer(services().reader.window(path.run_id, query.from_s, query.to_s))


@routes.get(f"{RUN}/failures", {200: FailureList}, 404)
def read_failures(path: RunPath, query: FailuresQuery) -> Response:
    """Why requests failed: each kind with its count so far and the first requests of it, masked."""
    return data_answer(services().reader.failures(path.run_id, query.op))


@routes.get(f"{RUN}/log", {200: LogPage}, 404)
def read_log(path: RunPath, query: LogQuery) -> Response:
    """A page of k6's console: the newest lines, or those after or before an offset."""
    if query.after is not None and query.before is not None:
        raise InvalidRequest.field("before", "cannot be combined with after")
    return data_answer(services().reader.log(path.run_id, **query.model_dump()))


def order_of(query: RunsQuery) -> Sort | None:
    """The order that was asked for; None is the usual one, whose pages need no value to go on from."""
    by, value = query.sort.removeprefix("-"), query.before_value
    if query.sort == "-created_at":
        return None
    if value is None or by in TEXT_COLUMNS:
        return Sort(by=by, down=query.sort.startswith("-"), after=value)
    try:
        number = float(value)
    except ValueError:
        number = nan
    if not isfinite(number):
        raise InvalidRequest.field("before_value", "must be a number, as the link to the next page has it")
    return Sort(by=by, down=query.sort.startswith("-"), after=number)


def place_of(record: str, sort: Sort | None) -> dict[str, str]:
    """Where the next page begins: behind this record."""
    last = json.loads(record)
    value = last[sort.by] if sort else None
    return {"before": last["run_id"]} | ({} if value is None else {"before_value": str(value)})


def with_live_values(records: list[str], live: list[Run], *, newest_first: bool = True) -> list[str]:
    """Stored records with what live sessions have published since.

    Of a list that has the newest first nothing is parsed that is older than the oldest live run.
    """
    values = {run.run_id: record_of(run) for run in live}
    oldest = min(values, default=None)
    shown = list(records)
    for index, text in enumerate(records if oldest else ()):
        run_id = json.loads(text)["run_id"]
        if run_id in values:
            shown[index] = json_text(values[run_id])
        if newest_first and run_id <= oldest:
            break
    return shown
