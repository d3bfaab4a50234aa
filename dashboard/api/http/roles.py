"""Which role each route needs. The gate reads this table. A route that is missing from it needs an administrator."""

from collections.abc import Mapping
from typing import Final

from dashboard.model.errors import Forbidden
from dashboard.model.identity import Identity, Role

PUBLIC: Final = None
_VERSION: Final = "/endpoints/versions/<int:n>"
_RUN, _DATA, _DRY = "/runs/<run_id:run_id>", "/data/<data_name:data_name>", "/run/dry/<run_id:dry_id>"
_WEBHOOK = "/webhooks/<webhook_id:webhook_id>"
NEEDED_ROLES: Final[Mapping[str, Role | None]] = {
    **dict.fromkeys(
        ("GET /health", "GET /login", "POST /login", "GET /assets/<path:name>", "GET /pages/<name>"),
        PUBLIC,
    ),
    **dict.fromkeys(
        (
            *("GET /", "GET /docs", "GET /openapi.json", "GET /session", "GET /stream"),
            *("GET /run/config", "GET /run/status", "POST /run/plan", f"GET {_DRY}", "GET /k6/<path:path>"),
            *(
                "GET /config/endpoints",
                "GET /config/schema",
                "GET /slo/config",
                "GET /discover/postman-collection",
            ),
            "GET /endpoints/versions",
            "POST /endpoints/preview",
            f"GET {_VERSION}",
            *("GET /data", f"GET {_DATA}", f"GET {_DATA}/download"),
            *("GET /runs", "GET /runs/baseline", "GET /runs/choices", "GET /runs/diff", f"GET {_RUN}"),
            *(
                f"GET {_RUN}/{name}"
                for name in ("baseline", "failures", "log", "op", "ops", "slo", "snapshots", "window")
            ),
            *(f"GET {_RUN}/{name}" for name in ("artifacts.zip", "badge", "badge-link", "csv", "export")),
            *(f"GET {_RUN}/{name}" for name in ("junit.xml", "report", "summary.json", "summary.md")),
            *("GET /heatmap", "GET /ops/trends", "GET /ops/trend", "GET /ops/<op_name:name>/trend"),
            *("GET /influx/status", "GET /influx/rejected", "GET /influx/remote-runs"),
        ),
        Role.VIEWER,
    ),
    **dict.fromkeys(
        (
            *("POST /run/start", "POST /run/stop", "POST /run/control", "POST /run/refresh-token"),
            *("POST /run/continue", "POST /run/test-connection", "POST /run/dry", f"DELETE {_DRY}"),
            *("POST /discover/document", "POST /discover/postman", "GET /discover/url"),
            *("POST /demo/start", "POST /data/upload", "POST /slo/config", f"PATCH {_RUN}"),
            *("POST /endpoints/save", f"POST {_VERSION}/restore"),
            *(f"POST {_RUN}/marks", f"DELETE {_RUN}/marks/<int:n>"),
            *(f"POST {_RUN}/baseline", "DELETE /runs/baseline"),
        ),
        Role.RUNNER,
    ),
    **dict.fromkeys(
        (
            *(f"DELETE {_RUN}", f"DELETE {_DATA}", "POST /runs/import"),
            *("POST /influx/backfill", "POST /influx/retry", "POST /influx/verify"),
            *(
                *("GET /webhooks", "POST /webhooks", "GET /webhooks/integrations", "GET /webhooks/export"),
                *("POST /webhooks/import", f"GET {_WEBHOOK}", f"PUT {_WEBHOOK}", f"DELETE {_WEBHOOK}"),
                *(f"POST {_WEBHOOK}/test", f"GET {_WEBHOOK}/deliveries"),
                f"POST {_WEBHOOK}/deliveries/<int:n>/resend",
                "GET /settings",
                "GET /audit",
                "GET /audit/export",
                "GET /tokens",
                "POST /tokens",
                "DELETE /tokens/<token_name:name>",
            ),
        ),
        Role.ADMIN,
    ),
}


def needed_role(method: str, rule: str) -> Role | None:
    """Return the role that a route needs. PUBLIC needs no identity."""
    return NEEDED_ROLES.get(f"{'GET' if method == 'HEAD' else method} {rule}", Role.ADMIN)


def check_role(identity: Identity, needed: Role) -> None:
    """Raise Forbidden unless the role of `identity` includes `needed`."""
    if not identity.role.includes(needed):
        raise Forbidden(
            f'This requires the role {needed.value}. "{identity.who}" has the role {identity.role.value}.',
            extra={"needed_role": needed.value, "role": identity.role.value},
        )
