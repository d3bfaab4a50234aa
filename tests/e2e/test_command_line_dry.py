"""`bin/dashboard dry`: beside a live server and alone, every request once, and an exit code that says how it went."""

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
NOBODY = "http://127.0.0.1:9"
GOOD = {"name": "Good", "path": "/good", "checks": {"status": 200}}


@pytest.fixture(params=["live", "alone"])
def command(request: pytest.FixtureRequest, make_server: Callable[..., Server]) -> Iterator[CommandLine]:
    """Beside a live server, or with nobody in the data folder."""
    server = make_server()
    server.endpoints(GOOD)
    if request.param == "live":
        server.start()
    made = CommandLine(server, "dry")
    yield made
    for process in made.started:
        process.kill()
        process.communicate()
    kill_all(processes_of(server.data_dir))


def test_all_that_passes_ends_with_0_and_is_told_line_by_line(
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
        "Endpoints, each on its own",
        "✓ Good",
        "– Never",
        "Teardown",
        "✓ After",
    ]
    assert f"GET {recorder.url}/good" in " ".join(out.split())
    assert "not sent: weight 0" in out
    assert "✓ every request passed" in out
    assert "3 answered, 0 failed, 1 skipped" in out


def test_what_fails_ends_with_99_and_shows_why(command: CommandLine, recorder: Recorder) -> None:
    recorder.responses["/bad"] = CannedResponse(status=500, body="out of lamps\x1b[31m")
    command.server.endpoints(GOOD, {"name": "Bad", "path": "/bad", "checks": {"body_contains": "lamp shop"}})
    code, out, _ = command.run("--base-url", recorder.url)
    assert code == SOME_FAILED
    assert "✗ Bad" in out
    assert "check failed: body contains" in out
    assert "response body: out of lamps" in out
    assert "\x1b[31m" not in out
    assert "✗ 1 of 2 requests failed" in out


def test_as_json_it_is_the_answer_of_the_api(command: CommandLine, recorder: Recorder) -> None:
    code, out, _ = command.run("--base-url", recorder.url, "--json")
    told = json.loads(out)
    assert (code, told["status"], told["answered"]) == (PASSED, "finished", 1)
    assert [entry["op"] for entry in told["entries"]] == ["Good"]
    if command.server.alive:
        assert command.server.get("/run/dry/latest") == told
        assert command.server.get("/runs") == []


def test_it_travels_as_a_run_and_keeps_the_password(command: CommandLine, recorder: Recorder) -> None:
    command.server.environment["PROXY_PASSWORD"] = PASSWORD
    options = ("--proxy", recorder.url, "--proxy-user", USER)
    code, out, err = command.run("--base-url", "http://shop.test", *options)
    assert code == PASSED, err
    [received] = recorder.received
    assert (received.path, received.headers["Proxy-Authorization"]) == (
        "http://shop.test/good",
        f"Basic {CREDENTIALS}",
    )
    assert PASSWORD not in out + err


def test_ctrl_c_cancels_it_and_ends_with_4(command: CommandLine, recorder: Recorder) -> None:
    recorder.responses["/good"] = CannedResponse(delay_s=3)
    process = command.start("--base-url", recorder.url)
    wait_for(lambda: recorder.received, "the request is on its way", within_s=20)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert process.returncode == CANCELED, err
    assert "canceled" in out


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        ((), USAGE, "base_url"),
        (("--base-url", NOBODY, "--timeout", "soon"), USAGE, "network.timeout"),
        (("--vus", "3"), USAGE, "--vus"),
        (("--base-url", NOBODY), SOME_FAILED, "the target does not respond"),
    ],
)
def test_wrong_usage_and_a_target_that_is_not_there(
    command: CommandLine, arguments: tuple[str, ...], code: int, words: str
) -> None:
    ended, out, err = command.run(*arguments)
    assert ended == code
    assert words in " ".join((out + err).split())
    assert not list(command.server.data_dir.glob("runs/*"))


def test_a_script_that_fails_ends_with_1_and_k6s_words(make_server: Callable[..., Server]) -> None:
    server = make_server()
    server.endpoints(GOOD)
    server.break_script()
    code, out, _ = CommandLine(server, "dry").run("--base-url", NOBODY)
    assert code == NOT_DONE
    assert "the shop is closed" in " ".join(out.split())
