"""What a session does about the tokens of its run: tells of each, and pauses a run that is refused everywhere."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from dashboard.model.events import EventKind
from dashboard.model.run import Run
from dashboard.model.snapshot import OVERALL, Interval
from dashboard.model.tally import Tally
from dashboard.run_folder.files import RunFolder
from dashboard.runs.live.runner_events import RunnerEvent, RunnerEventTail, to_event
from dashboard.runs.publish.publisher import Publisher
from dashboard.store.store import Store

STORM_S = 3.5  # two pushes of 2 s, or one of 5 s
STORM_SHARE = 0.5
LEAST_REQUESTS = 10
FACT = "fact"


class UnauthorizedMonitor:
    """Whether most requests of the last seconds were refused with 401. Pure."""

    def __init__(self) -> None:
        self._windows: dict[int, tuple[float, int, int]] = {}

    def see(self, seq: int, window_s: float, tally: Tally) -> None:
        """One window; the newest may come again with more in it."""
        wrong = tally.durations.get("4-")
        refused = min(tally.statuses.get("401", 0), wrong.count if wrong else 0)
        self._windows[seq] = (window_s, tally.requests, refused)
        for old in sorted(self._windows):
            if sum(seconds for number, (seconds, _, _) in self._windows.items() if number > old) < STORM_S:
                break
            del self._windows[old]

    def share(self) -> float | None:
        """The share that was refused when that is a storm."""
        seconds = sum(window_s for window_s, _, _ in self._windows.values())
        requests = sum(requests for _, requests, _ in self._windows.values())
        refused = sum(refused for _, _, refused in self._windows.values())
        if seconds < STORM_S or requests < LEAST_REQUESTS or refused < STORM_SHARE * requests:
            return None
        return refused / requests

    def forget(self) -> None:
        """Begin anew: what was before says nothing about what comes."""
        self._windows.clear()


class TokenWatch:
    """For runs whose tokens the runner gets. `pause` is called when a storm begins; whether it was of use."""

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
        self._storm = UnauthorizedMonitor()
        self._last: RunnerEvent | None = None
        self._facts: RunnerEventTail | None = None
        if run.config.brokered:
            earlier = (event.data.get(FACT) for _, event in store.events.of_run(run.run_id))
            told = max((number for number in earlier if isinstance(number, int)), default=0)
            self._facts = RunnerEventTail(folder, told)

    def tell(self, run: Run) -> None:
        """New facts become events."""
        for fact in self._facts.poll() if self._facts else []:
            self._last = fact
            told = to_event(fact)
            if told is not None:
                at = datetime.fromtimestamp(fact.at_ms / 1000, UTC)
                self._event(run, told.kind, told.message, at, told.level, {FACT: fact.n})

    def look(self, run: Run, intervals: Sequence[Interval], now: datetime) -> None:
        """After a push: too many refusals pause the run, once until it goes on."""
        if self._facts is None:
            return
        if run.control is not None and run.control.paused:
            self._storm.forget()  # what still comes was sent before
            return
        for interval in intervals:
            self._storm.see(interval.snapshot.seq, interval.snapshot.window_s, interval.tallies.get(OVERALL) or Tally())
        share = self._storm.share()
        if share is None:
            return
        self._storm.forget()
        if self._pause():
            words = (
                f"paused: {share:.0%} of the requests of the last seconds were refused with 401, and {self._why()}. "
                "Mend that and let the run go on, or stop it"
            )
            self._event(run, EventKind.AUTH_PAUSED, words, now, "error", {})

    def _why(self) -> str:
        if self._last is None:
            return "the token is not renewed"
        if self._last.kind == "token_refused":
            return f"there is no fresh token ({str(self._last.data.get('reason')).rstrip('.')})"
        return "fresh tokens are refused too"

    def _event(
        self, run: Run, kind: EventKind, message: str, at: datetime, level: str, data: dict[str, object]
    ) -> None:
        elapsed_s = None
        if run.started_at is not None:
            elapsed_s = max(0.0, round((at - run.started_at).total_seconds(), 3))
        self._publisher.event(kind, message, at=at, level=level, elapsed_s=elapsed_s, data=data)
