"""The body of a start decodes into one request, and a request encodes into the same body."""

from typing import Any

import pytest

from dashboard.api.shapes.bodies import DryBody, PlanBody, StartBody
from dashboard.runs.start.auth import CREDENTIAL_FIELDS
from dashboard.runs.start.request import (
    AuthRequest,
    LoadRequest,
    NetworkRequest,
    RunLabels,
    StartRequest,
    dry_body,
    dry_request,
    start_body,
)

NETWORK = {
    "timeout": "5s",
    "redirects": 0,
    "verify_tls": False,
    "reuse_connections": True,
    "hosts": {"shop.test": "10.0.0.1"},
    "proxy": "http://proxy:3128",
    "proxy_user": "ann",
    "proxy_password": "s3cret",
    "ca_certificate": "PEM 1",
    "client_certificate": "PEM 2",
    "client_key": "PEM 3",
}
FULL: dict[str, Any] = {
    "profile": "custom",
    "rate": 5,
    "vus": 7,
    "duration": "30s",
    "ramp_duration": "5s",
    "unit": "rate",
    "stages": [{"duration": "10s", "target": 20}, {"duration": "5", "target": 0}],
    "scenarios": {"load": {"executor": "constant-vus"}},
    "base_url": "http://shop.test",
    "auth_mode": "keycloak",
    "auth_api_key_header": "X-Key",
    "auth_refresh_interval": 30.0,
    **dict.fromkeys(CREDENTIAL_FIELDS, "x"),
    "auth_refresh_strategy": "keycloak",
    "auth_refresh_method": "POST",
    "network": NETWORK,
    "env_profile": "staging",
    "label": "nightly",
    "meta": {"commit": "abc"},
    "apdex_t_ms": 200.0,
    "steerable": True,
    "endpoints": '{"endpoints": []}',
    "queue": True,
    "confirm": True,
}
DRY_FIELDS = [name for name in FULL if name in DryBody.model_fields]


def test_every_field_of_a_start_is_decoded_and_encoded() -> None:
    assert set(FULL) == set(StartBody.model_fields)
    request = StartBody.model_validate(FULL).to_request()
    assert start_body(request) == FULL
    assert StartBody.model_validate(start_body(request)).to_request() == request


def test_a_start_is_decoded_into_its_parts() -> None:
    body = {
        "profile": "smoke",
        "vus": "3",
        "auth_token": "t",
        "label": "nightly",
        "network": {"redirects": 2},
    }
    assert StartBody.model_validate(body).to_request() == StartRequest(
        load=LoadRequest(profile="smoke", vus=3),
        auth=AuthRequest(credentials={"auth_token": "t"}),
        network=NetworkRequest(redirects=2),
        labels=RunLabels(label="nightly"),
    )


def test_unset_fields_are_not_encoded() -> None:
    assert start_body(StartRequest(load=LoadRequest(profile="smoke"))) == {"profile": "smoke"}
    assert dry_body(dry_request(None)) == {}


def test_every_field_of_a_dry_run_is_decoded_and_encoded() -> None:
    assert set(DRY_FIELDS) == set(DryBody.model_fields)
    body = {name: FULL[name] for name in DRY_FIELDS}
    request = DryBody.model_validate(body).to_request()
    assert dry_body(request) == body
    assert request.load == LoadRequest(profile="smoke", vus=1)


@pytest.mark.parametrize("network", [None, {"timeout": None}, {"hosts": {}}])
def test_an_empty_network_has_no_fields(network: dict[str, Any] | None) -> None:
    request = PlanBody.model_validate({"profile": "smoke", "network": network}).to_request()
    assert request.network.fields() == {}
