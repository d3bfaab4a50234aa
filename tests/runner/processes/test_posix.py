"""Process identity: never confused with another process, and the same from /proc and ps."""

import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import suppress

import pytest

from dashboard.runner.processes import linux, posix, ps
from dashboard.runner.processes.posix import ProcessIdentity
from tests.runner.conftest import wait_until


@pytest.fixture
def tag() -> str:
    return f"run_id=test-{uuid.uuid4().hex[:12]}"


@pytest.fixture
def child(tag: str) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-c", "import time; time.sleep(600)", tag]
    process = subprocess.Popen(command, process_group=0)
    yield process
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def identity_of(process: subprocess.Popen[bytes]) -> ProcessIdentity:
    identity = posix.identify(process.pid)
    assert identity is not None
    return identity


def test_a_running_process_is_alive(child: subprocess.Popen[bytes]) -> None:
    assert posix.is_alive(identity_of(child))


def test_a_zombie_is_dead(child: subprocess.Popen[bytes]) -> None:
    identity = identity_of(child)
    child.kill()
    wait_until(lambda: not posix.is_alive(identity))
    assert posix.identify(child.pid) == identity  # exists, but is dead
    assert posix.measure_usage(identity) is None


def test_a_reaped_process_is_gone(child: subprocess.Popen[bytes]) -> None:
    identity = identity_of(child)
    child.kill()
    child.wait()
    assert not posix.is_alive(identity)
    assert posix.identify(child.pid) is None
    assert posix.measure_age_s(identity) is None


@pytest.mark.parametrize("change", [{"start_ticks": 1}, {"boot_id": "another boot"}])
def test_the_same_pid_with_another_start_time_is_another_process(
    child: subprocess.Popen[bytes], change: dict[str, object]
) -> None:
    other = identity_of(child)._replace(**change)  # type: ignore[arg-type]
    assert not posix.is_alive(other)
    assert posix.measure_usage(other) is None
    assert posix.group_of(other) == []
    posix.send(other, signal.SIGKILL)
    assert child.poll() is None


def test_a_signal_reaches_its_process(child: subprocess.Popen[bytes]) -> None:
    posix.send(identity_of(child), signal.SIGTERM)
    assert child.wait(10) == -signal.SIGTERM


def test_a_signal_to_a_dead_process_does_nothing(child: subprocess.Popen[bytes]) -> None:
    identity = identity_of(child)
    child.kill()
    child.wait()
    posix.send(identity, signal.SIGTERM)


def test_usage_and_age_are_measured() -> None:
    me = posix.own_identity()
    before, age_s = posix.measure_usage(me), posix.measure_age_s(me)
    assert before is not None
    assert age_s is not None
    wait_until(lambda: (posix.measure_usage(me) or before).cpu_s > before.cpu_s)
    assert before.rss_bytes > 1_000_000
    assert 0 < age_s < time.monotonic() + 1


def test_a_process_is_found_by_its_tag(child: subprocess.Popen[bytes], tag: str) -> None:
    wait_until(lambda: posix.find_leader(tag) == identity_of(child))


def test_a_part_of_a_tag_finds_no_process(child: subprocess.Popen[bytes], tag: str) -> None:
    wait_until(lambda: posix.find_leader(tag))
    assert posix.find_leader(tag[:-1]) is None


def test_a_process_that_is_not_a_group_leader_is_not_found(tag: str) -> None:
    follower = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)", tag])
    try:
        wait_until(lambda: posix.find_all(tag) == [identity_of(follower)])
        assert posix.find_leader(tag) is None
    finally:
        follower.kill()
        follower.wait()


def test_a_group_is_found_after_its_leader_has_exited(tag: str) -> None:
    code = (
        "import subprocess, sys; print(subprocess.Popen(['sleep', '600']).pid, flush=True); sys.stdin.read()"
    )
    leader = subprocess.Popen(
        [sys.executable, "-c", code, tag], process_group=0, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert leader.stdin
    assert leader.stdout
    orphan = int(leader.stdout.readline())
    identity = identity_of(leader)
    try:
        assert {member.pid for member in posix.group_of(identity)} == {leader.pid, orphan}
        leader.stdin.close()
        leader.wait(10)
        assert [member.pid for member in posix.group_of(identity)] == [orphan]
    finally:
        os.killpg(identity.pid, signal.SIGKILL)
        leader.stdout.close()


def test_parentheses_and_spaces_in_a_name_are_parsed() -> None:
    rest = "S 1 42 42 0 -1 0 0 0 0 0 150 50 0 0 20 0 1 0 9000 1000 25 0"
    status = linux.parse_stat(f"42 (a) b (c)) {rest}".encode(), user=1000)
    assert (status.pid, status.group, status.dead, status.start_ticks) == (42, 42, False, 9000)
    assert status.cpu_s == 200 / os.sysconf("SC_CLK_TCK")
    assert status.rss_bytes == 25 * os.sysconf("SC_PAGE_SIZE")


def test_ps_and_proc_agree(child: subprocess.Popen[bytes], tag: str) -> None:
    wait_until(lambda: ps.pids_with(tag) == linux.pids_with(tag) == [child.pid])
    slow, fast = ps.status(child.pid), linux.status(child.pid)
    assert slow is not None
    assert fast is not None
    assert slow[:4] == fast[:4]
    assert abs(ps.measure_age_s(slow.start_ticks) - linux.measure_age_s(fast.start_ticks)) < 2.5
    assert slow.pid in [line.pid for line in ps.table()]
    assert ps.status(2**22 - 1) is None


@pytest.mark.parametrize(
    ("text", "seconds"), [("0:01.25", 1.25), ("1:02:03", 3723.0), ("2-01:00:00", 176_400.0)]
)
def test_ps_times_are_parsed(text: str, seconds: float) -> None:
    assert ps.parse_time(text) == seconds
