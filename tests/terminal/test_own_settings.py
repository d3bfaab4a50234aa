"""With a running dashboard, a command sends its own settings, or names those that it cannot send."""

from pathlib import Path
from typing import Any

import pytest

from dashboard.model.errors import InvalidRequest
from dashboard.runs.start.request import AuthRequest, LoadRequest, NetworkRequest, StartRequest
from dashboard.settings import Settings
from dashboard.terminal.own_settings import OTHERS, SENT, ignored_settings, with_own_settings


def some_settings(**changes: Any) -> Settings:
    return Settings(_env_file=None, **changes)


def a_request(profile: str = "ramp", **load: Any) -> StartRequest:
    return StartRequest(load=LoadRequest(profile=profile, **load))


@pytest.mark.parametrize(
    ("profile", "settings", "sent"),
    [
        ("ramp", {"vus": 7, "duration": "9s", "ramp_duration": "3s"}, ("7", "9s", "3s", None)),
        ("soak", {"soak_duration": "9s", "duration": "5s"}, (None, "9s", None, None)),
        ("stress", {"stress_step_duration": "9s"}, (None, "9s", None, None)),
        ("spike", {"spike_duration": "9s", "ramp_duration": "3s"}, (None, "9s", "3s", None)),
        ("arrival", {"rate": 5, "vus": 7, "ramp_duration": "3s"}, ("7", None, None, "5")),
        ("custom", {"vus": 7, "duration": "9s"}, ("7", None, None, None)),
        ("smoke", {"vus": 7, "duration": "9s"}, (None, None, None, None)),  # ignores settings
    ],
)
def test_load_settings_are_sent_where_the_profile_uses_them(
    profile: str, settings: dict[str, Any], sent: tuple[str | None, ...]
) -> None:
    load = with_own_settings(a_request(profile), some_settings(**settings)).load
    shown = (load.vus, load.duration, load.ramp_duration, load.rate)
    assert tuple(None if value is None else str(value) for value in shown) == sent


def test_an_option_takes_precedence_over_a_setting() -> None:
    request = StartRequest(
        load=LoadRequest(profile="ramp", vus=3, duration="4s"), base_url="http://a", apdex_t_ms=9.0
    )
    settings = some_settings(vus=7, duration="8s", base_url="http://b", apdex_t=10.0)
    completed = with_own_settings(request, settings)
    assert (completed.load.vus, completed.load.duration) == (3, "4s")
    assert (completed.base_url, completed.apdex_t_ms) == ("http://a", 9.0)


def test_settings_at_their_default_are_left_to_the_dashboard() -> None:
    assert with_own_settings(a_request(), some_settings()) == a_request()


@pytest.mark.parametrize(
    ("settings", "auth"),
    [
        ({"auth_token": "t"}, AuthRequest(mode="bearer", credentials={"auth_token": "t"})),
        (
            {"auth_basic_user": "ann", "auth_basic_pass": "p"},
            AuthRequest(mode="basic", credentials={"auth_basic_user": "ann", "auth_basic_pass": "p"}),
        ),
        (
            {"auth_api_key": "k", "auth_api_key_header": "X-Key"},
            AuthRequest(mode="api_key", api_key_header="X-Key", credentials={"auth_api_key": "k"}),
        ),
        (
            {"auth_refresh_strategy": "bearer_endpoint", "auth_refresh_endpoint": "/token"},
            AuthRequest(
                mode="bearer_endpoint",
                credentials={
                    "auth_refresh_strategy": "bearer_endpoint",
                    "auth_refresh_endpoint": "/token",
                },
            ),
        ),
        ({"auth_realm": "shop"}, AuthRequest(credentials={"auth_realm": "shop"})),
        ({"auth_token": ""}, AuthRequest()),
        ({"auth_refresh_interval": 30.0}, AuthRequest(refresh_interval_s=30.0)),
    ],
)
def test_authentication_is_sent(settings: dict[str, Any], auth: AuthRequest) -> None:
    assert with_own_settings(a_request(), some_settings(**settings)).auth == auth


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_the_endpoints_file_is_sent_as_text(tmp_path: Path, encoding: str) -> None:
    file = tmp_path / "own.json"
    text = '{"endpoints": [], "service": "größe", "id": 12345678901234567890}'
    file.write_text(text, encoding)
    sent = with_own_settings(a_request(), some_settings(endpoints_file=file)).endpoints
    assert (sent or "").lstrip("\ufeff") == text


@pytest.mark.parametrize(("content", "message"), [(None, "cannot be read"), (b"\xff\xff\xff", "is not text")])
def test_an_unreadable_endpoints_file_is_refused(tmp_path: Path, content: bytes | None, message: str) -> None:
    file = tmp_path / "own.json"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(InvalidRequest, match=message):
        with_own_settings(a_request(), some_settings(endpoints_file=file))


def test_a_dry_run_gets_no_load_and_no_apdex() -> None:
    request = a_request("smoke")
    completed = with_own_settings(request, some_settings(apdex_t=10.0, base_url="http://b"), has_load=False)
    assert (completed.load, completed.apdex_t_ms, completed.base_url) == (request.load, None, "http://b")
    assert completed.network == NetworkRequest()


@pytest.mark.parametrize(
    ("environment", "ignored"),
    [
        ({}, []),
        ({"K6_BIN": "/k6", "max_vus": "5", "PATH": "/bin"}, ["K6_BIN", "MAX_VUS"]),
        ({"INFLUXDB_TOKEN_FILE": "/run/token"}, ["INFLUXDB_TOKEN"]),
        ({"AUTH_TOKEN": "t", "APDEX_T": "9", "ENDPOINTS_FILE": "a", "VUS": "3", "CLIENT_KEY": "k"}, []),
        ({"DATA_DIR": "d", "DASHBOARD_PORT": "1", "AUTH": "never", "LOG_LEVEL": "info"}, []),
        ({"ALLOWED_TARGETS": "a", "ENDPOINTS_ENV": "B"}, ["ALLOWED_TARGETS", "ENDPOINTS_ENV"]),
        ({"INVALID_LOAD": "0.5", "K6_SCRIPT": "x.js"}, ["INVALID_LOAD", "K6_SCRIPT"]),
    ],
)
def test_settings_that_cannot_be_sent_are_named(environment: dict[str, str], ignored: list[str]) -> None:
    assert ignored_settings(some_settings(), environment) == ignored


def test_the_lists_name_settings() -> None:
    assert set(Settings.model_fields) >= SENT | OTHERS
    assert not SENT & OTHERS
