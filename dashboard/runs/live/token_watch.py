"""Reports the token refreshes of a live run, and pauses a run whose requests are mostly rejected with 401."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from dashboard.model.events import EventKind
from dashboard.model.run import Run
from dashboard.model.snapshot import OVERALL, Interval
from dashboard.model.tally import Tally
from dashboard.run_folder.files import RunFolder
from dashboard.runs.live.runner_events import RunnerEvent, RunnerEventTail, to_event
from dashboard.runs.publish.publisher import Publisher, elapsed_at
from dashboard.store.store import Store

MIN_PERIOD_S = 3.5  # two pushes of 2 s, or one of 5 s
MIN_REJECTED_SHARE = 0.5
MIN_REQUESTS = 10
EVENT_NUMBER_KEY = "runner_event"


class UnauthorizedMonitor:
    """Detects that most recent requests were rejected with 401. Pure: it reads no files and no clock."""

    def __init__(self) -> None:
        self._windows: dict[int, tuple[float, int, int]] = {}

    def add(self, seq: int, window_s: float, tally: Tally) -> None:
        """Add a window; the newest one may be added again after it has grown."""
        unexpected = tally.durations.get("4-")
        rejected = min(tally.statuses.get("401", 0), unexpected.count if unexpected else 0)
        self._windows[seq] = (window_s, tally.requests, rejected)
        for old in sorted(self._windows):
            later_s = sum(seconds for number, (seconds, _, _) in self._windows.items() if number > old)
            if later_s < MIN_PERIOD_S:
                break
            del self._windows[old]

    def rejected_share(self) -> float | None:
        """Return the share of rejected requests if it is high enough to pause the run, else None."""
        seconds = sum(window_s for window_s, _, _ in self._windows.values())
        requests = sum(requests for _, requests, _ in self._windows.values())
        rejected = sum(rejected for _, _, rejected in self._windows.values())
        if seconds < MIN_PERIOD_S or requests < MIN_REQUESTS or rejected < MIN_REJECTED_SHARE * requests:
            return None
        return rejected / requests

    def reset(self) -> None:
        """Start over, for example after the run was paused."""
        self._windows.clear()


class TokenWatch:
    """Watches a run whose token the runner refreshes. `pause` pauses the run, and returns False if it cannot."""

    def __init__(
        self,
        run: Run,
        folder: RunFolder,
        store: Store,
        publisher: Publisher,
        pause: Callable[[], bool],
    ) -> None:
        self._publisher = publisher
        self._pause = pause
        self._unauthorized = UnauthorizedMonitor()
        self._last_entry: RunnerEvent | None = None
        self._entries: RunnerEventTail | None = None
        if run.config.has_token_request:
            earlier = (event.data.get(EVENT_NUMBER_KEY) for _, event in store.events.of_run(run.run_id))
            published = max((number for number in earlier if isinstance(number, int)), default=0)
            self._entries = RunnerEventTail(folder, published)

    def publish_new(self, run: Run) -> None:
        """Publish new entries of the runner as events."""
        for entry in self._entries.poll() if self._entries else []:
            self._last_entry = entry
            event = to_event(entry)
            if event is not None:
                at = datetime.fromtimestamp(entry.at_ms / 1000, UTC)
                self._event(run, event.kind, event.message, at, event.level, {EVENT_NUMBER_KEY: entry.n})

    def update(self, run: Run, intervals: Sequence[Interval], now: datetime) -> None:
        """Process new pushes. Pauses the run when too many requests are rejected, unless it is already paused."""
        if self._entries is None:
            return
        if run.control is not None and run.control.paused:
            self._unauthorized.reset()  # these responses are to requests sent before the pause
            return
        for interval in intervals:
            self._unauthorized.add(
                interval.snapshot.seq, interval.snapshot.window_s, interval.tallies.get(OVERALL) or Tally()
            )
        share = self._unauthorized.rejected_share()
        if share is None:
            return
        self._unauthorized.reset()
        if self._pause():
            message = (
                f"paused: {share:.0%} of recent requests were rejected with 401, and {self._reason()}. "
                "Fix the authentication and resume the run, or stop it"
            )
            self._event(run, EventKind.AUTH_PAUSED, message, now, "error", {})

    def _reason(self) -> str:
        if self._last_entry is None:
            return "its token is not refreshed"
        if self._last_entry.kind == "token_refused":
            return f"no fresh token is available ({str(self._last_entry.data.get('reason')).rstrip('.')})"
        return "fresh tokens are rejected too"

    def _event(
        self, run: Run, kind: EventKind, message: str, at: datetime, level: str, data: dict[str, object]
    ) -> None:
        elapsed_s = elapsed_at(run, at)
        self._publisher.add_event(kind, message, at=at, level=level, elapsed_s=elapsed_s, data=data)
