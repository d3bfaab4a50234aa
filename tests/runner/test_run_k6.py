"""The life of a run, with a real runner process and a fake k6 that behaves well or badly."""

import os
import resource
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import cast

import pytest

from dashboard.run_folder.files import ConsoleFile, ExitFile, PidFile, RunFile, RunnerFile, SecretsFile
from tests.fakes.fake_k6_factory import make_fake_k6
from tests.runner.conftest import RunnerHarness, seconds_between, wait_until


def test_a_normal_run_is_recorded_to_its_end(harness: RunnerHarness) -> None:
    harness.fake("ok")
    ended = harness.finish()
    assert (ended.exit_code, ended.signal, ended.start_error) == (0, None, None)
    assert (ended.stop_requested, ended.killed, ended.timed_out, ended.rescued) == (
        False,
        False,
        False,
        False,
    )
    assert [entry["status"] for entry in harness.k6_events("push")] == [204] * ended.records
    assert harness.record_numbers() == list(range(1, ended.records + 1))
    assert ended.records >= 3
    assert ended.started_at is not None
    assert ended.started_at < ended.ended_at
    assert (ended.cpu_s or 0) > 0
    assert (ended.max_rss_bytes or 0) > 1_000_000


def test_records_hold_arrival_times_and_the_usage_of_k6(harness: RunnerHarness) -> None:
    harness.fake("ok")
    harness.finish()
    records = harness.records()
    arrivals = [record.arrived_ms for record in records]
    assert arrivals == sorted(arrivals)
    assert harness.pid.started_ms <= arrivals[0] <= time.time() * 1000
    assert all(record.meta.cpu_s is not None for record in records)
    assert records[0].meta.rss_bytes is not None
    assert records[0].meta.cores == harness.pid.cores


def test_exit_json_is_written_last(harness: RunnerHarness) -> None:
    harness.fake("ok")
    harness.finish()
    last = harness.folder.path_of(ExitFile).stat().st_mtime_ns
    assert max(path.stat().st_mtime_ns for path in harness.path.iterdir()) == last


def test_pid_and_ports_are_recorded_while_k6_runs(harness: RunnerHarness) -> None:
    harness.fake("ok-2")
    harness.start()
    wait_until(lambda: harness.k6_events("run"))
    pid, runner = harness.pid, harness.folder.read(RunnerFile)
    entry = harness.k6_events("run")[0]
    assert runner is not None
    assert (pid.pid, pid.pgid, pid.attempt) == (entry["pid"], entry["pid"], 1)
    assert f"127.0.0.1:{pid.rest_port}" in str(entry["argv"])
    assert (runner.pid, runner.receiver_port) == (harness.runners[0].pid, pid.receiver_port)
    assert os.getpgid(pid.pid) == pid.pid


@pytest.mark.parametrize("code", [99, 105, 107, 255])
def test_the_exit_code_is_recorded(harness: RunnerHarness, code: int) -> None:
    harness.fake(f"exit-{code}")
    assert harness.finish().exit_code == code


def test_an_immediate_exit_of_k6_is_recorded_within_a_second(harness: RunnerHarness) -> None:
    harness.fake("die")
    ended = harness.finish()
    assert (ended.exit_code, ended.records) == (107, 0)
    assert seconds_between(ended.started_at, ended.ended_at) < 1
    assert "Unexpected token" in harness.folder.console_log.read_text()


def test_the_signal_that_killed_k6_is_recorded(harness: RunnerHarness) -> None:
    harness.fake("killed-by-signal")
    ended = harness.finish()
    assert (ended.exit_code, ended.signal, ended.killed, ended.stop_requested) == (None, 9, False, False)
    assert ended.records == 1


def test_grandchildren_are_killed_when_the_run_ends(harness: RunnerHarness) -> None:
    harness.fake("fork")
    assert harness.finish().exit_code == 0
    assert [len(cast("list[int]", event["pids"])) for event in harness.k6_events("forked")] == [3]
    wait_until(lambda: not harness.living_grandchildren())


@pytest.mark.parametrize(("times", "code", "attempts"), [(1, 0, 2), (2, 0, 3), (3, 106, 3)])
def test_a_port_conflict_is_retried_up_to_three_attempts(
    harness: RunnerHarness, times: int, code: int, attempts: int
) -> None:
    harness.fake(f"port-clash-{times}")
    harness.folder.write(SecretsFile({"AUTH_TOKEN": "again"}))
    ended = harness.finish()
    assert (ended.exit_code, ended.attempts, harness.pid.attempt) == (code, attempts, attempts)
    runs = harness.k6_events("run")
    assert [entry["secrets"] for entry in runs] == [["AUTH_TOKEN=again"]] * attempts
    addresses = [str(entry["argv"]).partition("127.0.0.1:")[2][:5] for entry in runs]
    assert len(set(addresses)) == attempts
    assert addresses[-1] == str(harness.pid.rest_port)


def test_excess_output_is_dropped_and_counted(harness: RunnerHarness) -> None:
    limit = 8 << 20
    harness.fake("spew-100", console_limit_bytes=limit)
    sizes: list[int] = []
    stopped = threading.Event()
    watcher = threading.Thread(target=lambda: watch_size(harness.folder.console_log, sizes, stopped))
    watcher.start()
    ended = harness.finish()
    stopped.set()
    watcher.join()
    assert max(sizes) < 60 * 1024 * 1024
    printed, kept = 100 * 1024 * 1024 + 14, harness.folder.console_log.stat().st_size
    assert harness.folder.console_log.read_bytes().endswith(b"the last line\n")
    assert kept <= limit
    # bytes that k6 writes during the last system calls of a truncation are not counted
    assert 0.75 * printed <= ended.console_dropped_bytes + kept <= printed
    assert harness.folder.read(ConsoleFile) == ConsoleFile(ended.console_dropped_bytes)


def watch_size(path: Path, sizes: list[int], stopped: threading.Event) -> None:
    while not stopped.wait(0.01):
        if path.exists():
            sizes.append(path.stat().st_size)


def test_secrets_go_only_through_a_pipe(harness: RunnerHarness) -> None:
    harness.fake("ok-1")
    harness.folder.write(SecretsFile({"AUTH_TOKEN": "hunter2hunter2", "AUTH_API_KEY": "k=1"}))
    harness.start()
    wait_until(lambda: harness.k6_events("push") and not harness.folder.has(SecretsFile))
    run = harness.k6_events("run")[0]
    assert run["secrets"] == ["AUTH_TOKEN=hunter2hunter2", "AUTH_API_KEY=k=1"]
    assert "hunter2" not in str([run["argv"], run["env"]])
    for pid in (harness.pid.pid, harness.runners[0].pid):
        for name in ("cmdline", "environ"):
            assert b"hunter2" not in Path(f"/proc/{pid}/{name}").read_bytes()
    harness.wait()
    texts = {p.name: p.read_bytes() for p in harness.path.iterdir() if p.name != "fake-k6.jsonl"}
    assert [name for name, text in texts.items() if b"hunter2" in text] == []


def test_the_bearer_is_only_in_the_environment(harness: RunnerHarness) -> None:
    harness.fake("ok-0")
    harness.finish()
    run = harness.k6_events("run")[0]
    assert harness.bearer not in str(run["argv"])
    assert harness.bearer in str(run["env"])


def test_k6_does_not_inherit_the_environment(harness: RunnerHarness, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SERVER_SECRET", "of the dashboard")
    harness.fake("ok-0")
    harness.finish()
    names = set(harness.k6_events("run")[0]["env"])  # type: ignore[call-overload]
    assert {name for name in names if not name.startswith("K6_")} <= {"LC_CTYPE"}


def test_only_the_owner_can_read_the_files_of_k6(harness: RunnerHarness) -> None:
    harness.fake("ok-0")
    harness.finish()
    modes = {path.name: path.stat().st_mode & 0o077 for path in harness.path.iterdir()}
    assert {name for name, mode in modes.items() if mode} == set()


def test_setup_data_is_removed_from_the_summary(harness: RunnerHarness) -> None:
    harness.fake("ok-0")
    harness.finish()
    text = harness.folder.summary.read_text()
    assert "http_reqs" in text
    assert "setup" not in text


def test_an_incomplete_summary_is_deleted(harness: RunnerHarness) -> None:
    harness.fake("exit-0")
    harness.folder.summary.write_text('{"setup_data": {"token": "abc')
    harness.finish()
    assert not harness.folder.summary.exists()


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"argv": ("/no/such/k6", "run")}, "k6 cannot be started from /no/such/k6: No such file"),
        ({"argv": ("/dev/null", "run")}, "k6 cannot be started from /dev/null: Permission denied"),
        ({"argv": ()}, "empty command"),
        ({"argv": ("/bin/echo", "a\0b")}, "k6 cannot be started from /bin/echo: embedded null byte"),
        ({"cwd": "/no/such/folder"}, "the folder /no/such/folder does not exist"),
    ],
)
def test_the_reason_for_a_failed_start_is_recorded(
    harness: RunnerHarness, change: dict[str, object], reason: str
) -> None:
    harness.fake("ok", **change)
    ended = harness.finish()
    assert reason in (ended.start_error or "")
    assert (ended.exit_code, ended.signal, ended.started_at) == (None, None, None)
    assert not harness.folder.has(PidFile)


def test_a_file_that_is_not_a_program_is_reported(harness: RunnerHarness) -> None:
    path = harness.path.parent / "k6"
    path.write_bytes(b"\x7fELF but not really")
    path.chmod(0o755)
    harness.fake("ok", argv=(str(path), "run"))
    assert "Exec format error" in (harness.finish().start_error or "")


def test_secrets_that_exceed_the_pipe_are_reported_and_deleted(harness: RunnerHarness) -> None:
    harness.fake("ok")
    harness.folder.write(SecretsFile({"AUTH_TOKEN": "x" * 70_000}))
    assert "holds only 65536" in (harness.finish().start_error or "")
    assert not harness.folder.has(SecretsFile)
    assert harness.k6_events("run") == []


def test_an_invalid_run_json_is_reported(harness: RunnerHarness) -> None:
    harness.folder.path_of(RunFile).write_text('{"format": 1, "run_id": "x"}')
    assert harness.finish().start_error == 'run.json has no "argv"'


def test_a_missing_run_json_is_reported(harness: RunnerHarness) -> None:
    assert harness.finish().start_error == "run.json is missing"


def test_a_folder_of_a_newer_format_is_not_changed(harness: RunnerHarness) -> None:
    harness.folder.path_of(RunFile).write_text('{"format": 2}')
    assert harness.start().wait(10) == 4
    assert [path.name for path in harness.path.iterdir()] == ["run.json"]


def test_a_second_runner_exits_immediately(harness: RunnerHarness) -> None:
    harness.fake("ok-2")
    harness.start()
    before = harness.pid, harness.folder.read(RunnerFile)
    assert harness.start().wait(10) == 3
    assert (harness.pid, harness.folder.read(RunnerFile)) == before
    assert len(harness.k6_events("run")) <= 1


def test_the_folder_of_an_ended_run_is_not_changed(harness: RunnerHarness) -> None:
    harness.fake("ok-0")
    harness.finish()
    before = {path.name: path.stat().st_mtime_ns for path in harness.path.iterdir()}
    harness.finish()
    assert {path.name: path.stat().st_mtime_ns for path in harness.path.iterdir()} == before


@pytest.mark.parametrize("arguments", [[], ["/no/such/folder"], ["a", "b"]])
def test_wrong_arguments_print_the_usage(arguments: list[str]) -> None:
    command = [sys.executable, "-m", "dashboard.runner", *arguments]
    called = subprocess.run(command, capture_output=True, text=True, check=False)
    assert called.returncode == 2
    assert "usage: python -m dashboard.runner <run folder>" in called.stderr


@pytest.mark.parametrize("whole", [True, False])
def test_a_record_that_cannot_be_written_leaves_no_trace(harness: RunnerHarness, whole: bool) -> None:
    harness.fake("ok-3")
    runner = harness.start()
    wait_until(lambda: harness.k6_events("push"))
    limit = max(path.stat().st_size for path in harness.path.glob("push-*.bin")) + (0 if whole else 100)
    resource.prlimit(runner.pid, resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
    wait_until(lambda: any(entry["status"] == 500 for entry in harness.k6_events("push")))
    resource.prlimit(runner.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    ended = harness.wait()
    acknowledged = [entry for entry in harness.k6_events("push") if entry["status"] == 204]
    assert harness.record_numbers() == list(range(1, len(acknowledged) + 1))
    assert ended.records == len(acknowledged)
    assert "could not be stored" in harness.folder.runner_log.read_text()
    assert sum(path.stat().st_size for path in harness.path.glob("push-*.bin")) == encoded_size(harness)


def encoded_size(harness: RunnerHarness) -> int:
    from dashboard.run_folder.push_log import encode

    return sum(len(encode(record)) for record in harness.records())


def test_a_full_disk_at_the_start_is_reported(harness: RunnerHarness) -> None:
    """Nothing can be written for half a second; exit.json is written as soon as the disk has room."""
    harness.fake("ok-0")
    code = (
        "import resource, sys, threading, dashboard.runner.__main__ as m\n"
        "inf = resource.RLIM_INFINITY\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (0, inf))\n"
        "free = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (inf, inf))\n"
        "threading.Timer(0.5, free).start()\n"
        "sys.exit(m.main(sys.argv[1:]))"
    )
    command = [sys.executable, "-c", code, str(harness.path)]
    harness.runners.append(subprocess.Popen(command, start_new_session=True))
    ended = harness.wait()
    assert ended.start_error == "The run folder cannot be written: File too large."
    assert harness.k6_events("run") == []


def test_a_k6_without_pid_json_is_still_monitored(harness: RunnerHarness) -> None:
    """Only pid.json cannot be written; the next runner finds k6 by its tag."""
    harness.fake("ok-2")
    code = (
        "import sys, dashboard.runner.__main__ as m, dashboard.run_folder.files as f\n"
        "write = f.RunFolder.write\n"
        "def refuse(folder, value):\n"
        "    if isinstance(value, f.PidFile): raise OSError(28, 'No space left on device')\n"
        "    write(folder, value)\n"
        "f.RunFolder.write = refuse\n"
        "sys.exit(m.main(sys.argv[1:]))"
    )
    runner = subprocess.Popen([sys.executable, "-c", code, str(harness.path)], start_new_session=True)
    harness.runners.append(runner)
    wait_until(lambda: any(entry["status"] == 204 for entry in harness.k6_events("push")))
    harness.kill_runner()
    ended = harness.finish()
    assert harness.pid.pid == harness.k6_events("run")[0]["pid"]
    assert (ended.rescued, len(harness.k6_events("run"))) == (True, 1)
    assert ended.records > 2


def test_the_runner_imports_only_a_small_part_of_the_standard_library() -> None:
    code = (
        "import sys; sys.path.insert(0, '.')\n"
        "import dashboard.runner.__main__\n"
        "slow = {'http.server', 'email', 'hmac', 'dataclasses', 'logging', 'asyncio', 'datetime'}\n"
        "sys.exit(', '.join(slow & set(sys.modules)))"
    )
    called = subprocess.run([sys.executable, "-IS", "-c", code], capture_output=True, text=True, check=False)
    assert called.stderr == "\n"


def test_two_runners_do_not_affect_each_other(harness: RunnerHarness, tmp_path: Path) -> None:
    other = RunnerHarness(tmp_path)
    make_fake_k6(tmp_path, "ok")
    for staged in (harness, other):
        staged.fake("ok")
        staged.start()
    assert (harness.wait().exit_code, other.wait().exit_code) == (0, 0)
    assert {entry["status"] for staged in (harness, other) for entry in staged.k6_events("push")} == {204}
