"""Every route and method for every kind of client: which role it needs, and that the gate asks for it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from werkzeug.test import TestResponse

from dashboard.access.access import Access
from dashboard.api.http.roles import NEEDED_ROLES, PUBLIC, needed_role
from dashboard.model.identity import Role
from dashboard.services import Services
from tests.api.identities import TokenedApp, tokened_app
from tests.api.table import ALL_CASES, Case

READING = ("POST /run/plan", "POST /endpoints/preview", "POST /login")  # they change nothing
DOCUMENT_ROUTES = ("POST /discover/document", "POST /discover/postman")  # they store nothing
SENDING = ("GET /discover/url",)  # it sends requests to other servers
ADMIN_ROUTES = ("/audit", "/settings", "/tokens", "/influx/", "/runs/import", "/webhooks")
NO_ACCESS = ("no token", "wrong", "expired", "revoked")
CLIENTS = (*NO_ACCESS, *(role.value for role in Role), "main")


@pytest.fixture(scope="module")
def tokened(idle_services: Services, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TokenedApp]:
    with tokened_app(idle_services, tmp_path_factory.mktemp("tokens")) as made:
        yield made


@pytest.fixture(autouse=True)
def no_failures_yet(tokened: TokenedApp) -> None:
    """Wrong tokens of other tests do not count."""
    tokened.services.access = Access(tokened.services.settings, tokened.services.tokens)


def name_of(case: Case) -> str:
    return f"{case.method} {case.rule}"


def send(tokened: TokenedApp, case: Case, client: str, **headers: str) -> TestResponse:
    token = {} if client == "no token" else tokened.headers(client)
    return tokened.app.test_client().open(case.url, method=case.method, headers={**token, **headers})


def test_every_route_and_method_is_in_the_table_once() -> None:
    assert {name_of(case) for case in ALL_CASES} == set(NEEDED_ROLES)


def test_a_route_that_is_missing_from_the_table_needs_an_administrator() -> None:
    assert needed_role("GET", "/new") is Role.ADMIN


@pytest.mark.parametrize("case", ALL_CASES, ids=name_of)
def test_what_changes_something_needs_more_than_a_viewer(case: Case) -> None:
    needed = needed_role(case.method, case.rule)
    is_reading = case.method == "GET" and name_of(case) not in SENDING
    if is_reading or name_of(case) in READING:
        assert needed in (PUBLIC, Role.VIEWER) or case.rule.startswith(ADMIN_ROUTES)
    else:
        assert needed in (Role.RUNNER, Role.ADMIN)


@pytest.mark.parametrize(
    "case", [case for case in ALL_CASES if case.endpoint != "stream.listen"], ids=name_of
)
@pytest.mark.parametrize("client", CLIENTS)
def test_each_client_gets_what_its_role_allows(tokened: TokenedApp, case: Case, client: str) -> None:
    answer = send(tokened, case, client)

    needed = needed_role(case.method, case.rule)
    if needed is PUBLIC:
        assert answer.status_code not in (401, 403)
    elif client in NO_ACCESS:
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    elif client == "main" or Role(client).includes(needed):
        assert answer.status_code not in (401, 403)
    else:
        assert answer.status_code == 403
        assert (answer.json["needed_role"], answer.json["role"]) == (needed.value, client)
        assert answer.json["detail"] == (
            f'This requires the role {needed.value}. "{client}" has the role {client}.'
        )


@pytest.mark.parametrize("case", [case for case in ALL_CASES if case.method != "GET"], ids=name_of)
@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Host": "evil.example"}, 421),
    ],
    ids=str,
)
def test_other_websites_and_foreign_hosts_are_refused_for_every_client(
    tokened: TokenedApp, case: Case, client: str, headers: dict[str, str], status: int
) -> None:
    answer = send(tokened, case, client, **headers)

    assert answer.status_code == status
    assert answer.json.get("role") is None


def test_head_needs_the_role_of_get(tokened: TokenedApp) -> None:
    client = tokened.app.test_client()

    assert client.head("/tokens", headers=tokened.headers("runner")).status_code == 403
    assert client.head("/tokens", headers=tokened.headers("admin")).status_code == 200


def test_a_url_that_does_not_exist_needs_any_identity(tokened: TokenedApp) -> None:
    client = tokened.app.test_client()

    assert client.get("/nowhere").status_code == 401
    assert client.get("/nowhere", headers=tokened.headers("viewer")).status_code == 404
    assert client.delete("/health", headers=tokened.headers("viewer")).status_code == 405


def test_an_expired_token_is_named_in_the_answer(tokened: TokenedApp) -> None:
    answer = tokened.app.test_client().get("/runs", headers=tokened.headers("expired"))

    assert answer.json["detail"] == 'The token "expired" has expired. Ask for a new one.'


def test_the_table_is_documented() -> None:
    manual = (Path(__file__).parents[3] / "docs" / "access.md").read_text("utf-8")
    assert [role for role in Role if f"| `{role.value}` |" not in manual] == []
