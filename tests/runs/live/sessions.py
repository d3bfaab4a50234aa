"""A session on a recorded run folder, with a store, a hub and a clock that the test controls."""

import json
import os
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from dashboard.model.events import EventKind
from dashboard.model.run import Run, RunStatus
from dashboard.run_folder.files import RunFolder, StopFile
from dashboard.runs.control.stop import STOPPED_BY_USER
from dashboard.runs.live.session import RunSession, SessionDeps
from dashboard.runs.publish.hub import Hub
from dashboard.runs.publish.publisher import Publisher
from dashboard.runs.slo.evaluate import SloEvaluator
from dashboard.runs.slo.tolerances import Tolerances
from dashboard.store.store import Store
from tests.factories import A_MOMENT, A_RUN_ID, a_run
from tests.runs.live.recordings import RecordedRun

STARTED_MS = int(A_MOMENT.timestamp() * 1000)


class LiveSession:
    """A session on a recorded run folder. Each tick is `STEP_S` after the previous one."""

    STEP_S = 5.0

    def __init__(self, path: Path) -> None:
        self.store = Store(path / "dashboard.db")
        self.hub = Hub("test")
        self.recorded = RecordedRun(path / "run", started_ms=STARTED_MS)
        self.ended: list[Run] = []
        self.raise_on_end = False
        self.new_runners = 0
        self.now_s = 0.0
        self.stream = self.hub.subscribe([f"run:{A_RUN_ID}", f"ops:{A_RUN_ID}"])

    def open(self, **changes: Any) -> None:
        """Store a starting run, and open its session."""
        run = a_run(status=RunStatus.STARTING, started_at=None, **changes)
        run = replace(run, context=replace(run.context, keep_samples=False, slos={}))
        self.store.runs.insert(run)
        self.reopen()

    def reopen(self) -> None:
        """Open a session on what is stored, as after a restart of the dashboard."""
        deps = SessionDeps(
            store=self.store,
            publisher=Publisher(A_RUN_ID, self.store, self.hub),
            start_runner=self._start_runner,
            clock=lambda: A_MOMENT + timedelta(seconds=self.now_s),
            evaluator=SloEvaluator(self.store, Tolerances()),
            stop=lambda _reason: None,
            pause=lambda: False,
            ended=self._ended,
        )
        self.session = RunSession(self.record, self.recorded.folder, deps)

    def tick(self) -> float | None:
        self.now_s += self.STEP_S
        return self.session.tick(self.now_s)

    def tick_until_over(self, limit: int) -> int:
        """Tick until the run is over, and return the number of ticks."""
        return next(number for number in range(1, limit + 1) if self.tick() is None)

    def stop(self, *, immediate: bool = False) -> None:
        self.recorded.folder.write(StopFile("2026-11-21T10:15:10Z", STOPPED_BY_USER, immediate))

    def published_kinds(self) -> list[str]:
        """Return the kinds of all new messages, in order."""
        text = (self.stream.next(0) or b"").decode()
        return [line.removeprefix("event: ") for line in text.split("\n") if line.startswith("event: ")]

    def published(self, event: str) -> list[dict[str, Any]]:
        """Return the data of all new messages of one kind; the messages of other kinds are dropped."""
        blocks = (self.stream.next(0) or b"").decode().split("\n\n")[:-1]
        fields = [dict(line.split(": ", 1) for line in block.split("\n")) for block in blocks]
        return [json.loads(field["data"])["data"] for field in fields if field["event"] == event]

    @property
    def record(self) -> Run:
        """The stored record."""
        run = self.store.runs.get(A_RUN_ID)
        assert run is not None
        return run

    def messages(self, kind: EventKind) -> list[str]:
        return [event.message for _, event in self.store.events.of_run(A_RUN_ID) if event.kind is kind]

    def _start_runner(self, _folder: RunFolder) -> int:
        self.new_runners += 1
        return os.getpid()  # no child has this PID, so the session treats the runner as ended

    def _ended(self, run: Run) -> None:
        if self.raise_on_end:
            raise OSError("the next run cannot be started")
        self.ended.append(run)
