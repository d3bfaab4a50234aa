"""What a session observes during a run besides the pushes."""

from dataclasses import dataclass, field

from dashboard.model.script import ChecksByName
from dashboard.model.snapshot import Snapshot
from dashboard.runs.publish.console import ConsoleLine

MAX_ERRORS = 20
TEARDOWN_PREFIX = "teardown: "


@dataclass(slots=True)
class RunObservations:
    """What a session observed during a run.

    last_output: the last console line that is plain text, a warning or an error
    teardown_failure: the first step of the teardown that failed, and why (k6/scenarios/phases.js reports it)
    uncaught: iterations that ended with an exception which the script did not catch
    checks: the newest checks of a custom script from k6's REST API
    """

    send_failure_reported: bool = False
    errors: list[str] = field(default_factory=list)
    last_output: str | None = None
    teardown_failure: str | None = None
    uncaught: int = 0
    checks: ChecksByName = field(default_factory=dict)
    cpu_max: float | None = None
    peak_vus: int = 0

    def add_lines(self, lines: list[ConsoleLine]) -> None:
        """Keep the first errors of the console, and its last line that may explain a failure."""
        for line in (console_line.line for console_line in lines):
            self.uncaught += line.ends_iteration
            if line.level == "error" and len(self.errors) < MAX_ERRORS:
                self.errors.append(line.message)
            if line.level == "error" and line.message.startswith(TEARDOWN_PREFIX):
                self.teardown_failure = self.teardown_failure or line.message.removeprefix(TEARDOWN_PREFIX)
            if line.at is None or line.level in ("warning", "error"):
                self.last_output = line.message

    def add_snapshots(self, snapshots: list[Snapshot]) -> None:
        """Keep the peak number of users and the peak CPU usage of k6."""
        for snapshot in snapshots:
            self.peak_vus = max(self.peak_vus, snapshot.vus or 0)
            if snapshot.generator_cpu is not None:
                self.cpu_max = max(self.cpu_max or 0.0, snapshot.generator_cpu)
