"""The number of cores that k6 may use: the affinity of its process and the CPU quota of its control group."""

import os
from pathlib import Path


def usable_cores(env: dict[str, str]) -> float | None:
    """Return the cores that a child of this process with `env` may use. Go programs also obey GOMAXPROCS."""
    gomaxprocs = env.get("GOMAXPROCS", "")
    limit = float(gomaxprocs) if gomaxprocs.isdecimal() and int(gomaxprocs) > 0 else None
    return limited_cores(limit, os.getpid())


def limited_cores(cores: float | None, pid: int) -> float | None:
    """Return the smaller of `cores` and what the process may use; a wrapper around k6 can confine k6 further."""
    limits = [cores, _affinity(pid), _quota(Path(f"/proc/{pid}/cgroup"), Path("/sys/fs/cgroup"))]
    return min((limit for limit in limits if limit is not None), default=None)


def _affinity(pid: int) -> float | None:
    if hasattr(os, "sched_getaffinity"):
        try:
            return float(len(os.sched_getaffinity(pid)))
        except ProcessLookupError:
            return None
    count = os.cpu_count()
    return float(count) if count else None


def _quota(membership: Path, root: Path) -> float | None:
    """Return the smallest quota from the process's own group up to the root of the hierarchy."""
    quotas: list[float] = []
    for hierarchy, path in _groups(membership):
        base = root / hierarchy
        own = base / path.lstrip("/")
        for group in (own, *own.parents):
            if group != base and base not in group.parents:
                break
            quota = _v2_quota(group) if not hierarchy else _v1_quota(group)
            if quota is not None:
                quotas.append(quota)
    return min(quotas, default=None)


def _groups(membership: Path) -> list[tuple[str, str]]:
    """Return pairs of a hierarchy folder below the root (empty for cgroup v2) and the path in the hierarchy."""
    try:
        lines = membership.read_text().splitlines()
    except OSError:
        return []
    groups = [line.split(":", 2) for line in lines if line.count(":") >= 2]
    v2 = [("", path) for number, controllers, path in groups if number == "0" and not controllers]
    v1 = [(controllers, path) for _, controllers, path in groups if "cpu" in controllers.split(",")]
    return v2 + v1


def _v2_quota(group: Path) -> float | None:
    quota, _, period = _read(group / "cpu.max").partition(" ")
    return int(quota) / int(period) if quota.isdecimal() and period.isdecimal() else None


def _v1_quota(group: Path) -> float | None:
    quota, period = _read(group / "cpu.cfs_quota_us"), _read(group / "cpu.cfs_period_us")
    return int(quota) / int(period) if quota.isdecimal() and period.isdecimal() else None


def _read(path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError:
        return ""
