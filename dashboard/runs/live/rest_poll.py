"""Polls k6's REST API: the state of k6, and early figures until the first push."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from dashboard.engine import rest
from dashboard.model.figures import figures_of
from dashboard.model.run import Run, RunStatus
from dashboard.model.script import ChecksByName
from dashboard.model.tally import Tally

POLL_EVERY_S = 2.0
EARLY_MARGIN_S = 0.3  # the time that a sample takes from k6's counter to its push


class RestPoll:
    """Polls every 2 s, and on each call before the first push. `clock` returns the time in UTC.

    `checks` are the checks of a custom script so far, which no push contains.
    """

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._next_s = 0.0
        self._early_requests = 0
        self.checks: ChecksByName = {}

    def poll(self, run: Run, port: int | None, now: float) -> dict[str, object]:
        """Return the fields of the run that have changed; empty when no poll is due or k6 does not answer."""
        if port is None or now < self._next_s:
            return {}
        is_early = run.figures is None or run.percentiles_from is None
        self._next_s = 0.0 if is_early else now + POLL_EVERY_S
        status = rest.fetch_status(port)
        if status is None:
            return {}
        if run.context.has_own_script:
            self.checks = rest.fetch_checks(port) or self.checks
        changes: dict[str, object] = {}
        if run.status is RunStatus.STARTING:
            if status.state >= rest.RUNNING_STATE:
                changes |= {"status": RunStatus.RUNNING, "load_started_at": self._clock()}
            elif status.prepared_vus != run.prepared_vus:
                changes["prepared_vus"] = status.prepared_vus
        if is_early:
            changes |= self._early_figures(run, rest.fetch_request_count(port), status.vus)
        return changes

    def _early_figures(self, run: Run, requests: int | None, vus: int) -> dict[str, object]:
        """Return the number of requests before the first push. The push is newer, so the number never decreases."""
        if not requests or requests == self._early_requests or run.load_started_at is None:
            return {}
        elapsed_s = (self._clock() - run.load_started_at).total_seconds()
        if elapsed_s > run.context.push_interval_s - EARLY_MARGIN_S:
            return {}
        self._early_requests = requests
        empty = figures_of(Tally(), None, run.config.apdex_t_ms)
        figures = replace(empty, total_reqs=requests, rps=requests / elapsed_s if elapsed_s > 0 else None)
        return {"figures": figures, "vus": vus, "elapsed_s": round(elapsed_s, 3)}
