"""Every route and method of the application, with a URL, for tests that apply to all routes."""

import re
from dataclasses import dataclass
from types import SimpleNamespace
from typing import cast

from dashboard.app import create_app
from dashboard.services import Services
from dashboard.settings import Settings

PATH_VALUES = {
    "n": "1",
    "webhook_id": "wh_abcdefghijkl",
    "run_id": "20261121-101500-abcdefgh",
    "dry_id": "20261121-101500-abcdefgh",
    "path": "v1/status",
    "data_name": "users",
    "name": "builtin.css",  # a token with this name does not exist
}
QUERY_STRINGS = {"window": "?from=0&to=10", "/stream": "?topics=runs", "/diff": "?a=latest&b=latest"}
PUBLIC_RULES = {"/health", "/login", "/assets/<path:name>", "/pages/<name>"}


@dataclass(frozen=True)
class Case:
    """One method of one route."""

    method: str
    rule: str
    endpoint: str

    @property
    def url(self) -> str:
        path = re.sub(r"<(?:\w+:)?(\w+)>", lambda match: PATH_VALUES[match[1]], self.rule)
        return path + next((query for end, query in QUERY_STRINGS.items() if path.endswith(end)), "")

    @property
    def is_page(self) -> bool:
        return self.endpoint.startswith("pages.")


def list_cases() -> list[Case]:
    """Return all routes and methods. Listing them requires no services but the settings."""
    services = SimpleNamespace(settings=Settings(_env_file=None))
    app = create_app(cast(Services, services))
    return [
        Case(method, rule.rule, rule.endpoint)
        for rule in app.url_map.iter_rules()
        for method in sorted((rule.methods or set()) - {"HEAD"})
    ]


ALL_CASES = list_cases()
API_CASES = [case for case in ALL_CASES if not case.is_page]
CASES_WITH_BODY = [case for case in API_CASES if case.method in ("POST", "PATCH", "PUT")]
