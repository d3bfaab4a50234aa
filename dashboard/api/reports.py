"""Exports of a run: CSV, badge, JUnit, summaries, report, archive; and the import of an exported run."""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import chain
from typing import IO
from urllib.parse import urlencode

from flask import Response, request

from dashboard.api.http.audit import describe_change
from dashboard.api.http.context import services
from dashboard.api.http.responses import answer
from dashboard.api.http.routes import Routes
from dashboard.api.pages import static_folder
from dashboard.api.runs import RUN_URL
from dashboard.api.shapes.report import BadgeLinkAnswer, BadgeQuery, CsvQuery, ImportAnswer, ReportQuery
from dashboard.api.shapes.run import RunPath
from dashboard.model.audit import describe_run
from dashboard.model.errors import Conflict, NotFound
from dashboard.model.record import record_of
from dashboard.reports.artifacts import artifacts_of
from dashboard.reports.badge import DEFAULT_LABEL, badge_of, no_run_badge
from dashboard.reports.csv_text import operation_rows, snapshot_rows
from dashboard.reports.html_report import html_report
from dashboard.reports.junit import junit_of
from dashboard.reports.markdown import markdown_of
from dashboard.reports.page import is_built, policy_of
from dashboard.reports.source import ReportSource, report_source
from dashboard.reports.summary import RunSummary, summary_of
from dashboard.runs.reader import LATEST
from dashboard.transfer.run_export import export_chunks, export_name
from dashboard.transfer.spooled import spool

routes = Routes("reports")
GZIP_MEDIA_TYPE = "application/gzip"
# Below the limit of the server, so that the API rejects a larger body with a problem document.
MAX_IMPORT_BYTES = 60 * 1024 * 1024


@routes.get(f"{RUN_URL}/csv", {200: "text/csv"}, 404)
def read_csv(path: RunPath, query: CsvQuery) -> Response:
    """Return the time series as CSV or, with `table=operations`, the figures of each operation."""
    source = source_of(path)
    run_id = source.run.run_id
    rows: Iterator[str] = (
        snapshot_rows(services().store, run_id) if query.table == "snapshots" else operation_rows(source)
    )
    response = Response((row.encode("utf-8", "replace") for row in rows), mimetype="text/csv")
    return as_attachment(response, f"{run_id}-{query.table}.csv")


@routes.get(f"{RUN_URL}/badge", {200: "image/svg+xml", 304: None}, 404)
def read_badge(path: RunPath, query: BadgeQuery) -> Response:
    """Return an SVG badge with the verdict or, with `metric`, one figure. Clients revalidate it with its ETag."""
    label = query.label or DEFAULT_LABEL
    try:
        text = badge_of(source_of(path), label, query.metric)
    except NotFound:
        if path.run_id != LATEST:
            raise
        text = no_run_badge(label)
    response = Response(text.encode("utf-8", "replace"), mimetype="image/svg+xml")
    response.headers["Cache-Control"] = "no-cache, max-age=0, must-revalidate"
    # other sites embed the badge
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    response.add_etag()
    response.make_conditional(request)
    return response


@routes.get(f"{RUN_URL}/badge-link", {200: BadgeLinkAnswer})
def read_badge_link(path: RunPath) -> Response:
    """Return the badge URL for other sites, also as Markdown. The URL contains a badge key if a token is required."""
    key = services().access.badge_key(path.run_id)
    query = f"?{urlencode({'key': key})}" if key else ""
    link = f"{request.url_root}runs/{path.run_id}/badge{query}"
    return answer(BadgeLinkAnswer(url=link, markdown=f"![Performance]({link})"))


@routes.get(f"{RUN_URL}/junit.xml", {200: "application/xml"}, 404)
def read_junit(path: RunPath) -> Response:
    """Return the outcome and the limits of a run as test results."""
    source = source_of(path)
    response = Response(junit_of(source).encode("utf-8", "replace"), mimetype="application/xml")
    return as_attachment(response, f"{source.run.run_id}-junit.xml")


@routes.get(f"{RUN_URL}/summary.json", {200: RunSummary}, 404)
def read_summary(path: RunPath) -> Response:
    """Return the run in a stable, versioned format."""
    return answer(summary_of(source_of(path)))


@routes.get(f"{RUN_URL}/summary.md", {200: "text/markdown"}, 404)
def read_markdown(path: RunPath) -> Response:
    """Return the run in Markdown for a comment on a pull request, at most 60 kB."""
    return Response(markdown_of(source_of(path)).encode("utf-8", "replace"), mimetype="text/markdown")


@routes.get(f"{RUN_URL}/report", {200: "text/html"}, 404)
def read_report(path: RunPath, query: ReportQuery) -> Response:
    """Return the run as one self-contained HTML file. `download=1` sends it as an attachment."""
    source = source_of(path)
    page = _report(source)
    response = Response(page.encode("utf-8", "replace"), mimetype="text/html")
    response.headers["Content-Security-Policy"] = f"{policy_of(page)}; frame-ancestors 'none'"
    return as_attachment(response, f"{source.run.run_id}-report.html") if query.download == "1" else response


@routes.get(f"{RUN_URL}/artifacts.zip", {200: "application/zip"}, 404)
def read_artifacts(path: RunPath) -> Response:
    """Return all exports of a run, its log and its endpoints file in one archive, without secrets."""
    source = source_of(path)
    folder = services().reader.folder(source.run.run_id)
    report = _report(source) if is_built(static_folder()) else None
    archive = with_first_part(artifacts_of(source, services().store, folder, report))
    response = Response(archive, mimetype="application/zip")
    return as_attachment(response, f"{source.run.run_id}-artifacts.zip")


@routes.get(f"{RUN_URL}/export", {200: GZIP_MEDIA_TYPE}, 404, 409)
def read_export(path: RunPath) -> Response:
    """Export a run that has ended, for `POST /runs/import` of another dashboard."""
    store, reader = services().store, services().reader
    run = reader.run(reader.resolve(path.run_id, ended=True))
    if not run.status.has_ended:
        raise Conflict(f"Run {run.run_id} is {run.status.value}. Export it after it has ended.")

    def write(file: IO[bytes]) -> None:
        for part in export_chunks(store, run, reader.folder(run.run_id)):
            file.write(part)  # writelines would keep everything in memory

    response = Response(with_first_part(spool(store, run.run_id, write)), mimetype=GZIP_MEDIA_TYPE)
    return as_attachment(response, export_name(run.run_id))


@routes.post("/runs/import", {201: ImportAnswer}, 409, raw_media_type=GZIP_MEDIA_TYPE)
def import_run() -> Response:
    """Import a run. The body is a file from `/runs/<id>/export`. A file with an error is refused as a whole."""
    request.max_content_length = MAX_IMPORT_BYTES
    run = services().imports.import_from(request.stream)
    services().hub.publish("runs", "run", record_of(run))
    describe_change(run.run_id, after=describe_run(run))
    return answer(ImportAnswer(run_id=run.run_id), 201, {"Location": f"/runs/{run.run_id}"})


def _report(source: ReportSource) -> str:
    return html_report(source, services().store, datetime.now(UTC), static_folder())


def with_first_part(parts: Iterator[bytes]) -> Iterator[bytes]:
    """Compute the first part now, so that an error in it causes a problem response.

    Otherwise the client would get a truncated file.
    """
    return chain([next(parts)], parts)


def source_of(path: RunPath) -> ReportSource:
    """Return the run that the path names; `latest` is the newest run that has ended."""
    return report_source(services().reader, path.run_id)


def as_attachment(response: Response, name: str) -> Response:
    """Return `response` as an attachment called `name`. The name must not need quoting."""
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
