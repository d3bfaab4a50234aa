"""The audit log."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any
from urllib.parse import urlencode

from flask import Response, request

from dashboard.api.http.context import services
from dashboard.api.http.responses import json_answer
from dashboard.api.http.routes import Routes
from dashboard.api.shapes.audit import AuditExportQuery, AuditList, AuditQuery
from dashboard.model.audit import AuditEntry, AuditFilter
from dashboard.model.json_text import json_text
from dashboard.model.run import iso

routes = Routes("audit")
JSON_LINES = "application/x-ndjson"


@routes.get("/audit", {200: AuditList})
def read_audit_log(query: AuditQuery) -> Response:
    """Return who changed what, newest first. `Link: rel="next"` is the next page."""
    chosen = AuditFilter(who=query.who, action=query.action)
    entries = services().store.audit.newest(chosen, limit=query.limit + 1, before=query.before)
    page, headers = entries[: query.limit], {}
    if len(entries) > query.limit:
        next_query = request.args.to_dict() | {"before": str(page[-1].number)}
        headers["Link"] = f'</audit?{urlencode(next_query)}>; rel="next"'
    return json_answer(json_text([entry_of(entry) for entry in page]), headers=headers)


@routes.get("/audit/export", {200: JSON_LINES})
def export_audit_log(query: AuditExportQuery) -> Response:
    """Return all entries as JSON lines, oldest first."""
    chosen = AuditFilter(who=query.who, action=query.action)
    response = Response(json_lines(services().store.audit.all(chosen)), mimetype=JSON_LINES)
    response.headers["Content-Disposition"] = 'attachment; filename="audit.jsonl"'
    return response


def json_lines(entries: Iterator[AuditEntry]) -> Iterator[bytes]:
    """Yield each entry as one line of JSON."""
    for entry in entries:
        yield f"{json_text(entry_of(entry))}\n".encode("utf-8", "replace")


def entry_of(entry: AuditEntry) -> dict[str, Any]:
    """Return an entry as one JSON object: its own fields and those of its change."""
    fields = {name: getattr(entry, name) for name in ("number", "who", "via", "role", "client")}
    return fields | {"at": iso(entry.at)} | asdict(entry.change)
