"""What a run can be taken away as: table, badge, test result, summaries."""

from collections.abc import Iterator
from urllib.parse import urlencode

from flask import Response, request

from dashboard.api.answers import answer
from dashboard.api.context import services
from dashboard.api.queries import BadgeQuery, CsvQuery, RunPath
from dashboard.api.routes import Routes
from dashboard.api.runs import RUN
from dashboard.api.shapes import BadgeLink
from dashboard.model.errors import NotFound
from dashboard.reports.badge import LABEL, badge_of, no_badge
from dashboard.reports.csv_text import operation_rows, snapshot_rows
from dashboard.reports.junit import junit_of
from dashboard.reports.markdown import markdown_of
from dashboard.reports.subject import Subject, read_subject
from dashboard.reports.summary import Summary, summary_of
from dashboard.runs.reader import LATEST

routes = Routes("reports")


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


def subject_of(path: RunPath) -> Subject:
    """The run that the path names; `latest` is the newest that ended."""
    return read_subject(services().reader, path.run_id)


def attached(response: Response, name: str) -> Response:
    """To be saved under `name`, which holds nothing but letters, digits and marks."""
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
