"""The history: live and past runs, and the data of each."""

import json
from dataclasses import asdict
from math import isfinite, nan
from urllib.parse import urlencode

from flask import Response, request

from dashboard.api.http.audit import describe_change
from dashboard.api.http.context import services
from dashboard.api.http.responses import columns_answer, data_answer, json_answer, no_content
from dashboard.api.http.routes import Routes
from dashboard.api.shapes.failure import FailureList, FailuresQuery
from dashboard.api.shapes.figures import WindowQuery
from dashboard.api.shapes.log import LogPage, LogQuery
from dashboard.api.shapes.operation import OpBreakdownAnswer, OpList, OpQuery, WindowAnswer
from dashboard.api.shapes.run import RunDetailAnswer, RunList, RunPath, RunsQuery
from dashboard.api.shapes.snapshot import SnapshotsAnswer, SnapshotsQuery
from dashboard.model.audit import describe_run
from dashboard.model.errors import Conflict, InvalidRequest
from dashboard.model.json_text import json_text
from dashboard.model.record import record_of
from dashboard.model.run import Run
from dashboard.store.values import RunFilter, Sort

routes = Routes("runs")
RUN_URL = "/runs/<run_id:run_id>"
TEXT_COLUMNS = ("created_at", "profile", "env_profile", "label", "verdict", "status")


@routes.get("/runs", {200: RunList})
def list_runs(query: RunsQuery) -> Response:
    """List runs, newest first or sorted. `Link` has the URL of the next page, `X-Total-Count` the number of matches."""
    store, sort = services().store, order_of(query)
    run_filter = RunFilter(**query.model_dump(exclude={"limit", "before", "sort", "before_value"}))
    records = store.lists.records(run_filter, limit=query.limit + 1, before=query.before, sort=sort)
    page = records[: query.limit]
    shown = with_live_values(page, services().live_runs.runs(), newest_first=sort is None)
    headers = {"X-Total-Count": str(store.lists.count(run_filter))}
    if len(records) > query.limit:
        next_query = request.args.to_dict() | {"limit": str(query.limit)} | next_page_query(page[-1], sort)
        headers["Link"] = f'</runs?{urlencode(next_query)}>; rel="next"'
    return json_answer(f"[{','.join(shown)}]", headers=headers)


@routes.get(RUN_URL, {200: RunDetailAnswer}, 404)
def read_run(path: RunPath) -> Response:
    """Return one run: record, plan, settings, SLOs, events and figures."""
    return data_answer(services().reader.describe(path.run_id))


@routes.delete(RUN_URL, {204: None}, 404, 409)
def delete_run(path: RunPath) -> Response:
    """Delete a run that has ended and all its data. `latest` is refused."""
    if path.run_id == "latest":
        raise Conflict('"latest" may refer to another run by now. Delete the run by its ID.')
    before = describe_run(services().reader.run(path.run_id))
    services().run_editor.delete(path.run_id)
    describe_change(path.run_id, before=before)
    return no_content()


@routes.get(f"{RUN_URL}/snapshots", {200: SnapshotsAnswer}, 404)
def read_snapshots(path: RunPath, query: SnapshotsQuery) -> Response:
    """Return the time series. `after` returns only newer snapshots, `format=columns` one list per field."""
    store, run = services().store, services().reader.run(path.run_id)
    if query.format == "columns":
        columns = store.snapshots.columns(run.run_id, after=query.after)
        return columns_answer({name: values[: query.limit] for name, values in columns.items()})
    snapshots = store.snapshots.of_run(run.run_id, after=query.after, limit=query.limit)
    return data_answer([asdict(snapshot) for snapshot in snapshots])


@routes.get(f"{RUN_URL}/ops", {200: OpList}, 404)
def read_operations(path: RunPath) -> Response:
    """Return the figures of each operation for the run so far."""
    return data_answer(services().reader.ops(path.run_id))


@routes.get(f"{RUN_URL}/op", {200: OpBreakdownAnswer}, 404)
def read_operation(path: RunPath, query: OpQuery) -> Response:
    """Return all figures of one operation: latency buckets, statuses, error messages, checks and time series."""
    return data_answer(services().reader.op(path.run_id, query.name, query.from_s, query.to_s))


@routes.get(f"{RUN_URL}/window", {200: WindowAnswer}, 404)
def read_window(path: RunPath, query: WindowQuery) -> Response:
    """Return the figures of a time range. A range consists of whole intervals; the response has its actual bounds."""
    return data_answer(services().reader.window(path.run_id, query.from_s, query.to_s))


@routes.get(f"{RUN_URL}/failures", {200: FailureList}, 404)
def read_failures(path: RunPath, query: FailuresQuery) -> Response:
    """Return why requests failed: each reason with its count so far and its first requests, with secrets masked."""
    return data_answer(services().reader.failures(path.run_id, query.op))


@routes.get(f"{RUN_URL}/log", {200: LogPage}, 404)
def read_log(path: RunPath, query: LogQuery) -> Response:
    """Return a page of the log: the newest lines, or the lines after or before an offset."""
    if query.after is not None and query.before is not None:
        raise InvalidRequest.field("before", "cannot be combined with after. Send one of them.")
    return data_answer(services().reader.log(path.run_id, **query.model_dump()))


def order_of(query: RunsQuery) -> Sort | None:
    """Return the requested order. Raises InvalidRequest.

    None is the default order, newest first, in which `before` alone identifies the next page.
    """
    by, value = query.sort.removeprefix("-"), query.before_value
    if query.sort == "-created_at":
        return None
    if value is None or by in TEXT_COLUMNS:
        return Sort(by=by, descending=query.sort.startswith("-"), after=value)
    try:
        number = float(value)
    except ValueError:
        number = nan
    if not isfinite(number):
        raise InvalidRequest.field(
            "before_value", "must be a number. Take it from the link to the next page."
        )
    return Sort(by=by, descending=query.sort.startswith("-"), after=number)


def next_page_query(record: str, sort: Sort | None) -> dict[str, str]:
    """Return the query parameters of the page that starts after `record`."""
    last = json.loads(record)
    value = last[sort.by] if sort else None
    return {"before": last["run_id"]} | ({} if value is None else {"before_value": str(value)})


def with_live_values(records: list[str], live: list[Run], *, newest_first: bool = True) -> list[str]:
    """Return stored records, updated with the newest values of live runs.

    In a list with the newest run first, only records down to the oldest live run are parsed.
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
