"""Rates on the wire: as many requests as were asked for, and what could not be sent is counted as dropped."""

import pytest

from tests.k6.conftest import K6, Answer, Recorder

pytestmark = pytest.mark.k6
ARRIVAL = {"LOAD_PROFILE": "arrival", "RATE": "40", "VUS": "8", "DURATION": "3s"}


def test_a_constant_rate_arrives_however_long_the_answers_take(k6: K6, recorder: Recorder) -> None:
    recorder.answers["/"] = Answer(delay_s=0.1)
    run = k6.run({**ARRIVAL, "BASE_URL": recorder.url, "ENDPOINTS_FILE": k6.endpoints({})})
    seconds = sorted(one.at_s - recorder.arrived[0].at_s for one in recorder.arrived)
    assert run.exit_code == 0
    assert 119 <= len(recorder.arrived) <= 121
    assert 39 <= sum(1 <= second < 2 for second in seconds) <= 41


def test_what_no_user_is_free_for_is_dropped_and_counted(k6: K6, recorder: Recorder) -> None:
    recorder.answers["/"] = Answer(delay_s=0.5)
    run = k6.run({**ARRIVAL, "VUS": "2", "BASE_URL": recorder.url, "ENDPOINTS_FILE": k6.endpoints({})})
    dropped = sum(one["value"] for one in run.of("dropped_iterations"))
    assert dropped > 90
    assert 119 <= len(recorder.arrived) + dropped <= 121
