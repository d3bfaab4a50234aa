"""The run that an export is of, read once: every export of one moment says the same."""

from dataclasses import dataclass
from typing import Any

from dashboard.model.run import Run
from dashboard.runs.reader import RunReader


@dataclass(frozen=True, slots=True)
class Subject:
    """A run as its exports need it; `whole` and `ops` are what `/runs/<id>` and `/runs/<id>/ops` answer."""

    run: Run
    whole: dict[str, Any]
    ops: list[dict[str, Any]]

    @property
    def record(self) -> dict[str, Any]:
        """The public record."""
        record: dict[str, Any] = self.whole["run"]
        return record

    @property
    def detail(self) -> dict[str, Any]:
        """Figures and distributions; empty when nothing was measured."""
        return self.whole["detail"] or {}

    @property
    def outcome(self) -> str:
        """One word for how it stands: the status of a run that did not finish, else the verdict."""
        record = self.record
        return str(record["status"] if record["status"] != "finished" else record["verdict"] or "unknown")


def read_subject(reader: RunReader, run_id: str) -> Subject:
    """The run, `latest` being the newest that ended. NotFound."""
    resolved = reader.resolve(run_id, ended=True)
    return Subject(reader.run(resolved), reader.whole(resolved), reader.ops(resolved))
