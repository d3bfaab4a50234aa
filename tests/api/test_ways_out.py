"""No API route sends a request to a refused address, in any form, or a stored secret to another origin."""

import ipaddress
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from dashboard.api.shapes.bodies import StartBody
from dashboard.app import create_app
from dashboard.model.errors import InvalidRequest
from dashboard.model.identity import Role, TokenLimits
from dashboard.runs.start.starter import Starter
from dashboard.services import Services
from tests.api.identities import tokened_app
from tests.conftest import ROOT
from tests.stored_secrets import CASES, FOREIGN, HOME, MAPPED, REFUSED, StoredSecret

REFUSED_HOSTS = json.loads((ROOT / "tests" / "addresses.json").read_bytes())["refused"]
ROUTES = {"/run/start": {"profile": "smoke"}, "/run/dry": {}, "/run/test-connection": {}}
SHOP = {"base_url": "http://shop.invalid"}
TOKEN_ENDPOINT = {"auth_mode": "bearer_endpoint"}
KEYCLOAK = {
    "auth_mode": "keycloak",
    "auth_realm": "r",
    "auth_client_id": "c",
    "auth_client_secret": "typed",
}


def is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def authority(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def post(client: FlaskClient, route: str, body: dict[str, Any]) -> Any:
    return client.post(route, json={**ROUTES[route], **body})


def fields_to(host: str) -> dict[str, dict[str, Any]]:
    """The requests that would lead to `host`, by the field that names it."""
    url = f"http://{authority(host)}"
    return {
        "base_url": {"base_url": url},
        "auth_host": {**SHOP, **KEYCLOAK, "auth_host": url},
        "auth_refresh_endpoint": {**SHOP, **TOKEN_ENDPOINT, "auth_refresh_endpoint": f"{url}/token"},
        "network.proxy": {**SHOP, "network": {"proxy": url}},
    }


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("host", REFUSED_HOSTS)
def test_no_route_leads_to_a_refused_address(idle: Any, route: str, host: str) -> None:
    client = idle.test_client()
    for field, body in fields_to(host).items():
        answer = post(client, route, body)
        assert (answer.status_code, answer.json["title"]) == (422, "Address refused"), field
        assert [error["field"] for error in answer.json["errors"]] == [field]


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("address", [host for host in REFUSED_HOSTS if is_address(host)])
def test_no_name_is_mapped_to_a_refused_address(idle: Any, route: str, address: str) -> None:
    answer = post(idle.test_client(), route, {**SHOP, "network": {"hosts": {"shop.invalid": address}}})
    assert (answer.status_code, answer.json["title"]) == (422, "Address refused")
    assert answer.json["errors"][0]["field"] == "network.hosts.shop.invalid"


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "localhost", "::1", "::ffff:127.0.0.1"])
def test_no_route_leads_to_the_dashboard(
    services: Services, client: FlaskClient, route: str, host: str
) -> None:
    services.write_server_file("127.0.0.1", 5657)
    for field, body in fields_to(f"{host}").items():
        text = json.dumps(body).replace(authority(host), f"{authority(host)}:5657")
        answer = post(client, route, json.loads(text))
        assert (answer.status_code, answer.json["errors"][0]["field"]) == (422, field)
        assert "is the dashboard itself" in answer.json["detail"]


@pytest.mark.parametrize("route", ROUTES)
def test_a_mapped_name_does_not_lead_to_the_dashboard(
    services: Services, client: FlaskClient, route: str
) -> None:
    services.write_server_file("127.0.0.1", 5657)
    for url, address in (("http://a.test", "127.0.0.1:5657"), ("http://a.test:5657", "127.0.0.1")):
        answer = post(client, route, {"base_url": url, "network": {"hosts": {"a.test": address}}})
        assert (answer.status_code, answer.json["title"]) == (422, "Address refused")


@pytest.mark.parametrize("route", ROUTES)
def test_every_route_is_limited_to_the_allowed_targets(
    make_services: Callable[..., Services], route: str
) -> None:
    client = create_app(make_services(allowed_targets="shop.invalid")).test_client()
    for field, body in fields_to("foreign.invalid").items():
        answer = post(client, route, body)
        assert (answer.status_code, answer.json["errors"][0]["field"]) == (403, field)
        assert "foreign.invalid is not in ALLOWED_TARGETS" in answer.json["detail"]


@pytest.mark.parametrize("route", ROUTES)
def test_every_route_is_limited_to_the_targets_of_the_token(
    services: Services, tmp_path: Path, route: str
) -> None:
    with tokened_app(services, tmp_path) as tokened:
        headers = tokened.create("ci", Role.RUNNER, TokenLimits(targets=("shop.invalid",)))
        for field, body in fields_to("foreign.invalid").items():
            answer = tokened.app.test_client().post(route, json={**ROUTES[route], **body}, headers=headers)
            assert (answer.status_code, answer.json["errors"][0]["field"]) == (403, field)
            problem = 'foreign.invalid is not in the targets of the token "ci": shop.invalid'
            assert problem in answer.json["detail"]


def with_target(case: StoredSecret) -> dict[str, Any]:
    return {"base_url": case.settings.get("base_url", HOME), **case.request}


@pytest.mark.parametrize("case", REFUSED, ids=str)
def test_a_stored_secret_goes_to_no_other_origin(
    make_services: Callable[..., Services], case: StoredSecret
) -> None:
    client = create_app(make_services(**case.settings)).test_client()
    for route in ROUTES:
        answer = post(client, route, with_target(case))
        assert answer.status_code == 422
        assert [error["field"] for error in answer.json["errors"]] == [case.refused_field]
        assert "stored" not in answer.json["detail"].replace("is stored", "")


@pytest.mark.parametrize("route", ["/run/start", "/run/dry"])
def test_endpoints_of_a_request_map_no_stored_secret_to_another_machine(
    make_services: Callable[..., Services], route: str
) -> None:
    client = create_app(make_services(base_url=HOME, auth_token="stored-secret")).test_client()
    document = {**MAPPED, "endpoints": [{"name": "a", "group": "g", "path": "/"}]}

    answer = post(client, route, {"base_url": HOME, "endpoints": json.dumps(document)})

    assert (answer.status_code, answer.json["errors"][0]["field"]) == (422, "auth_token")
    assert "network.hosts leads to another machine" in answer.json["detail"]


def test_the_endpoints_file_may_map_the_target_because_a_request_cannot_change_its_network(
    make_services: Callable[..., Services],
) -> None:
    services = make_services(base_url=HOME, auth_token="stored-secret")
    document = {**MAPPED, "endpoints": [{"name": "a", "group": "g", "path": "/"}]}
    services.settings.endpoints_file.write_text(json.dumps(document))
    starter: Starter = services.supervisor._starter

    resolved = starter.resolve(StartBody.model_validate({"profile": "smoke"}).to_request())

    assert resolved.auth.mode == "bearer"


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_run_of_the_command_line_follows_the_rule_for_stored_secrets(
    make_services: Callable[..., Services], case: StoredSecret
) -> None:
    services = make_services(**case.settings)
    starter: Starter = services.supervisor._starter
    request = StartBody.model_validate({"profile": "smoke", **with_target(case)}).to_request()
    if case.refused_field is None:
        assert starter.resolve(request).base_url
        return
    with pytest.raises(InvalidRequest) as caught:
        starter.resolve(request)
    assert caught.value.errors[0].field == case.refused_field


@pytest.mark.parametrize(
    ("base_url", "typed", "is_refused"),
    [(HOME, {}, False), (HOME, {"base_url": FOREIGN}, True), ("", {"base_url": FOREIGN}, True)],
)
def test_a_secret_variable_goes_to_no_other_origin(
    make_services: Callable[..., Services],
    monkeypatch: pytest.MonkeyPatch,
    base_url: str,
    typed: dict[str, str],
    is_refused: bool,
) -> None:
    monkeypatch.setenv("SHOP_TOKEN", "stored-variable")
    services = make_services(base_url=base_url, endpoints_env="SHOP_TOKEN,REGION")
    endpoint = {
        "name": "a",
        "group": "g",
        "path": "/${env.REGION}",
        "headers": {"X-A": "${env.SHOP_TOKEN}"},
    }
    services.settings.endpoints_file.write_text(json.dumps({"endpoints": [endpoint]}))
    answer = post(create_app(services).test_client(), "/run/dry", typed)
    assert answer.status_code == (422 if is_refused else 201)
    if is_refused:
        assert answer.json["errors"][0]["field"] == "base_url"
        assert "stored-variable" not in answer.text
