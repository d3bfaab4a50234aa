"""What the exports of one run are made from. Each part is read once, when an export needs it."""

from functools import cached_property
from typing import Any

from dashboard.model.masking import mask_texts
from dashboard.model.record import record_of
from dashboard.model.run import Run
from dashboard.model.slo import SloResult
from dashboard.runs.comparing import BaselineComparison, baseline_comparison, baseline_payload
from dashboard.runs.reader import RunReader
from dashboard.runs.slo.payload import report_row


class ReportSource:
    """A run with everything that its exports contain."""

    def __init__(self, reader: RunReader, run: Run) -> None:
        self._reader = reader
        self.run = run

    @cached_property
    def record(self) -> dict[str, Any]:
        """The public record with secrets masked."""
        record: dict[str, Any] = mask_texts(record_of(self.run))
        return record

    @cached_property
    def results(self) -> tuple[SloResult, ...]:
        """The results of its SLOs at every level."""
        return tuple(self._reader.results(self.run))

    @cached_property
    def slos(self) -> list[dict[str, Any]]:
        """The SLO results as rows."""
        return [{"level": result.level, "name": result.name, **report_row(result)} for result in self.results]

    @cached_property
    def slo(self) -> dict[str, Any]:
        """The response of `/runs/<id>/slo`."""
        return self._reader.slo(self.run.run_id)

    @cached_property
    def description(self) -> dict[str, Any]:
        """The response of `/runs/<id>` with secrets masked."""
        description: dict[str, Any] = mask_texts(self._reader.describe(self.run.run_id))
        return description

    @cached_property
    def ops(self) -> list[dict[str, Any]]:
        """The response of `/runs/<id>/ops`."""
        return self._reader.ops(self.run.run_id)

    @cached_property
    def failures(self) -> list[dict[str, Any]]:
        """The response of `/runs/<id>/failures`."""
        return self._reader.failures(self.run.run_id, None)

    @cached_property
    def checks(self) -> list[dict[str, Any]]:
        """The results of each check of each operation, most failures first."""
        return self._reader.checks(self.run.run_id)

    @cached_property
    def baseline(self) -> BaselineComparison | None:
        """The comparison with the baseline that applies, if there is one."""
        return baseline_comparison(self._reader, self.run)

    @property
    def baseline_payload(self) -> dict[str, Any]:
        """The response of `/runs/<id>/baseline` with secrets masked."""
        payload: dict[str, Any] = mask_texts(baseline_payload(self.baseline))
        return payload

    @property
    def failed_checks(self) -> list[dict[str, Any]]:
        """The checks that failed at least once."""
        return [row for row in self.checks if row["fails"]]

    @property
    def breakdown(self) -> dict[str, Any]:
        """Figures and distributions; empty when nothing was measured."""
        return self.description["breakdown"] or {}

    @property
    def outcome(self) -> str:
        """The verdict of a finished run, otherwise the status."""
        record = self.record
        return str(record["status"] if record["status"] != "finished" else record["verdict"] or "unknown")


def report_source(reader: RunReader, run_id: str) -> ReportSource:
    """Return the source for `run_id`; `latest` is the newest run that has ended. Raises NotFound."""
    return ReportSource(reader, reader.run(reader.resolve(run_id, ended=True)))
