"""`bin/dashboard run` as CI uses it, with and without a running server. The exit code reports the outcome."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dashboard.run_folder.files import ExitFile
from tests.conftest import ROOT
from tests.e2e.harness import Server, kill_all, processes_of, wait_for
from tests.fakes.fake_k6 import FINISH_FILE
from tests.fakes.fake_k6_factory import make_fake_k6
from tests.k6.conftest import Recorder, recorder

__all__ = ["recorder"]

pytestmark = pytest.mark.k6
PASSED, NO_RUN, USAGE, STOPPED, FAILED_SLO = 0, 1, 2, 4, 99
UNREACHABLE = "http://127.0.0.1:9"
SHORT = ("smoke", "--duration", "2s")


def _reset_sigint() -> None:
    """Restore the default: a test process in the background ignores SIGINT, and its children would inherit that."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class CommandLine:
    """Starts `bin/dashboard <command>` on the data folder of a server."""

    def __init__(self, server: Server, command: str = "run") -> None:
        self.server = server
        self.command = command
        self.started: list[subprocess.Popen[str]] = []

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        line = [
            sys.executable,
            "-m",
            "dashboard",
            self.command,
            *arguments,
            "--data-dir",
            str(self.server.data_dir),
        ]
        process = subprocess.Popen(
            line,
            cwd=ROOT,
            env=self.server.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=_reset_sigint,
        )
        self.started.append(process)
        return process

    def run(self, *arguments: str) -> tuple[int, str, str]:
        """Run the command and return its exit code, standard output and standard error."""
        process = self.start(*arguments)
        out, err = process.communicate(timeout=60)
        return process.returncode, out, err


@pytest.fixture(params=["with a server", "without a server"])
def command(request: pytest.FixtureRequest, make_server: Callable[..., Server]) -> Iterator[CommandLine]:
    """The command, with and without a running server that uses the data folder."""
    server = make_server()
    server.endpoints({"name": "ListProducts", "path": "/api/products", "checks": {"status": 200}})
    if request.param == "with a server":
        server.start()
    command_line = CommandLine(server)
    yield command_line
    for process in command_line.started:
        process.kill()
        process.communicate()
    kill_all(processes_of(server.data_dir / "runs"))


def test_a_run_without_slos_exits_with_0_and_is_stored(command: CommandLine) -> None:
    code, out, err = command.run(*SHORT, "--demo", "--json", "--label", "from the command line")
    assert code == PASSED, err
    result = json.loads(out)
    assert (result["run"]["status"], result["verdict"]) == ("finished", "none")
    assert [op["op"] for op in result["operations"]] == ["ListProducts"]
    assert (result["format"], result["version"]) == ("k6-dashboard-summary", 1)
    if not command.server.alive:
        command.server.start()
    [record] = command.server.get("/runs")
    assert record["run_id"] == result["run"]["run_id"]
    assert result == command.server.get("/runs/latest/summary.json")
    assert record["label"] == "from the command line"


def test_a_command_uses_its_own_settings(command: CommandLine, recorder: Recorder, tmp_path: Path) -> None:
    """The command sends them to a running dashboard, and names the settings that it cannot send."""
    own = tmp_path / "own.json"
    endpoint = {"name": "Own", "group": "g", "type": "rest", "path": "/own", "slos": {"error_rate": 0}}
    own.write_text(json.dumps({"endpoints": [endpoint]}))
    command.server.environment |= {"AUTH_TOKEN": "own-token", "APDEX_T": "123", "MAX_VUS": "77"}
    labels = ("--environment", "stage", "--meta", "commit=4f2a9c1", "--meta", "branch=main")
    target = ("--base-url", recorder.url, "--endpoints", str(own))
    code, out, err = command.run(*SHORT, *target, *labels, "--json")
    assert code == PASSED, err
    summary = json.loads(out)
    assert {(one.path, one.headers["Authorization"]) for one in recorder.received} == {
        ("/own", "Bearer own-token")
    }
    assert (summary["run"]["apdex_t_ms"], summary["run"]["env_profile"]) == (123, "stage")
    assert summary["meta"] == {"commit": "4f2a9c1", "branch": "main"}
    assert [slo["name"] for slo in summary["slos"]] == ["Own"]
    assert "own-token" not in out + err
    ignored = "Ignored here: K6_BIN, MAX_VUS, MIN_FREE_DISK." in err
    assert ignored == command.server.alive


def test_an_option_overrides_a_setting(command: CommandLine) -> None:
    command.server.environment["APDEX_T"] = "123"
    code, out, err = command.run(
        "soak", "--duration", "2s", "--vus", "1", "--demo", "--apdex", "77.5", "--json"
    )
    assert code == PASSED, err
    assert json.loads(out)["run"]["apdex_t_ms"] == 77.5


def test_results_are_written_to_files(command: CommandLine, tmp_path: Path) -> None:
    files = {name: tmp_path / f"own.{name}" for name in ("junit", "markdown", "summary", "csv")}
    options = [part for name, path in files.items() for part in (f"--{name}", str(path))]
    code, out, err = command.run(
        *SHORT, "--demo", *options, "--out", str(tmp_path / "all" / "of it"), "--json"
    )
    texts = {name: path.read_text("utf-8") for name, path in files.items()}
    is_built = (ROOT / "dashboard" / "static" / "report.html").is_file()
    assert code == (PASSED if is_built else NO_RUN), err
    assert json.loads(texts["summary"]) == json.loads(out)
    assert texts["junit"].startswith("<?xml")
    assert texts["markdown"].startswith("## ")
    assert texts["csv"].startswith("elapsed_s,vus,rps,")
    names = {path.name for path in (tmp_path / "all" / "of it").iterdir()}
    assert names == {
        *("summary.json", "summary.md", "junit.xml", "snapshots.csv", "operations.csv", "badge.svg"),
        *(("report.html",) if is_built else ()),
    }


def test_a_breached_slo_exits_with_99_and_is_named(command: CommandLine) -> None:
    command.server.endpoints({"name": "ListProducts", "path": "/api/products"}, slos={"p95_ms": 0.001})
    code, out, err = command.run(*SHORT, "--demo")
    assert code == FAILED_SLO, err
    assert " ms > 0.001 ms" in out
    assert "✗" in out
    assert "failed" in out


def test_a_proxy_in_the_environment_does_not_hide_the_server(make_server: Callable[..., Server]) -> None:
    server = make_server()
    server.endpoints({"name": "ListProducts", "path": "/api/products"})
    server.start()
    command = CommandLine(server)
    server.environment |= {"http_proxy": UNREACHABLE, "HTTP_PROXY": UNREACHABLE}
    code, _, err = command.run(*SHORT, "--demo")
    assert code == PASSED, err
    assert server.get("/runs")


def test_ctrl_c_stops_the_run_once_and_exits_with_4(command: CommandLine) -> None:
    process = command.start("smoke", "--duration", "60s", "--demo", "--json")
    data_dir = command.server.data_dir
    wait_for(lambda: list(data_dir.glob("runs/*/push-*.bin")), "the run has pushed", within_s=20)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=20)
    assert process.returncode == STOPPED, err
    record = json.loads(out)["run"]
    assert (record["status"], record["exit_code"], record["exit_reason"]) == (
        "stopped",
        105,
        "stopped on request",
    )
    log = command.server.folder(record["run_id"]).runner_log.read_text()
    assert log.count("stopping k6") == 1


def test_a_failing_script_exits_with_1_and_k6s_message(command: CommandLine) -> None:
    command.server.break_script()
    if command.server.alive:
        command.server.terminate()
        command.server.start()
    code, out, _ = command.run(*SHORT, "--base-url", UNREACHABLE)
    assert code == NO_RUN
    assert "the shop is closed" in " ".join(out.split())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("smoke",), "base_url"),
        (("smoke", "--base-url", UNREACHABLE, "--duration", "soon"), '"soon" is not a duration'),
        (("smoke", "--base-url", UNREACHABLE, "--vus", "0"), "--vus"),
        (("sprint",), "'sprint' is not one of"),
        (("smoke", "--base-url", UNREACHABLE, "--timeout", "soon"), "network.timeout"),
        (("smoke", "--base-url", UNREACHABLE, "--hosts", "shop.test"), "--hosts"),
        (("smoke", "--base-url", UNREACHABLE, "--ca-certificate", "/nowhere/ca.pem"), "cannot be read"),
        (("smoke", "--base-url", UNREACHABLE, "--client-certificate", __file__), "network.client_key"),
        (
            ("smoke", "--base-url", UNREACHABLE, "--proxy", UNREACHABLE, "--proxy-user", "ann"),
            "PROXY_PASSWORD",
        ),
    ],
)
def test_wrong_usage_exits_with_2_and_starts_nothing(
    command: CommandLine, arguments: tuple[str, ...], message: str
) -> None:
    code, out, err = command.run(*arguments)
    assert (code, out) == (USAGE, "")
    assert message in " ".join(err.split())
    assert not list(command.server.data_dir.glob("runs/*"))


def test_a_second_run_exits_with_1_and_names_the_live_run(
    make_server: Callable[..., Server], tmp_path: Path
) -> None:
    server = make_server(make_fake_k6(tmp_path, "wait"))
    server.endpoints({"name": "ListProducts"})
    server.start()
    live = server.run(UNREACHABLE)
    code, _, err = CommandLine(server).run(*SHORT, "--base-url", UNREACHABLE)
    assert code == NO_RUN
    assert live in err
    server.finish(live)


def test_a_command_survives_a_restart_of_the_server(
    make_server: Callable[..., Server], tmp_path: Path
) -> None:
    server = make_server(make_fake_k6(tmp_path, "wait"))
    server.endpoints({"name": "ListProducts"})
    server.start()
    process = CommandLine(server).start("smoke", "--vus", "1", "--base-url", UNREACHABLE, "--json")
    wait_for(lambda: list(server.data_dir.glob("runs/*/push-*.bin")), "the run has pushed", within_s=20)
    server.kill()
    server.start()
    server.finish(server.record()["run_id"])
    out, err = process.communicate(timeout=30)
    assert process.returncode == PASSED, out + err
    assert json.loads(out)["run"]["status"] == "finished"


def test_a_run_without_a_server_does_not_wait_behind_a_queue_on_hold(
    make_server: Callable[..., Server], tmp_path: Path
) -> None:
    server = make_server(make_fake_k6(tmp_path, "wait"))
    server.endpoints({"name": "ListProducts"})
    server.start()
    live = server.run(UNREACHABLE, queue=True)
    server.run(UNREACHABLE, queue=True)
    server.terminate()
    (server.folder(live).path / FINISH_FILE).touch()
    wait_for(lambda: server.folder(live).has(ExitFile), "the live run has ended")
    server.environment["K6_BIN"] = str(make_fake_k6(tmp_path, "ok-1"))
    command = CommandLine(server)
    code, _, err = command.run(*SHORT, "--base-url", UNREACHABLE, "--queue")
    assert code == NO_RUN
    assert "The queue is on hold after a restart" in " ".join(err.split())
    code, _, err = command.run(*SHORT, "--base-url", UNREACHABLE)
    assert code == PASSED, err
