"""What a run can be taken away as: table, badge, test result, summaries."""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import chain
from typing import IO
from urllib.parse import urlencode

from flask import Response, request

from dashboard.api.http.context import services
from dashboard.api.http.responses import answer
from dashboard.api.http.routes import Routes
from dashboard.api.pages import static_folder
from dashboard.api.runs import RUN
from dashboard.api.shapes.general import BadgeLink, Imported
from dashboard.api.shapes.queries import BadgeQuery, CsvQuery, ReportQuery, RunPath
from dashboard.model.errors import Conflict, NotFound
from dashboard.model.record import record_of
from dashboard.reports.artifacts import artifacts_of
from dashboard.reports.badge import LABEL, badge_of, no_badge
from dashboard.reports.csv_text import operation_rows, snapshot_rows
from dashboard.reports.junit import junit_of
from dashboard.reports.markdown import markdown_of
from dashboard.reports.page import is_built, page_template, policy_of, report_page
from dashboard.reports.page_data import page_data
from dashboard.reports.subject import Subject, read_subject
from dashboard.reports.summary import Summary, summary_of
from dashboard.runs.reader import LATEST
from dashboard.transfer.run_export import export_name, exported
from dashboard.transfer.spooled import spooled

routes = Routes("reports")
GZIP = "application/gzip"
MAX_IMPORT_BYTES = 60 * 1024 * 1024  # less than the server itself takes: it is told in the usual words


@routes.get(f"{RUN}/csv", {200: "text/csv"}, 404)
def read_csv(path: RunPath, query: CsvQuery) -> Response:
    """The time series as CSV, or with `table=operations` the figures of each operation."""
    subject = subject_of(path)
    run_id = subject.run.run_id
    rows: Iterator[str] = (
        snapshot_rows(services().store, run_id) if query.table == "snapshots" else operation_rows(subject.ops)
    )
    response = Response((row.encode("utf-8", "replace") for row in rows), mimetype="text/csv")
    return attached(response, f"{run_id}-{query.table}.csv")


@routes.get(f"{RUN}/badge", {200: "image/svg+xml", 304: None}, 404)
def read_badge(path: RunPath, query: BadgeQuery) -> Response:
    """An SVG for a README: the verdict, or one figure with `metric`. Always asked for anew, by its ETag."""
    label = query.label or LABEL
    try:
        text = badge_of(subject_of(path), label, query.metric)
    except NotFound:
        if path.run_id != LATEST:
            raise
        text = no_badge(label)
    response = Response(text.encode("utf-8", "replace"), mimetype="image/svg+xml")
    response.headers["Cache-Control"] = "no-cache, max-age=0, must-revalidate"
    # other sites show it: that is what it is for
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    response.add_etag()
    response.make_conditional(request)
    return response


@routes.get(f"{RUN}/badge-link", {200: BadgeLink})
def read_badge_link(path: RunPath) -> Response:
    """The badge's address for others, with a key where a token is needed, and the Markdown that shows it."""
    key = services().access.badge_key(path.run_id)
    query = f"?{urlencode({'key': key})}" if key else ""
    link = f"{request.host_url}runs/{path.run_id}/badge{query}"
    return answer(BadgeLink(url=link, markdown=f"![Performance]({link})"))


@routes.get(f"{RUN}/junit.xml", {200: "application/xml"}, 404)
def read_junit(path: RunPath) -> Response:
    """SLOs and operations as test results."""
    subject = subject_of(path)
    response = Response(junit_of(subject).encode("utf-8", "replace"), mimetype="application/xml")
    return attached(response, f"{subject.run.run_id}-junit.xml")


@routes.get(f"{RUN}/summary.json", {200: Summary}, 404)
def read_summary(path: RunPath) -> Response:
    """The run in a versioned shape that stays as it is."""
    return answer(summary_of(subject_of(path)))


@routes.get(f"{RUN}/summary.md", {200: "text/markdown"}, 404)
def read_markdown(path: RunPath) -> Response:
    """The run in Markdown, for a comment on a pull request: at most 60 kB."""
    return Response(markdown_of(subject_of(path)).encode("utf-8", "replace"), mimetype="text/markdown")


@routes.get(f"{RUN}/report", {200: "text/html"}, 404)
def read_report(path: RunPath, query: ReportQuery) -> Response:
    """The run as one HTML file that needs nothing else: charts, tables, verdict. `download` saves it."""
    subject = subject_of(path)
    template = page_template(static_folder())
    response = Response(_report(template, subject).encode("utf-8", "replace"), mimetype="text/html")
    response.headers["Content-Security-Policy"] = f"{policy_of(template)}; frame-ancestors 'none'"
    return attached(response, f"{subject.run.run_id}-report.html") if query.download == "1" else response


@routes.get(f"{RUN}/artifacts.zip", {200: "application/zip"}, 404)
def read_artifacts(path: RunPath) -> Response:
    """Everything of a run in one file: all exports, its log, the endpoints as they were. No secrets."""
    subject, here = subject_of(path), services()
    folder = here.reader.folder(subject.run.run_id)
    report = _report(page_template(static_folder()), subject) if is_built(static_folder()) else None
    archive = begun(artifacts_of(subject, here.store, folder, report))
    response = Response(archive, mimetype="application/zip")
    return attached(response, f"{subject.run.run_id}-artifacts.zip")


@routes.get(f"{RUN}/export", {200: GZIP}, 404, 409)
def read_export(path: RunPath) -> Response:
    """A run that has ended, whole, for `POST /runs/import` of another dashboard."""
    here = services()
    run = here.reader.run(here.reader.resolve(path.run_id, ended=True))
    if not run.status.has_ended:
        raise Conflict(f"run {run.run_id} is {run.status.value}: it can be exported when it has ended")

    def write(file: IO[bytes]) -> None:
        for part in exported(here.store, run, here.reader.folder(run.run_id)):
            file.write(part)  # writelines would hold all of it in memory first

    response = Response(begun(spooled(here.store, run.run_id, write)), mimetype=GZIP)
    return attached(response, export_name(run.run_id))


@routes.post("/runs/import", {201: Imported}, 409, raw=GZIP)
def import_run() -> Response:
    """Take in an exported run, with the file of `/runs/<id>/export` as the body: all of it, or nothing."""
    request.max_content_length = MAX_IMPORT_BYTES
    run = services().imports.take(request.stream)
    services().hub.publish("runs", "run", record_of(run))
    return answer(Imported(run_id=run.run_id), 201, {"Location": f"/runs/{run.run_id}"})


def _report(template: str, subject: Subject) -> str:
    return report_page(template, page_data(subject, services().store, datetime.now(UTC)))


def begun(parts: Iterator[bytes]) -> Iterator[bytes]:
    """The first part is made at once: a run that changes just now is told as a problem, not by a broken file."""
    return chain([next(parts)], parts)


def subject_of(path: RunPath) -> Subject:
    """The run that the path names; `latest` is the newest that ended."""
    return read_subject(services().reader, path.run_id)


def attached(response: Response, name: str) -> Response:
    """To be saved under `name`, which holds nothing but letters, digits and marks."""
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
