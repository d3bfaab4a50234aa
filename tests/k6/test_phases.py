"""Setup and teardown: order, results, failures, and cleanup after a stop."""

import json
import signal
import subprocess
import time
from typing import Any

import pytest

from tests.k6.conftest import K6, ONCE, SCRIPT, CannedResponse, K6Run, Recorder

pytestmark = pytest.mark.k6

HOSTILE = 'u/1?"${uuid}" ä🎉'
CREATE = {
    "name": "MakeUser",
    "method": "POST",
    "path": "/users",
    "result_key": "userId",
    "result_path": "data.id",
}
REMOVE = {"name": "RemoveUser", "method": "DELETE", "path": "/users/${data.userId}", "requires": ["userId"]}
LOAD = [{"name": "load", "path": "/load"}]
CREATED = CannedResponse(status=201, body=json.dumps({"data": {"id": 42, "list": [1]}}))


def run(k6: K6, recorder: Recorder, document: dict[str, Any], *arguments: str) -> K6Run:
    env = {"BASE_URL": recorder.url, "ENDPOINTS_FILE": k6.write_document({"endpoints": LOAD, **document})}
    return k6.run(env, *(arguments or ONCE))


def lines_of(recorder: Recorder) -> list[str]:
    return [f"{request.method} {request.path}" for request in recorder.received]


def test_steps_run_in_order_and_pass_on_their_results(k6: K6, recorder: Recorder) -> None:
    recorder.responses["/users"] = CREATED
    recorder.responses["/more"] = CannedResponse(body=json.dumps({"odd": HOSTILE}))
    more = {
        "name": "More",
        "group": "extra",
        "path": "/more",
        "headers": {"X-User": "${data.userId}"},
        "result_key": "all",
    }
    load = {
        "name": "load",
        "path": "/load/${data.userId}",
        "variables_from_data": {"odd": "all.odd"},
        "method": "POST",
    }
    teardown = [{"name": "First", "path": "/first"}, REMOVE]
    document = {"setup": [CREATE, more], "teardown": teardown, "endpoints": [load]}
    result = run(k6, recorder, document, "--iterations", "3", "--vus", "2")
    assert result.exit_code == 0
    loads = ["POST /load/42"] * 3
    assert lines_of(recorder) == ["POST /users", "GET /more", *loads, "GET /first", "DELETE /users/42"]
    assert recorder.received[1].headers["X-User"] == "42"
    assert json.loads(recorder.received[2].body) == {"odd": HOSTILE}
    tags = [(sample["op"], sample["group"], sample.get("phase")) for sample in result.samples_of("http_reqs")]
    assert tags == [
        ("MakeUser", "setup", "setup"),
        ("More", "extra", "setup"),
        *[("load", "g", None)] * 3,
        ("First", "teardown", "teardown"),
        ("RemoveUser", "teardown", "teardown"),
    ]


@pytest.mark.parametrize(
    ("response", "step", "message"),
    [
        (CannedResponse(status=503, body="busy"), {}, "responded with 503: busy"),
        (CannedResponse(status=200), {"checks": {"status": 201}}, "responded with 200"),
        (CannedResponse(body="{}"), {}, "the response has no data.id: {}"),
        (CannedResponse(body="text"), {"result_path": None}, "the response is not JSON: text"),
        (
            CannedResponse(body='{"data": {"id": 1}}'),
            {"checks": {"body_path": "data.n"}},
            "check failed: body has data.n",
        ),
    ],
)  # fmt: skip
def test_failing_setup_step_ends_the_run_and_cleans_up(
    k6: K6, recorder: Recorder, response: CannedResponse, step: dict[str, Any], message: str
) -> None:
    recorder.responses.update({"/users": CREATED, "/second": response})
    second = {**CREATE, "name": "Second", "path": "/second", "result_key": "other", **step}
    result = run(k6, recorder, {"setup": [CREATE, second], "teardown": [REMOVE]})
    assert result.exit_code == 107
    assert f"setup: Second: {message}" in result.log
    assert lines_of(recorder) == ["POST /users", "POST /second", "DELETE /users/42"]


def test_unreachable_target_fails_the_setup(k6: K6) -> None:
    file = k6.write_document({"endpoints": LOAD, "setup": [CREATE]})
    result = k6.run({"BASE_URL": "http://127.0.0.1:9", "ENDPOINTS_FILE": file}, *ONCE)
    assert result.exit_code == 107
    assert "setup: MakeUser: no response: " in result.log
    assert "connection refused" in result.log


def test_failed_teardown_steps_are_logged_and_the_others_run(k6: K6, recorder: Recorder) -> None:
    recorder.responses.update({"/users": CREATED, "/users/42": CannedResponse(status=500, body="no")})
    hidden = {
        **REMOVE,
        "name": "Hidden",
        "path": "/status/500",
        "headers": {"X-Key": "${data.userId}"},
        "requires": None,
    }
    unsent = {**REMOVE, "name": "Unsent", "path": "/x/${data.userId.none}"}
    last = {"name": "Last", "path": "/last"}
    result = run(k6, recorder, {"setup": [CREATE], "teardown": [REMOVE, hidden, unsent, last]})
    assert result.exit_code == 0
    assert "teardown: RemoveUser: responded with 500: no; left behind: userId = 42" in result.log
    hidden_lines = [line for line in result.log.splitlines() if "teardown: Hidden" in line]
    assert len(hidden_lines) == 1
    assert "42" not in hidden_lines[0]
    assert "teardown: Unsent: was not sent; left behind: userId = 42" in result.log
    assert lines_of(recorder)[-1] == "GET /last"


def test_teardown_runs_after_a_stop(k6: K6, recorder: Recorder) -> None:
    recorder.responses["/users"] = CREATED
    file = k6.write_document({"endpoints": LOAD, "pacing": "0.05s", "setup": [CREATE], "teardown": [REMOVE]})
    variables = [f"BASE_URL={recorder.url}", f"ENDPOINTS_FILE={file}", "DURATION=60s"]
    process = subprocess.Popen(
        [str(k6.program), "run", "-q", "--no-usage-report", *(p for v in variables for p in ("-e", v)), str(SCRIPT)],
        cwd=k6.folder,
        env={"K6_AUTO_EXTENSION_RESOLUTION": "false", "HOME": str(k6.folder)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        deadline = time.monotonic() + 20
        while "GET /load" not in lines_of(recorder):
            assert time.monotonic() < deadline
            time.sleep(0.02)
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 105
    finally:
        process.kill()
        process.wait()
    assert lines_of(recorder)[-1] == "DELETE /users/42"


@pytest.mark.parametrize("scenarios", [[], [{"name": "s", "steps": [{"ref": "use"}]}]])
def test_users_that_skip_all_requests_do_not_busy_loop(
    k6: K6, recorder: Recorder, scenarios: list[Any]
) -> None:
    recorder.responses["/users"] = CREATED
    use = {"name": "use", "path": "/${data.userId.none}"}
    document = {"setup": [CREATE], "endpoints": [use], "scenarios": scenarios}
    result = run(k6, recorder, document, "--duration", "1s", "--vus", "2")
    assert lines_of(recorder) == ["POST /users"]
    assert 10 <= len(result.samples_of("op_faults")) <= 22
    assert result.log.count("use: not sent") == 2
