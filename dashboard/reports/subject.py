"""The run that an export is of: each part is read when the export needs it, and once."""

from functools import cached_property
from typing import Any

from dashboard.model.record import record_of
from dashboard.model.run import Run
from dashboard.model.slo import SloResult
from dashboard.runs.reader import RunReader
from dashboard.runs.slo.payload import report_row


class Subject:
    """A run as its exports need it."""

    def __init__(self, reader: RunReader, run: Run) -> None:
        self._reader = reader
        self.run = run

    @cached_property
    def record(self) -> dict[str, Any]:
        """The public record."""
        return record_of(self.run)

    @cached_property
    def results(self) -> tuple[SloResult, ...]:
        """Its limits at every level, as they were judged."""
        return tuple(self._reader.results(self.run))

    @cached_property
    def slos(self) -> list[dict[str, Any]]:
        """The same as rows: what each is about, its value and whether it was met."""
        return [{"level": r.level, "name": r.name, **report_row(r)} for r in self.results]

    @cached_property
    def slo(self) -> dict[str, Any]:
        """What `/runs/<id>/slo` answers."""
        return self._reader.slo(self.run.run_id)

    @cached_property
    def whole(self) -> dict[str, Any]:
        """What `/runs/<id>` answers."""
        return self._reader.whole(self.run.run_id)

    @cached_property
    def ops(self) -> list[dict[str, Any]]:
        """What `/runs/<id>/ops` answers."""
        return self._reader.ops(self.run.run_id)

    @property
    def breakdown(self) -> dict[str, Any]:
        """Figures and distributions; empty when nothing was measured."""
        return self.whole["breakdown"] or {}

    @property
    def outcome(self) -> str:
        """One word for how it stands: the status of a run that did not finish, else the verdict."""
        record = self.record
        return str(record["status"] if record["status"] != "finished" else record["verdict"] or "unknown")


def read_subject(reader: RunReader, run_id: str) -> Subject:
    """The run, `latest` being the newest that ended. NotFound."""
    return Subject(reader, reader.run(reader.resolve(run_id, ended=True)))
