"""Records in the audit log what each request changed, directly after the request."""

from collections.abc import Mapping
from typing import Any, Final

import structlog
from flask import Flask, Response, g, request

from dashboard.api.http.context import services
from dashboard.api.http.identity import client_address, find_identity
from dashboard.model.audit import Change
from dashboard.model.identity import Identity
from dashboard.store.errors import StoreError

log = structlog.get_logger()
_RUN, _DATA, _DRY = "/runs/<run_id:run_id>", "/data/<data_name:data_name>", "/run/dry/<run_id:dry_id>"
_WEBHOOK = "/webhooks/<webhook_id:webhook_id>"
# The action of each route that changes something. A test compares this table with the routes of the application.
ACTIONS: Final[Mapping[str, str]] = {
    "POST /login": "sign_in",
    "POST /run/start": "run.start",
    "POST /run/stop": "run.stop",
    "POST /run/control": "run.control",
    "POST /run/refresh-token": "run.refresh_token",
    "POST /run/continue": "queue.continue",
    "POST /run/test-connection": "connection.test",
    "POST /run/dry": "dry_run.start",
    f"DELETE {_DRY}": "dry_run.cancel",
    "POST /demo/start": "demo.start",
    f"PATCH {_RUN}": "run.annotate",
    f"DELETE {_RUN}": "run.delete",
    "POST /runs/import": "run.import",
    f"POST {_RUN}/marks": "run.mark",
    f"DELETE {_RUN}/marks/<int:n>": "run.unmark",
    f"POST {_RUN}/baseline": "baseline.pin",
    "DELETE /runs/baseline": "baseline.unpin",
    "POST /data/upload": "data_file.upload",
    f"DELETE {_DATA}": "data_file.delete",
    "POST /slo/config": "slos.change",
    "POST /endpoints/save": "endpoints.save",
    "POST /endpoints/versions/<int:n>/restore": "endpoints.restore",
    "POST /influx/backfill": "influx.backfill",
    "POST /influx/retry": "influx.retry",
    "POST /influx/verify": "influx.verify",
    "POST /webhooks": "webhook.create",
    "POST /webhooks/import": "webhook.import",
    f"PUT {_WEBHOOK}": "webhook.change",
    f"DELETE {_WEBHOOK}": "webhook.delete",
    f"POST {_WEBHOOK}/test": "webhook.test",
    f"POST {_WEBHOOK}/deliveries/<int:n>/resend": "webhook.resend",
    "POST /tokens": "token.create",
    "DELETE /tokens/<token_name:name>": "token.revoke",
}
_CHANGE, _BY = "audited_change", "audited_by"


def describe_change(
    changed: str,
    *,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    by: Identity | None = None,
) -> None:
    """State what the request changed. Without this call, the object is the one in the URL.

    `by` is the identity after a sign-in, because the request itself is sent without one.
    """
    setattr(g, _CHANGE, (changed, before, after))
    if by is not None:
        setattr(g, _BY, by)


def register(app: Flask) -> None:
    """Record the changes of all requests of `app`."""
    app.after_request(_record)


def _record(response: Response) -> Response:
    action = ACTIONS.get(f"{request.method} {request.url_rule.rule}") if request.url_rule else None
    if action is None or response.status_code >= 400:
        return response
    changed, before, after = g.get(_CHANGE, (_object_in_url(), None, None))
    identity = g.get(_BY) or find_identity()
    if identity is not None:
        change = Change(action=action, object=changed, before=before, after=after)
        try:
            services().audit.record(identity, client_address(), change)
        except StoreError:  # the change itself has succeeded
            log.exception("audit.failed", action=action, object=changed, who=identity.who)
    return response


def _object_in_url() -> str:
    return " ".join(str(value) for value in (request.view_args or {}).values())
