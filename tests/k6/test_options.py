"""k6 and the dashboard compute the same plan of a load profile, and invalid variables fail the init."""

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from dashboard.model.custom import CustomStage, parse_stages
from dashboard.model.durations import parse_duration
from dashboard.model.plan import Plan
from dashboard.model.profile import Parameters, plan, resolve
from dashboard.model.profile_data import load_profiles
from tests.conftest import ROOT
from tests.k6.conftest import EXAMPLE, K6, ONCE

pytestmark = pytest.mark.k6

PROFILES = load_profiles(json.loads((ROOT / "k6" / "config" / "profiles.json").read_text()))
BASE = {"BASE_URL": "http://127.0.0.1:9", "ENDPOINTS_FILE": str(EXAMPLE)}


def k6_curve(scenario: dict[str, Any]) -> list[tuple[float, int]]:
    if scenario["executor"] == "constant-vus":
        return [(0.0, scenario["vus"]), (parse_duration(scenario["duration"]), scenario["vus"])]
    if scenario["executor"] == "constant-arrival-rate":
        assert scenario["timeUnit"] == "1s"
        return [(0.0, scenario["rate"]), (parse_duration(scenario["duration"]), scenario["rate"])]
    points = [(0.0, int(scenario["startVUs" if "startVUs" in scenario else "startRate"]))]
    for stage in scenario["stages"]:
        points.append((round(points[-1][0] + parse_duration(stage["duration"]), 3), stage["target"]))
    return points


def assert_same_plan(k6: K6, planned: Plan) -> None:
    required = k6.inspect({**BASE, **planned.variables})
    assert k6_curve(required["scenarios"]["load"]) == [tuple(point) for point in planned.stages]
    assert parse_duration(required["totalDuration"]) == planned.longest_s
    assert required["maxVUs"] == planned.peak_vus
    assert required["scenarios"]["load"]["executor"] == planned.executor


@pytest.mark.parametrize("name", PROFILES)
@pytest.mark.parametrize(
    "parameters",
    [
        Parameters(),
        Parameters(rate=1, vus=1, duration_s=1),
        Parameters(vus=7, duration_s=12.5, ramp_duration_s=0.25),
        Parameters(vus=3, duration_s=3661.001, ramp_duration_s=0),
        Parameters(rate=10_000, vus=1000, duration_s=86400, ramp_duration_s=90),
    ],
)
def test_k6_and_the_dashboard_plan_the_same_profiles(k6: K6, name: str, parameters: Parameters) -> None:
    assert_same_plan(k6, plan(PROFILES[name], resolve(PROFILES[name], parameters, Parameters())))


@pytest.mark.parametrize("unit", ["vus", "rate"])
@pytest.mark.parametrize(
    "stages",
    [
        parse_stages("30s:10"),
        parse_stages("0s:5,10s:50,0s:1,1.5s:0"),
        tuple(CustomStage(1 + n / 1000, n) for n in range(100)),
    ],
)
def test_k6_and_the_dashboard_plan_the_same_stages(
    k6: K6, unit: str, stages: tuple[CustomStage, ...]
) -> None:
    assert_same_plan(k6, plan(PROFILES["custom"], Parameters(unit=unit, stages=stages, vus=7)))  # type: ignore[arg-type]


CONSTANT = {"executor": "constant-vus", "duration": "90s"}
RAMP = {
    "executor": "ramping-vus",
    "stages": [{"duration": "10s", "target": 9}, {"duration": "1m30s", "target": 0}],
}
RATE = {
    "executor": "constant-arrival-rate",
    "rate": 3,
    "timeUnit": "2s",
    "duration": "5s",
    "preAllocatedVUs": 2,
}
RAMPING_RATE = {
    "executor": "ramping-arrival-rate",
    "startRate": 5,
    "stages": [{"duration": "0s", "target": 9}, {"duration": "8s", "target": 1}],
    "preAllocatedVUs": 4,
}
EACH = {"executor": "per-vu-iterations", "vus": 3, "iterations": 5}
SHARED = {"executor": "shared-iterations", "vus": 4, "iterations": 9, "maxDuration": "45s"}


@pytest.mark.parametrize(
    "scenarios",
    [
        {"a": CONSTANT},
        {"a": CONSTANT | {"vus": 5, "startTime": "10s", "gracefulStop": "1m", "tags": {"team": "x"}}},
        {"a": RAMP},
        {"a": RATE},
        {"a": RATE | {"maxVUs": 20, "gracefulStop": "0s"}},
        {"a": RAMPING_RATE | {"timeUnit": "1m"}},
        {"a": EACH},
        {"a": SHARED},
        {"a": CONSTANT, "b": RAMP, "c": RATE, "d": RAMPING_RATE, "e": EACH, "f": SHARED},
        {"a": RATE | {"gracefulStop": "0s"}, "b": RATE | {"startTime": "5s"}},
        {"a": RATE, "b": RATE | {"startTime": "34.999s"}},
        {"a": RATE, "b": RATE | {"startTime": "35s"}},
    ],
)
def test_k6_and_the_dashboard_plan_the_same_scenarios(k6: K6, scenarios: dict[str, Any]) -> None:
    planned = plan(PROFILES["custom"], Parameters(scenarios=scenarios))
    required = k6.inspect({**BASE, **planned.variables})
    assert parse_duration(required["totalDuration"]) == planned.longest_s
    assert required["maxVUs"] == planned.peak_vus


def test_ramp_down_to_0_users_may_end_before_the_planned_maximum(k6: K6) -> None:
    planned = plan(PROFILES["custom"], Parameters(scenarios={"a": RAMP | {"gracefulRampDown": "5s"}}))
    required = k6.inspect({**BASE, **planned.variables})
    assert parse_duration(required["totalDuration"]) == 105 < planned.longest_s == 130


def test_peak_includes_users_of_overlapping_scenarios(k6: K6) -> None:
    scenarios = {"a": RAMP | {"gracefulRampDown": "0s"}, "b": CONSTANT | {"startTime": "99s", "vus": 8}}
    planned = plan(PROFILES["custom"], Parameters(scenarios=scenarios))
    assert k6.inspect({**BASE, **planned.variables})["maxVUs"] <= planned.peak_vus == 17


@pytest.mark.parametrize("name", PROFILES)
def test_k6_without_variables_runs_the_default_plan(k6: K6, name: str) -> None:
    required = k6.inspect({**BASE, "LOAD_PROFILE": name})
    planned = plan(PROFILES[name], Parameters())
    assert k6_curve(required["scenarios"]["load"]) == [tuple(point) for point in planned.stages]


def test_default_profile_is_smoke(k6: K6) -> None:
    assert k6.inspect(BASE)["scenarios"]["load"]["vus"] == 2


@pytest.mark.parametrize(
    ("env", "message"),
    [
        ({"BASE_URL": ""}, "BASE_URL: not set"),
        ({"BASE_URL": "shop"}, 'BASE_URL: "shop" must look like http://host:port'),
        (
            {"LOAD_PROFILE": "smok"},
            'LOAD_PROFILE: must be one of smoke, ramp, soak, stress, spike, arrival, custom, not "smok"',
        ),
        ({"VUS": "many"}, 'VUS: must be a whole number from 1 to 1000000, not "many"'),
        ({"LOAD_PROFILE": "arrival", "RATE": "0.5"}, "RATE: must be a whole number from 1 to 1000000"),
        ({"DURATION": "soon"}, 'DURATION: "soon" is not a duration'),
        ({"DURATION": "0s"}, "DURATION: the run must last at least 1 s"),
        ({"AUTH_MODE": "bearer"}, "AUTH_TOKEN: not set, but AUTH_MODE bearer requires it"),
        (
            {"SECRETS": "AUTH_TOKEN"},
            "AUTH_TOKEN: SECRETS lists it, but the secret source does not provide it",
        ),
        ({"ENDPOINTS_FILE": "endpoints.json"}, 'ENDPOINTS_FILE: "endpoints.json" must be an absolute path'),
        ({"ENDPOINTS_FILE": "/nowhere/e.json"}, "ENDPOINTS_FILE: cannot read /nowhere/e.json"),
    ],
)
def test_invalid_variable_fails_the_init(k6: K6, env: dict[str, str], message: str) -> None:
    run = k6.run({**BASE, **env}, *ONCE)
    assert run.exit_code == 107
    assert message in run.log


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "the endpoints file is not valid JSON"),
        ('{"endpoints": [{"name": "A"}]}', "endpoints[0].group: must be a non-empty string"),
        (
            '{"endpoints": [{"name": "A", "group": "g", "path": "/", "checks": {"status": "x"}}]}',
            "[0].checks.status",
        ),
    ],
)
def test_invalid_endpoints_file_fails_the_init(k6: K6, tmp_path: Path, text: str, message: str) -> None:
    broken = tmp_path / "broken.json"
    broken.write_text(text)
    run = k6.run({**BASE, "ENDPOINTS_FILE": str(broken)}, *ONCE)
    assert run.exit_code == 107
    assert message in run.log


def test_scripts_run_from_a_folder_with_any_name(k6: K6, tmp_path: Path) -> None:
    folder = tmp_path / "my tests, ä %20 #1"
    shutil.copytree(ROOT / "k6", folder / "k6", ignore=shutil.ignore_patterns("endpoints.json"))
    shutil.copy(EXAMPLE, folder / "k6" / "config" / "endpoints.json")
    required = k6.inspect({"BASE_URL": "http://127.0.0.1:9"}, script=folder / "k6" / "main.js")
    assert required["maxVUs"] == 2


def test_no_module_is_imported_from_a_url() -> None:
    scripts = [path for path in (ROOT / "k6").rglob("*.js") if "node_modules" not in path.parts]
    imported = [name for path in scripts for name in re.findall(r"from '([^']+)'", path.read_text())]
    assert imported
    assert [name for name in imported if not name.startswith(("./", "../", "k6"))] == []
