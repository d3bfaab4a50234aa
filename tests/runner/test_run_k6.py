"""The life of a run, with a real runner process and a fake k6 of good and bad manners."""

import os
import resource
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from dashboard.run_folder.files import ConsoleFile, ExitFile, PidFile, RunFile, RunnerFile, SecretsFile
from tests.fakes.fake_k6_factory import make_fake_k6
from tests.runner.conftest import BEARER, Stage, seconds_between, wait_until


def test_an_orderly_run_is_recorded_to_its_end(stage: Stage) -> None:
    stage.fake("ok")
    ended = stage.finish()
    assert (ended.exit_code, ended.signal, ended.start_error) == (0, None, None)
    assert (ended.stop_requested, ended.killed, ended.timed_out, ended.rescued) == (False, False, False, False)
    assert [entry["status"] for entry in stage.diary("push")] == [204] * ended.records
    assert stage.numbers() == list(range(1, ended.records + 1))
    assert ended.records >= 3
    assert ended.started_at is not None
    assert ended.started_at < ended.ended_at
    assert (ended.cpu_s or 0) > 0
    assert (ended.max_rss_bytes or 0) > 1_000_000


def test_records_say_when_they_came_and_what_k6_cost(stage: Stage) -> None:
    stage.fake("ok")
    stage.finish()
    records = stage.records()
    arrivals = [record.arrived_ms for record in records]
    assert arrivals == sorted(arrivals)
    assert stage.pid.started_ms <= arrivals[0] <= time.time() * 1000
    assert all(record.meta.cpu_s is not None for record in records)
    assert records[0].meta.rss_bytes is not None
    assert records[0].meta.cores == stage.pid.cores


def test_the_exit_file_comes_last(stage: Stage) -> None:
    stage.fake("ok")
    stage.finish()
    last = stage.folder.path_of(ExitFile).stat().st_mtime_ns
    assert max(path.stat().st_mtime_ns for path in stage.path.iterdir()) == last


def test_pid_and_ports_are_told_while_k6_runs(stage: Stage) -> None:
    stage.fake("ok-2")
    stage.start()
    wait_until(lambda: stage.diary("run"))
    pid, runner = stage.pid, stage.folder.read(RunnerFile)
    entry = stage.diary("run")[0]
    assert runner is not None
    assert (pid.pid, pid.pgid, pid.attempt) == (entry["pid"], entry["pid"], 1)
    assert f"127.0.0.1:{pid.rest_port}" in str(entry["argv"])
    assert (runner.pid, runner.receiver_port) == (stage.runners[0].pid, pid.receiver_port)
    assert os.getpgid(pid.pid) == pid.pid


@pytest.mark.parametrize("code", [99, 105, 107, 255])
def test_the_exit_code_is_told(stage: Stage, code: int) -> None:
    stage.fake(f"exit-{code}")
    assert stage.finish().exit_code == code


def test_a_k6_that_dies_at_once_is_told_within_a_second(stage: Stage) -> None:
    stage.fake("die")
    ended = stage.finish()
    assert (ended.exit_code, ended.records) == (107, 0)
    assert seconds_between(ended.started_at, ended.ended_at) < 1
    assert "Unexpected token" in stage.folder.console_log.read_text()


def test_a_k6_killed_by_a_stranger_is_told_by_its_signal(stage: Stage) -> None:
    stage.fake("killed-by-signal")
    ended = stage.finish()
    assert (ended.exit_code, ended.signal, ended.killed, ended.stop_requested) == (None, 9, False, False)
    assert ended.records == 1


def test_grandchildren_are_gone_when_the_run_is_over(stage: Stage) -> None:
    stage.fake("fork")
    assert stage.finish().exit_code == 0
    assert len(stage.diary("forked")) == 1
    wait_until(lambda: not stage.forked())


@pytest.mark.parametrize(("times", "code", "attempts"), [(1, 0, 2), (2, 0, 3), (3, 106, 3)])
def test_a_clash_of_ports_is_tried_three_times(stage: Stage, times: int, code: int, attempts: int) -> None:
    stage.fake(f"port-clash-{times}")
    stage.folder.write(SecretsFile({"AUTH_TOKEN": "again"}))
    ended = stage.finish()
    assert (ended.exit_code, ended.attempts, stage.pid.attempt) == (code, attempts, attempts)
    runs = stage.diary("run")
    assert [entry["secrets"] for entry in runs] == [["AUTH_TOKEN=again"]] * attempts
    addresses = [str(entry["argv"]).partition("127.0.0.1:")[2][:5] for entry in runs]
    assert len(set(addresses)) == attempts
    assert addresses[-1] == str(stage.pid.rest_port)


def test_a_flood_of_output_is_bounded_and_what_was_dropped_is_told(stage: Stage) -> None:
    stage.fake("spew-100", console_limit_bytes=1 << 20)
    sizes: list[int] = []
    over = threading.Event()
    watch = threading.Thread(target=lambda: watch_size(stage.folder.console_log, sizes, over))
    watch.start()
    ended = stage.finish()
    over.set()
    watch.join()
    assert max(sizes) < 60 * 1024 * 1024
    printed, left = 100 * 1024 * 1024 + 14, stage.folder.console_log.stat().st_size
    assert stage.folder.console_log.read_bytes().endswith(b"the last line\n")
    assert left <= 1 << 20
    assert printed - 1024 * 1024 <= ended.console_dropped_bytes + left <= printed
    assert stage.folder.read(ConsoleFile) == ConsoleFile(ended.console_dropped_bytes)


def watch_size(path: Path, sizes: list[int], over: threading.Event) -> None:
    while not over.wait(0.01):
        if path.exists():
            sizes.append(path.stat().st_size)


def test_secrets_go_through_a_pipe_and_nowhere_else(stage: Stage) -> None:
    stage.fake("ok-1")
    stage.folder.write(SecretsFile({"AUTH_TOKEN": "hunter2hunter2", "AUTH_API_KEY": "k=1"}))
    stage.start()
    wait_until(lambda: stage.diary("push") and not stage.folder.has(SecretsFile))
    run = stage.diary("run")[0]
    assert run["secrets"] == ["AUTH_TOKEN=hunter2hunter2", "AUTH_API_KEY=k=1"]
    assert "hunter2" not in str([run["argv"], run["env"]])
    for pid in (stage.pid.pid, stage.runners[0].pid):
        for name in ("cmdline", "environ"):
            assert b"hunter2" not in Path(f"/proc/{pid}/{name}").read_bytes()
    stage.ended()
    texts = {p.name: p.read_bytes() for p in stage.path.iterdir() if p.name != "fake-k6.diary"}
    assert [name for name, text in texts.items() if b"hunter2" in text] == []


def test_the_bearer_is_in_the_environment_alone(stage: Stage) -> None:
    stage.fake("ok-0")
    stage.finish()
    run = stage.diary("run")[0]
    assert BEARER not in str(run["argv"])
    assert BEARER in str(run["env"])


def test_k6_gets_no_environment_but_its_own(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SERVER_SECRET", "of the dashboard")
    stage.fake("ok-0")
    stage.finish()
    names = set(stage.diary("run")[0]["env"])  # type: ignore[call-overload]
    assert {name for name in names if not name.startswith("K6_")} <= {"LC_CTYPE"}


def test_files_that_k6_writes_are_for_the_owner_alone(stage: Stage) -> None:
    stage.fake("ok-0")
    stage.finish()
    modes = {path.name: path.stat().st_mode & 0o077 for path in stage.path.iterdir()}
    assert {name for name, mode in modes.items() if mode} == set()


def test_the_summary_keeps_no_setup_data(stage: Stage) -> None:
    stage.fake("ok-0")
    stage.finish()
    text = stage.folder.summary.read_text()
    assert "http_reqs" in text
    assert "setup" not in text


def test_an_unfinished_summary_is_deleted(stage: Stage) -> None:
    stage.fake("exit-0")
    stage.folder.summary.write_text('{"setup_data": {"token": "abc')
    stage.finish()
    assert not stage.folder.summary.exists()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"argv": ("/no/such/k6", "run")}, "k6 cannot be started from /no/such/k6: No such file"),
        ({"argv": ("/dev/null", "run")}, "k6 cannot be started from /dev/null: Permission denied"),
        ({"argv": ()}, "empty command"),
        ({"argv": ("/bin/echo", "a\0b")}, "k6 cannot be started from /bin/echo: embedded null byte"),
        ({"cwd": "/no/such/folder"}, "the folder /no/such/folder does not exist"),
    ],
)
def test_a_k6_that_cannot_be_started_is_told_in_words(
    stage: Stage, change: dict[str, object], words: str
) -> None:
    stage.fake("ok", **change)
    ended = stage.finish()
    assert words in (ended.start_error or "")
    assert (ended.exit_code, ended.signal, ended.started_at) == (None, None, None)
    assert not stage.folder.has(PidFile)


def test_a_file_that_is_no_program_is_told_in_words(stage: Stage) -> None:
    path = stage.path.parent / "k6"
    path.write_bytes(b"\x7fELF but not really")
    path.chmod(0o755)
    stage.fake("ok", argv=(str(path), "run"))
    assert "Exec format error" in (stage.finish().start_error or "")


def test_secrets_that_do_not_fit_are_told_in_words_and_deleted(stage: Stage) -> None:
    stage.fake("ok")
    stage.folder.write(SecretsFile({"AUTH_TOKEN": "x" * 70_000}))
    assert "more than the 65536" in (stage.finish().start_error or "")
    assert not stage.folder.has(SecretsFile)
    assert stage.diary("run") == []


def test_a_run_file_that_cannot_be_read_is_told_in_words(stage: Stage) -> None:
    stage.folder.path_of(RunFile).write_text('{"format": 1, "run_id": "x"}')
    assert stage.finish().start_error == 'run.json has no "argv"'


def test_a_missing_run_file_is_told_in_words(stage: Stage) -> None:
    assert stage.finish().start_error == "run.json is missing"


def test_a_newer_format_is_left_alone(stage: Stage) -> None:
    stage.folder.path_of(RunFile).write_text('{"format": 2}')
    assert stage.start().wait(10) == 4
    assert [path.name for path in stage.path.iterdir()] == ["run.json"]


def test_a_second_runner_leaves_at_once(stage: Stage) -> None:
    stage.fake("ok-2")
    stage.start()
    before = stage.pid, stage.folder.read(RunnerFile)
    assert stage.start().wait(10) == 3
    assert (stage.pid, stage.folder.read(RunnerFile)) == before
    assert len(stage.diary("run")) <= 1


def test_a_run_that_is_over_is_left_alone(stage: Stage) -> None:
    stage.fake("ok-0")
    stage.finish()
    before = {path.name: path.stat().st_mtime_ns for path in stage.path.iterdir()}
    stage.finish()
    assert {path.name: path.stat().st_mtime_ns for path in stage.path.iterdir()} == before


@pytest.mark.parametrize("arguments", [[], ["/no/such/folder"], ["a", "b"]])
def test_a_wrong_call_is_refused(arguments: list[str]) -> None:
    command = [sys.executable, "-m", "dashboard.runner", *arguments]
    called = subprocess.run(command, capture_output=True, text=True, check=False)
    assert called.returncode == 2
    assert "usage: python -m dashboard.runner <run folder>" in called.stderr


@pytest.mark.parametrize("whole", [True, False])
def test_a_record_that_the_disk_refuses_is_cut_off_again(stage: Stage, whole: bool) -> None:
    stage.fake("ok-3")
    runner = stage.start()
    wait_until(lambda: stage.diary("push"))
    room = max(path.stat().st_size for path in stage.path.glob("push-*.bin")) + (0 if whole else 100)
    resource.prlimit(runner.pid, resource.RLIMIT_FSIZE, (room, resource.RLIM_INFINITY))
    wait_until(lambda: any(entry["status"] == 500 for entry in stage.diary("push")))
    resource.prlimit(runner.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    ended = stage.ended()
    kept = [entry for entry in stage.diary("push") if entry["status"] == 204]
    assert stage.numbers() == list(range(1, len(kept) + 1))
    assert ended.records == len(kept)
    assert "could not be kept" in stage.folder.runner_log.read_text()
    assert sum(path.stat().st_size for path in stage.path.glob("push-*.bin")) == bytes_of(stage)


def bytes_of(stage: Stage) -> int:
    from dashboard.run_folder.push_log import encode

    return sum(len(encode(record)) for record in stage.records())


def test_a_full_disk_at_the_start_is_told(stage: Stage) -> None:
    """Nothing can be written for a second: the end is told as soon as there is room."""
    stage.fake("ok-0")
    code = (
        "import resource, sys, threading, dashboard.runner.__main__ as m\n"
        "inf = resource.RLIM_INFINITY\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (0, inf))\n"
        "free = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (inf, inf))\n"
        "threading.Timer(0.5, free).start()\n"
        "sys.exit(m.main(sys.argv[1:]))"
    )
    command = [sys.executable, "-c", code, str(stage.path)]
    stage.runners.append(subprocess.Popen(command, start_new_session=True))
    ended = stage.ended()
    assert ended.start_error == "The run folder cannot be written: File too large."
    assert stage.diary("run") == []


def test_a_k6_that_cannot_be_recorded_is_looked_after_all_the_same(stage: Stage) -> None:
    """The disk is full for pid.json alone; the next runner finds k6 by its tag."""
    stage.fake("ok-2")
    code = (
        "import sys, dashboard.runner.__main__ as m, dashboard.run_folder.files as f\n"
        "write = f.RunFolder.write\n"
        "def refuse(folder, value):\n"
        "    if isinstance(value, f.PidFile): raise OSError(28, 'No space left on device')\n"
        "    write(folder, value)\n"
        "f.RunFolder.write = refuse\n"
        "sys.exit(m.main(sys.argv[1:]))"
    )
    runner = subprocess.Popen([sys.executable, "-c", code, str(stage.path)], start_new_session=True)
    stage.runners.append(runner)
    wait_until(lambda: any(entry["status"] == 204 for entry in stage.diary("push")))
    stage.kill_runner()
    ended = stage.finish()
    assert stage.pid.pid == stage.diary("run")[0]["pid"]
    assert (ended.rescued, len(stage.diary("run"))) == (True, 1)
    assert ended.records > 2


def test_the_runner_needs_the_standard_library_alone_and_not_much_of_it() -> None:
    code = (
        "import sys; sys.path.insert(0, '.')\n"
        "import dashboard.runner.__main__\n"
        "slow = {'http.server', 'email', 'hmac', 'dataclasses', 'logging', 'asyncio', 'datetime'}\n"
        "sys.exit(', '.join(slow & set(sys.modules)))"
    )
    called = subprocess.run([sys.executable, "-IS", "-c", code], capture_output=True, text=True, check=False)
    assert called.stderr == "\n"


def test_one_runner_does_not_disturb_another(stage: Stage, tmp_path: Path) -> None:
    other = Stage(tmp_path)
    make_fake_k6(tmp_path, "ok")
    for staged in (stage, other):
        staged.fake("ok")
        staged.start()
    assert (stage.ended().exit_code, other.ended().exit_code) == (0, 0)
    assert {entry["status"] for staged in (stage, other) for entry in staged.diary("push")} == {204}
