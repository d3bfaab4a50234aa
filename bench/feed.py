"""A dashboard with one synthetic live run, for streams.py: `python -m bench.feed`.

The `elapsed_s` of each snapshot is the time of its publication on the monotonic clock, which all processes share.
"""

import sys
import time
from dataclasses import replace

from bench.samples import SyntheticIntervals, a_run
from dashboard.app import create_app
from dashboard.loop import Loop
from dashboard.model.run import Run, RunStatus
from dashboard.model.tally import Tally
from dashboard.runs.publish.publisher import Publisher
from dashboard.server import serve
from dashboard.services import Services
from dashboard.settings import Settings

POLL_INTERVAL_S = 0.05


class Feed:
    """Publishes a push every `pace_s` once `listeners` clients are connected."""

    def __init__(self, services: Services, run: Run, listeners: int, pace_s: float, operations: int) -> None:
        self._services = services
        self._publisher = Publisher(run.run_id, services.store, services.hub)
        self._run = run
        self._listeners = listeners
        self._pace_s = pace_s
        self._intervals = SyntheticIntervals(operations)
        self._started = False

    def tick(self, now: float) -> float:
        """Publish one push and return the seconds until the next."""
        self._started = self._started or self._services.hub.streams >= self._listeners
        if not self._started:
            return POLL_INTERVAL_S
        self._publish()
        return max(0.0, now + self._pace_s - time.monotonic())

    def _publish(self) -> None:
        interval = self._intervals.next()
        stamped = replace(interval, snapshot=replace(interval.snapshot, elapsed_s=time.monotonic()))
        self._publisher.publish_intervals(self._run, [stamped], self._intervals.cumulative)
        self._publisher.publish_run(self._run)


def main(listeners: int, pace_s: float, operations: int) -> None:
    """Serve until SIGTERM, with the settings of the environment."""
    services = Services(Settings(_env_file=None))
    run = replace(a_run(1, Tally()), status=RunStatus.RUNNING, ended_at=None)
    services.store.runs.insert(run)
    loop = Loop("feed", Feed(services, run, listeners, pace_s, operations).tick)

    def ready(host: str, port: int) -> None:
        services.write_server_file(host, port)
        loop.start()

    try:
        serve(create_app(services), "127.0.0.1", 0, ready, on_stop=services.hub.close)
    finally:
        loop.stop()
        services.stop()


if __name__ == "__main__":
    main(int(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3]))
