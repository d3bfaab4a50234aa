"""The number of cores that k6 may use."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from dashboard.runner import cores


def a_file(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_cgroup_v2_quota_of_the_current_group(tmp_path: Path) -> None:
    a_file(tmp_path / "fs/app/k6/cpu.max", "150000 100000\n")
    membership = a_file(tmp_path / "cgroup", "0::/app/k6\n")
    assert cores._quota(membership, tmp_path / "fs") == 1.5


def test_the_smallest_quota_of_all_parent_groups_applies(tmp_path: Path) -> None:
    a_file(tmp_path / "fs/app/cpu.max", "50000 100000\n")
    a_file(tmp_path / "fs/app/k6/cpu.max", "max 100000\n")
    membership = a_file(tmp_path / "cgroup", "0::/app/k6\n")
    assert cores._quota(membership, tmp_path / "fs") == 0.5


def test_cgroup_v1_quota(tmp_path: Path) -> None:
    a_file(tmp_path / "fs/cpu,cpuacct/app/cpu.cfs_quota_us", "200000\n")
    a_file(tmp_path / "fs/cpu,cpuacct/app/cpu.cfs_period_us", "100000\n")
    membership = a_file(tmp_path / "cgroup", "4:memory:/m\n3:cpu,cpuacct:/app\n0::/\n")
    assert cores._quota(membership, tmp_path / "fs") == 2.0


@pytest.mark.parametrize("text", ["0::/\n", "1:cpu:/\n", "broken\n"])
def test_no_quota_gives_none(tmp_path: Path, text: str) -> None:
    assert cores._quota(a_file(tmp_path / "cgroup", text), tmp_path / "fs") is None


def test_a_group_outside_the_visible_hierarchy_is_ignored(tmp_path: Path) -> None:
    a_file(tmp_path / "outside/cpu.max", "50000 100000\n")
    membership = a_file(tmp_path / "cgroup", "0::/../outside\n")
    assert cores._quota(membership, tmp_path / "fs") is None


def test_gomaxprocs_limits_the_cores() -> None:
    assert cores.usable_cores({"GOMAXPROCS": "1"}) == 1.0


@pytest.mark.parametrize("value", ["0", "-1", "many", ""])
def test_an_invalid_gomaxprocs_is_ignored(value: str) -> None:
    assert cores.usable_cores({"GOMAXPROCS": value}) == cores.usable_cores({})


def test_the_affinity_of_another_process_limits_the_cores() -> None:
    core = min(os.sched_getaffinity(0))
    command = f"import os; os.sched_setaffinity(0, {{{core}}}); print(flush=True); input()"
    python = [sys.executable, "-c", command]
    with subprocess.Popen(python, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as confined:
        assert confined.stdout
        assert confined.stdout.readline()
        assert cores.limited_cores(8.0, confined.pid) == 1.0
        confined.communicate(b"\n")
    assert cores.limited_cores(8.0, confined.pid) == 8.0


def test_affinity_limits_the_cores() -> None:
    usable = cores.usable_cores({})
    assert usable is not None
    assert usable <= len(os.sched_getaffinity(0))
