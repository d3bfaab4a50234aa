"""`bin/dashboard dry`, with and without a running server. The exit code reports the outcome."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable, Iterator

import pytest

from tests.e2e.harness import Server, kill_all, processes_of, wait_for
from tests.e2e.test_command_line import CommandLine
from tests.fakes.proxy import CREDENTIALS, PASSWORD, USER
from tests.k6.conftest import CannedResponse, Recorder, recorder

__all__ = ["recorder"]
pytestmark = pytest.mark.k6
PASSED, NOT_DONE, USAGE, CANCELED, SOME_FAILED = 0, 1, 2, 4, 99
UNREACHABLE = "http://127.0.0.1:9"
GOOD = {"name": "Good", "path": "/good", "checks": {"status": 200}}


@pytest.fixture(params=["with a server", "without a server"])
def command(request: pytest.FixtureRequest, make_server: Callable[..., Server]) -> Iterator[CommandLine]:
    """The command, with and without a running server that uses the data folder."""
    server = make_server()
    server.endpoints(GOOD)
    if request.param == "with a server":
        server.start()
    command_line = CommandLine(server, "dry")
    yield command_line
    for process in command_line.started:
        process.kill()
        process.communicate()
    kill_all(processes_of(server.data_dir))


def test_a_failed_endpoint_of_a_choice_leaves_out_later_steps_only(
    command: CommandLine, recorder: Recorder
) -> None:
    recorder.responses["/take"] = CannedResponse(body="{}")
    command.server.endpoints(
        {"name": "Take", "path": "/take", "extract": {"id": {"body_path": "id"}}},
        {"name": "Other", "path": "/other"},
        {"name": "Later", "path": "/later"},
        scenarios=[{"name": "s", "steps": [{"one_of": ["Take", "Other"]}, {"ref": "Later"}]}],
    )
    command.run("--base-url", recorder.url)
    paths = [one.path for one in recorder.received]
    assert paths == ["/take", "/other", "/later", "/take", "/other"]


def test_passing_requests_exit_with_0_and_are_printed_line_by_line(
    command: CommandLine, recorder: Recorder
) -> None:
    command.server.endpoints(
        GOOD,
        {"name": "Never", "path": "/never", "weight": 0},
        setup=[{"name": "Before", "path": "/before"}],
        teardown=[{"name": "After", "path": "/after"}],
    )
    code, out, err = command.run("--base-url", recorder.url)
    assert code == PASSED, err
    assert [one.path for one in recorder.received] == ["/before", "/good", "/after"]
    lines = [line.strip() for line in out.splitlines() if line.strip()]
    assert [line.split("  ")[0] for line in lines[:7]] == [
        "Setup",
        "✓ Before",
        "Individual endpoints",
        "✓ Good",
        "– Never",
        "Teardown",
        "✓ After",
    ]
    assert f"GET {recorder.url}/good" in " ".join(out.split())
    assert "not sent: weight 0" in out
    assert "✓ every request passed" in out
    assert "3 answered, 0 failed, 0 skipped" in out


def test_a_failed_request_exits_with_99_and_shows_the_reason(
    command: CommandLine, recorder: Recorder
) -> None:
    recorder.responses["/bad"] = CannedResponse(status=500, body="out of lamps\x1b[31m")
    command.server.endpoints(GOOD, {"name": "Bad", "path": "/bad", "checks": {"body_contains": "lamp shop"}})
    code, out, _ = command.run("--base-url", recorder.url)
    assert code == SOME_FAILED
    assert "✗ Bad" in out
    assert "check failed: body contains" in out
    assert "response body: out of lamps" in out
    assert "\x1b[31m" not in out
    assert "✗ 1 of 2 requests failed" in out


def test_json_output_equals_the_response_of_the_api(command: CommandLine, recorder: Recorder) -> None:
    code, out, _ = command.run("--base-url", recorder.url, "--json")
    result = json.loads(out)
    assert (code, result["status"], result["answered"]) == (PASSED, "finished", 1)
    assert [entry["op"] for entry in result["entries"]] == ["Good"]
    if command.server.alive:
        assert command.server.get("/run/dry/latest") == result
        assert command.server.get("/runs") == []


def test_a_dry_run_uses_the_proxy_and_hides_its_password(command: CommandLine, recorder: Recorder) -> None:
    command.server.environment |= {"PROXY_PASSWORD": PASSWORD, "PROXY_PASSWORD_FOR": recorder.url}
    options = ("--proxy", recorder.url, "--proxy-user", USER)
    code, out, err = command.run("--base-url", "http://shop.test", *options)
    assert code == PASSED, err
    [received] = recorder.received
    assert (received.path, received.headers["Proxy-Authorization"]) == (
        "http://shop.test/good",
        f"Basic {CREDENTIALS}",
    )
    assert PASSWORD not in out + err


def test_ctrl_c_cancels_the_dry_run_and_exits_with_4(command: CommandLine, recorder: Recorder) -> None:
    recorder.responses["/good"] = CannedResponse(delay_s=3)
    process = command.start("--base-url", recorder.url)
    wait_for(lambda: recorder.received, "the request was sent", within_s=20)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert process.returncode == CANCELED, err
    assert "canceled" in out


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        ((), USAGE, "base_url"),
        (("--base-url", UNREACHABLE, "--timeout", "soon"), USAGE, "network.timeout"),
        (("--vus", "3"), USAGE, "--vus"),
        (("--base-url", UNREACHABLE), SOME_FAILED, "the target does not respond"),
    ],
)
def test_wrong_usage_exits_with_2_and_an_unreachable_target_with_99(
    command: CommandLine, arguments: tuple[str, ...], code: int, message: str
) -> None:
    exit_code, out, err = command.run(*arguments)
    assert exit_code == code
    assert message in " ".join((out + err).split())
    assert not list(command.server.data_dir.glob("runs/*"))


def test_a_failing_script_exits_with_1_and_k6s_message(make_server: Callable[..., Server]) -> None:
    server = make_server()
    server.endpoints(GOOD)
    server.break_script()
    code, out, _ = CommandLine(server, "dry").run("--base-url", UNREACHABLE)
    assert code == NOT_DONE
    assert "the shop is closed" in " ".join(out.split())
