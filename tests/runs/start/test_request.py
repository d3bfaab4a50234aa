"""Wishes are resolved from request and settings, and refused naming the field and what to do."""

import json
from typing import Any

import pytest

from dashboard.model.errors import Forbidden, InvalidRequest
from dashboard.model.profile import LoadProfile
from dashboard.model.profile_data import load_profiles
from dashboard.runs.start.request import (
    StartRequest,
    is_public,
    plan_for,
    target_of,
)
from dashboard.settings import ROOT, Settings

PROFILES = load_profiles(json.loads((ROOT / "k6/config/profiles.json").read_bytes()))


def some_settings(**changes: Any) -> Settings:
    return Settings(_env_file=None, **changes)


def smoke() -> LoadProfile:
    return PROFILES["smoke"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no target"),
        ("127.0.0.1:8000", "must be an address"),
        ("ftp://a", "must be an address"),
        ("http://", "must be an address"),
        ("http://a:99999", "must be an address"),
        ("http://[::1", "must be an address"),
        ("http://user:pass@a", "user or password"),
        ("http://a/?q=1", "query"),
        ("http://a b", "without spaces"),
        ("http://a\n", None),
        ("http://a\u0000b", "without spaces"),
    ],
)
def test_targets_that_cannot_be_used(text: str, words: str | None) -> None:
    if words is None:
        assert target_of(text, some_settings()) == "http://a"
        return
    with pytest.raises(InvalidRequest, match=words) as caught:
        target_of(text, some_settings())
    assert caught.value.errors[0].field == "base_url"


def test_the_setting_stands_in_for_the_target() -> None:
    assert target_of(None, some_settings(base_url="http://a:1/x/")) == "http://a:1/x"


def test_only_allowed_targets_are_loaded() -> None:
    settings = some_settings(allowed_targets="*.internal, 127.0.0.1")
    assert target_of("http://Shop.Internal:80", settings) == "http://Shop.Internal:80"
    with pytest.raises(Forbidden, match="ALLOWED_TARGETS"):
        target_of("http://example.org", settings)


def test_smoke_stays_small_whatever_the_settings_say() -> None:
    plan = plan_for(StartRequest(profile="smoke"), smoke(), some_settings(vus=500, duration="2h"))
    assert (plan.peak_vus, plan.planned_s) == (2, 30)


def test_what_is_asked_for_wins_over_the_settings() -> None:
    request = StartRequest(profile="ramp", vus=7, duration="20s", ramp_duration="5s")
    plan = plan_for(request, PROFILES["ramp"], some_settings(vus=500))
    assert (plan.peak_vus, plan.planned_s) == (7, 30)


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"vus": 1_001}, "vus", "MAX_VUS allows 1000"),
        ({"duration": "25h"}, "duration", "MAX_DURATION allows 24h"),
        ({"duration": "soon"}, "duration", "not a duration"),
        ({"duration": "0s"}, "duration", "shorter than 1 second"),
    ],
)
def test_plans_beyond_the_limits(changes: dict[str, Any], field: str, words: str) -> None:
    with pytest.raises(InvalidRequest, match=words) as caught:
        plan_for(StartRequest(profile="smoke", **changes), smoke(), some_settings())
    assert caught.value.errors[0].field == field


def test_a_rate_is_held_to_its_limit() -> None:
    with pytest.raises(InvalidRequest, match="rate: 101 a second is more than MAX_RATE allows: 100"):
        plan_for(StartRequest(profile="arrival", rate=101), PROFILES["arrival"], some_settings(max_rate=100))


def test_a_rate_is_for_profiles_that_have_one() -> None:
    with pytest.raises(InvalidRequest, match="rate: is for the profile arrival; smoke does not use it"):
        plan_for(StartRequest(profile="smoke", rate=5), smoke(), some_settings())


def test_spike_counts_with_its_peak() -> None:
    with pytest.raises(InvalidRequest, match="would use 1500 users"):
        plan_for(StartRequest(profile="spike", vus=300), PROFILES["spike"], some_settings())


@pytest.mark.parametrize(
    ("host", "public"),
    [("127.0.0.1", False), ("10.1.2.3", False), ("192.168.1.1", False), ("::1", False), ("1.1.1.1", True)],
)
def test_public_addresses(host: str, public: bool) -> None:
    assert is_public(host) is public
