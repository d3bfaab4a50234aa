"""Arrival rates, stages and scenarios with the real k6: requests are sent as planned or counted as dropped."""

import pytest

from tests.k6.conftest import K6, CannedResponse, Recorder

pytestmark = pytest.mark.k6
ARRIVAL = {"LOAD_PROFILE": "arrival", "RATE": "40", "VUS": "8", "DURATION": "3s"}


def test_constant_rate_does_not_depend_on_response_times(k6: K6, recorder: Recorder) -> None:
    recorder.responses["/"] = CannedResponse(delay_s=0.1)
    run = k6.run({**ARRIVAL, "VUS": "40", "BASE_URL": recorder.url, "ENDPOINTS_FILE": k6.write_endpoints({})})
    dropped = sum(sample["value"] for sample in run.samples_of("dropped_iterations"))
    assert run.exit_code == 0
    assert 118 <= len(recorder.received) + dropped <= 122
    assert len(recorder.received) > 80  # a single user would send 30
    assert recorder.received[-1].at_s - recorder.received[0].at_s > 2.5


def test_iterations_without_a_free_user_are_counted_as_dropped(k6: K6, recorder: Recorder) -> None:
    recorder.responses["/"] = CannedResponse(delay_s=0.5)
    run = k6.run({**ARRIVAL, "VUS": "2", "BASE_URL": recorder.url, "ENDPOINTS_FILE": k6.write_endpoints({})})
    dropped = sum(sample["value"] for sample in run.samples_of("dropped_iterations"))
    assert dropped > 90
    assert 118 <= len(recorder.received) + dropped <= 122


def test_stages_of_a_rate_are_sent_as_planned(k6: K6, recorder: Recorder) -> None:
    custom = {"LOAD_PROFILE": "custom", "UNIT": "rate", "VUS": "20", "STAGES": "0s:10,1s:10,0s:40,1s:40,1s:0"}
    run = k6.run({**custom, "BASE_URL": recorder.url, "ENDPOINTS_FILE": k6.write_endpoints({})})
    times = sorted(request.at_s - recorder.received[0].at_s for request in recorder.received)
    dropped = sum(sample["value"] for sample in run.samples_of("dropped_iterations"))
    assert run.exit_code == 0
    assert 67 <= len(times) + dropped <= 72  # 10 + 40 + 20
    assert sum(second < 0.8 for second in times) < len(times) / 4


def test_custom_scenarios_are_run(k6: K6, recorder: Recorder) -> None:
    scenarios = '{"a": {"executor": "shared-iterations", "vus": 2, "iterations": 5, "tags": {"team": "x"}}}'
    env = {"LOAD_PROFILE": "custom", "SCENARIOS": scenarios, "BASE_URL": recorder.url}
    run = k6.run({**env, "ENDPOINTS_FILE": k6.write_endpoints({})})
    assert (run.exit_code, len(recorder.received)) == (0, 5)
    assert {sample["team"] for sample in run.samples_of("http_reqs")} == {"x"}
