"""A dashboard with one long live run that grows on demand, for page_live.py: `python -m bench.page_feed`.

The file `publish-up-to` in its data folder contains the number of the last push to publish.
"""

import sys
from dataclasses import replace
from pathlib import Path

from bench.samples import PUSH_INTERVAL_S, SyntheticIntervals, a_run
from dashboard.app import create_app
from dashboard.loop import Loop
from dashboard.model.figures import figures_of, totals_of
from dashboard.model.run import Run, RunStatus
from dashboard.model.tally import Tally
from dashboard.runs.publish.publisher import Publisher
from dashboard.server import serve
from dashboard.services import Services
from dashboard.settings import Settings

TARGET_FILE = "publish-up-to"
POLL_INTERVAL_S = 0.01
INTERVALS_PER_COMMIT = 200


class PageFeed:
    """Stores the past pushes immediately, and publishes later ones on request."""

    def __init__(self, services: Services, past: int, planned: int, operations: int) -> None:
        self._store = services.store
        self._file = services.settings.data_dir / TARGET_FILE
        self._intervals = SyntheticIntervals(operations)
        run = a_run(1, Tally(), seconds=planned * PUSH_INTERVAL_S)
        self._run = replace(run, status=RunStatus.RUNNING, ended_at=None, elapsed_s=0.0)
        self._store.runs.insert(self._run)
        self._publisher = Publisher(run.run_id, services.store, services.hub)
        self._past = past
        self._seq = 0

    def tick(self, _now: float) -> float:
        """Publish all requested pushes."""
        if self._seq < self._past:
            self._store_past(self._past)
        last = _read_number(self._file)
        while self._seq < last:
            self._publish()
        return POLL_INTERVAL_S

    def _store_past(self, past: int) -> None:
        while self._seq < past:
            size = min(INTERVALS_PER_COMMIT, past - self._seq)
            self._store.append(self._run.run_id, [self._intervals.next() for _ in range(size)])
            self._seq += size
        self._store.runs.update(self._current_run())

    def _publish(self) -> None:
        interval = self._intervals.next()
        self._seq = interval.snapshot.seq
        run = self._current_run()
        self._store.append(run.run_id, [interval])
        self._publisher.publish_intervals(run, [interval], self._intervals.cumulative)
        self._publisher.publish_run(run)

    def _current_run(self) -> Run:
        elapsed_s = self._seq * PUSH_INTERVAL_S
        figures = figures_of(self._intervals.overall, elapsed_s, self._run.config.apdex_t_ms)
        return replace(
            self._run, elapsed_s=elapsed_s, figures=figures, totals=totals_of(self._intervals.overall)
        )


def _read_number(file: Path) -> int:
    try:
        return int(file.read_text() or "0")
    except FileNotFoundError:
        return 0


def main(past: int, planned: int, operations: int) -> None:
    """Serve until SIGTERM, with the settings of the environment."""
    services = Services(Settings(_env_file=None))
    loop = Loop("page feed", PageFeed(services, past, planned, operations).tick)

    def ready(host: str, port: int) -> None:
        services.write_server_file(host, port)
        loop.start()

    try:
        serve(create_app(services), "127.0.0.1", 0, ready, on_stop=services.hub.close)
    finally:
        loop.stop()
        services.stop()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
