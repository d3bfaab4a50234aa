"""The requested load becomes a plan within the limits of the settings."""

import json
from typing import Any

import pytest

from dashboard.model.errors import InvalidRequest
from dashboard.model.plan import Plan
from dashboard.model.profile_data import load_profiles
from dashboard.runs.start.load import plan_load
from dashboard.runs.start.request import LoadRequest
from dashboard.settings import ROOT, Settings

PROFILES = load_profiles(json.loads((ROOT / "k6/config/profiles.json").read_bytes()))


def make_plan(profile: str, /, *, settings: dict[str, Any] | None = None, **load: Any) -> Plan:
    return plan_load(
        LoadRequest(profile=profile, **load), PROFILES[profile], Settings(_env_file=None, **settings or {})
    )


def test_smoke_ignores_the_load_of_the_settings() -> None:
    plan = make_plan("smoke", settings={"vus": 500, "duration": "2h"})
    assert (plan.peak_vus, plan.planned_s) == (2, 30)


def test_the_request_overrides_the_settings() -> None:
    plan = make_plan("ramp", vus=7, duration="20s", ramp_duration="5s", settings={"vus": 500})
    assert (plan.peak_vus, plan.planned_s) == (7, 30)


@pytest.mark.parametrize(
    ("changes", "field", "message"),
    [
        ({"vus": 1_001}, "vus", r"1001 users, which exceeds MAX_VUS \(1000\)"),
        ({"duration": "25h"}, "duration", r"25h, which exceeds MAX_DURATION \(24h\)"),
        ({"duration": "soon"}, "duration", "not a duration"),
        ({"duration": "0s"}, "duration", "shorter than 1s"),
    ],
)
def test_a_plan_beyond_a_limit_names_the_field(changes: dict[str, Any], field: str, message: str) -> None:
    with pytest.raises(InvalidRequest, match=message) as caught:
        make_plan("smoke", **changes)
    assert caught.value.errors[0].field == field


def test_a_rate_has_a_limit() -> None:
    with pytest.raises(InvalidRequest, match=r"rate: 101/s exceeds MAX_RATE \(100\)"):
        make_plan("arrival", rate=101, settings={"max_rate": 100})


def test_a_field_of_another_profile_is_rejected() -> None:
    with pytest.raises(InvalidRequest, match="rate: applies only to the arrival profile, not to smoke"):
        make_plan("smoke", rate=5)


def test_the_peak_of_a_spike_counts() -> None:
    with pytest.raises(InvalidRequest, match="would use 1500 users"):
        make_plan("spike", vus=300)
