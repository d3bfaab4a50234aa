"""A dashboard in which one run is live that nobody generates: `python -m bench.feed`, see streams.py.

Each snapshot carries the moment of its publication as `elapsed_s`, by the clock that all processes share.
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

LOOK_EVERY_S = 0.05


class Feed:
    """Publishes a push every `pace_s` from when `listeners` are there."""

    def __init__(self, services: Services, run: Run, listeners: int, pace_s: float, operations: int) -> None:
        self._services = services
        self._publisher = Publisher(run.run_id, services.store, services.hub)
        self._run = run
        self._listeners = listeners
        self._pace_s = pace_s
        self._intervals = SyntheticIntervals(operations)
        self._begun = False

    def tick(self, now: float) -> float:
        """One push, and how long to wait for the next."""
        self._begun = self._begun or self._services.hub.streams >= self._listeners
        if not self._begun:
            return LOOK_EVERY_S
        self._publish()
        return max(0.0, now + self._pace_s - time.monotonic())

    def _publish(self) -> None:
        interval = self._intervals.next()
        stamped = replace(interval, snapshot=replace(interval.snapshot, elapsed_s=time.monotonic()))
        self._publisher.intervals(self._run, [stamped], self._intervals.cumulative)
        self._publisher.run(self._run)


def main(listeners: int, pace_s: float, operations: int) -> None:
    """Serve until SIGTERM; the settings come from the environment."""
    services = Services(Settings(_env_file=None))  # type: ignore[call-arg]
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
