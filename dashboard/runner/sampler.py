"""What k6 itself costs: its CPU time and memory, measured whenever a push arrives."""

from dashboard.run_folder.push_log import PushMeta
from dashboard.runner.cores import narrowed
from dashboard.runner.processes import posix
from dashboard.runner.processes.posix import ProcessIdentity


class Sampler:
    def __init__(self, identity: ProcessIdentity, cores: float | None) -> None:
        self._identity = identity
        self._cores = cores
        self.cpu_s: float | None = None
        self.max_rss_bytes: int | None = None

    def sample(self) -> PushMeta:
        used = posix.usage(self._identity)
        if used is None:
            return PushMeta(cores=self._cores)
        self.cpu_s = used.cpu_s
        self.max_rss_bytes = max(used.rss_bytes, self.max_rss_bytes or 0)
        return PushMeta(used.cpu_s, used.rss_bytes, narrowed(self._cores, self._identity.pid))
