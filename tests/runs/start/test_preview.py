"""A preview computes what a run would do, and starts nothing."""

import json
from pathlib import Path
from typing import Any

import pytest

from dashboard.endpoints.file import EndpointsFile
from dashboard.model.errors import InvalidRequest
from dashboard.model.k6_config import PROFILES_FILE
from dashboard.model.profile_data import load_profiles
from dashboard.runs.start.preview import RunPreview, preview_run
from dashboard.runs.start.request import LoadRequest, StartRequest
from dashboard.settings import Settings

ENDPOINTS = {
    "endpoints": [{"name": "List", "group": "shop", "path": "/list"}],
    "teardown": [{"name": "Remove", "method": "DELETE", "path": "/users"}],
    "slos": {"p95_ms": 300},
}
PROFILES = load_profiles(json.loads(PROFILES_FILE.read_bytes()))


def preview(folder: Path, load: LoadRequest, **settings: Any) -> RunPreview:
    path = folder / "endpoints.json"
    path.write_text(json.dumps(ENDPOINTS))
    request = StartRequest(load=load)
    plain = Settings(_env_file=None, **settings)
    return preview_run(request, EndpointsFile(path).read(), PROFILES, plain, origin="http://dash:5656")


def test_a_preview_holds_the_plan_and_what_follows_from_it(tmp_path: Path) -> None:
    run_preview = preview(tmp_path, LoadRequest(profile="arrival", rate=50, vus=25, duration="30s"))
    assert (run_preview.plan.peak_rate, run_preview.plan.peak_vus, run_preview.plan.planned_s) == (50, 25, 30)
    # running iterations, setup, teardown, stop grace with teardown, margin
    assert run_preview.deadline_s == 30 + 30 + 60 + 60 + (30 + 60) + 30
    assert (run_preview.keep_samples, run_preview.push_interval_s) == (True, 2.0)
    assert set(run_preview.commands) == {"k6", "curl", "just"}
    assert "http://dash:5656/run/start" in run_preview.commands["curl"]


def test_commands_use_the_target_of_the_settings(tmp_path: Path) -> None:
    run_preview = preview(tmp_path, LoadRequest(profile="smoke"), base_url="http://shop:1")
    assert "--base-url http://shop:1" in run_preview.commands["just"]


def test_a_soak_keeps_no_samples(tmp_path: Path) -> None:
    assert preview(tmp_path, LoadRequest(profile="soak", vus=1, duration="1m")).keep_samples is False


def test_a_load_beyond_the_limits_has_no_preview(tmp_path: Path) -> None:
    with pytest.raises(InvalidRequest, match="vus"):
        preview(tmp_path, LoadRequest(profile="smoke", vus=10), max_vus=5)
