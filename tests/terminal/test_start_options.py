"""Options of the command line become a start request."""

from typing import Any

from dashboard.runs.start.request import LoadRequest, NetworkRequest, RunLabels, StartRequest, dry_request
from dashboard.settings import Settings
from dashboard.terminal.start_options import dry_run_request, start_request

NETWORK_OPTIONS: dict[str, Any] = dict.fromkeys(
    (
        *("timeout", "redirects", "verify_tls", "reuse_connections", "hosts", "proxy", "proxy_user"),
        *("ca_certificate", "client_certificate", "client_key"),
    )
)
OPTIONS: dict[str, Any] = {
    **dict.fromkeys(("rate", "vus", "duration", "ramp_duration", "unit", "stages", "scenarios")),
    **dict.fromkeys(("base_url", "label", "env_profile", "apdex_t_ms", "steerable")),
    "meta": {},
    **NETWORK_OPTIONS,
    "profile": "smoke",
    "queue": False,
    "confirm": False,
}


def some_settings(**changes: Any) -> Settings:
    return Settings(_env_file=None, **changes)


def test_options_that_are_not_given_are_unset() -> None:
    assert start_request(OPTIONS, some_settings()) == StartRequest(load=LoadRequest(profile="smoke"))


def test_options_fill_the_parts_of_the_request() -> None:
    options = {"vus": 3, "stages": (("30s", 5),), "label": "nightly", "timeout": "5s", "queue": True}
    assert start_request(OPTIONS | options, some_settings()) == StartRequest(
        load=LoadRequest(profile="smoke", vus=3, stages=(("30s", 5),)),
        network=NetworkRequest(timeout="5s"),
        labels=RunLabels(label="nightly"),
        queue=True,
    )


def test_secrets_of_the_network_come_from_the_settings() -> None:
    settings = some_settings(proxy_password="s3cret", proxy_password_for="http://a:80", client_key="PEM 1")
    options = {"proxy": "http://a", "proxy_user": "ann", "client_certificate": "PEM 2"}
    network = start_request(OPTIONS | options, settings).network
    assert (network.proxy_password, network.client_key) == ("s3cret", "PEM 1")
    assert start_request(OPTIONS, settings).network == NetworkRequest()


def test_an_empty_target_of_a_dry_run_is_the_default() -> None:
    assert dry_run_request("", NETWORK_OPTIONS, some_settings()) == dry_request(None)
