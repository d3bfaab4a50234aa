"""k6's own CPU time and memory, sampled whenever a push arrives."""

from dashboard.run_folder.push_log import PushMeta
from dashboard.runner.cores import limited_cores
from dashboard.runner.processes import posix
from dashboard.runner.processes.posix import ProcessIdentity


class UsageSampler:
    """Samples one process and keeps its last CPU time and its largest memory use."""

    def __init__(self, identity: ProcessIdentity, cores: float | None) -> None:
        self._identity = identity
        self._cores = cores
        self.cpu_s: float | None = None
        self.max_rss_bytes: int | None = None

    def sample(self) -> PushMeta:
        usage = posix.measure_usage(self._identity)
        if usage is None:
            return PushMeta(cores=self._cores)
        self.cpu_s = usage.cpu_s
        self.max_rss_bytes = max(usage.rss_bytes, self.max_rss_bytes or 0)
        return PushMeta(usage.cpu_s, usage.rss_bytes, limited_cores(self._cores, self._identity.pid))
