"""Every route and method behind a proxy that authenticates users: its headers count, those of others do not."""

from collections.abc import Iterator

import pytest
from werkzeug.test import TestResponse

from dashboard.access.access import Access
from dashboard.api.http.roles import PUBLIC, needed_role
from dashboard.model.client_address import PEER_KEY
from dashboard.model.identity import Role
from dashboard.services import Services
from tests.api.identities import TokenedApp, tokened_app
from tests.api.table import ALL_CASES, Case

PROXY, OTHER = "10.0.0.7", "10.0.0.8"
USER, ROLE = "X-Forwarded-User", "X-Forwarded-Role"
SETTINGS = {"trusted_proxy": PROXY, "auth_proxy_user_header": USER, "auth_proxy_role_header": ROLE}
CASES = [case for case in ALL_CASES if case.endpoint != "stream.listen"]


@pytest.fixture(scope="module")
def proxied(idle_services: Services, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TokenedApp]:
    with tokened_app(idle_services, tmp_path_factory.mktemp("tokens"), **SETTINGS) as made:
        yield made


@pytest.fixture(autouse=True)
def no_failures_yet(proxied: TokenedApp) -> None:
    proxied.services.access = Access(proxied.services.settings, proxied.services.tokens)


def name_of(case: Case) -> str:
    return f"{case.method} {case.rule}"


def send(proxied: TokenedApp, case: Case, peer: str, **headers: str) -> TestResponse:
    # As the server does: the proxy states the client's address, which replaces that of the connection.
    environ = {PEER_KEY: peer, "REMOTE_ADDR": "192.0.2.1"}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    client = proxied.app.test_client()
    return client.open(case.url, method=case.method, headers=named, environ_overrides=environ)


@pytest.mark.parametrize("case", CASES, ids=name_of)
@pytest.mark.parametrize("role", list(Role))
def test_a_user_of_the_proxy_gets_what_the_role_allows(proxied: TokenedApp, case: Case, role: Role) -> None:
    answer = send(proxied, case, PROXY, X_Forwarded_User="ann", X_Forwarded_Role=role.value)

    needed = needed_role(case.method, case.rule)
    if needed is PUBLIC or role.includes(needed):
        assert answer.status_code not in (401, 403)
    else:
        assert answer.status_code == 403
        assert answer.json["detail"] == f'This requires the role {needed}. "ann" has the role {role}.'


@pytest.mark.parametrize("case", CASES, ids=name_of)
def test_the_headers_of_anyone_else_are_ignored(proxied: TokenedApp, case: Case) -> None:
    answer = send(proxied, case, OTHER, X_Forwarded_User="ann", X_Forwarded_Role="admin")

    needs_token = needed_role(case.method, case.rule) is not PUBLIC
    assert (answer.status_code == 401) is needs_token


@pytest.mark.parametrize("case", CASES, ids=name_of)
def test_an_unknown_role_is_refused_by_every_route_that_needs_one(proxied: TokenedApp, case: Case) -> None:
    answer = send(proxied, case, PROXY, X_Forwarded_User="ann", X_Forwarded_Role="owner")

    needs_role = needed_role(case.method, case.rule) is not PUBLIC
    assert (answer.status_code == 403) is needs_role


@pytest.mark.parametrize("case", [case for case in CASES if case.method != "GET"], ids=name_of)
@pytest.mark.parametrize(
    "headers", [{"Sec_Fetch_Site": "cross-site"}, {"Origin": "https://evil.example"}], ids=str
)
def test_other_websites_cannot_use_the_session_of_the_proxy(
    proxied: TokenedApp, case: Case, headers: dict[str, str]
) -> None:
    answer = send(proxied, case, PROXY, X_Forwarded_User="ann", X_Forwarded_Role="admin", **headers)

    assert answer.json["detail"] == "Requests from other websites are not allowed."


def test_the_proxy_may_pass_on_a_token_of_its_identity_provider(proxied: TokenedApp) -> None:
    session = Case("GET", "/session", "")
    answer = send(proxied, session, PROXY, X_Forwarded_User="ann", Authorization="Bearer of-the-provider")

    assert (answer.json["who"], answer.json["role"]) == ("ann", "viewer")


def test_a_token_works_through_the_proxy_and_beside_it(proxied: TokenedApp) -> None:
    session, headers = Case("GET", "/session", ""), proxied.headers("runner")

    assert send(proxied, session, PROXY, **headers).json["who"] == "runner"
    assert send(proxied, session, OTHER, X_Forwarded_User="ann", **headers).json["who"] == "runner"
