"""What the server and the process that reads a document send to each other, as JSON."""

from dataclasses import dataclass, field

from pydantic import TypeAdapter

from dashboard.discovery.discovered import Discovered, ImportOptions
from dashboard.model.json_text import json_text


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportTask:
    """How to read a document. Without `format`, its content decides."""

    options: ImportOptions = field(default_factory=ImportOptions)
    format: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadAnswer:
    """The result, or the reason why the document was refused."""

    found: Discovered | None = None
    refused: str | None = None


_TASK = TypeAdapter(ImportTask)
_ANSWER = TypeAdapter(ReadAnswer)


def encode_task(task: ImportTask) -> bytes:
    """Return the JSON of a task."""
    return _TASK.dump_json(task)


def parse_task(raw: bytes) -> ImportTask:
    """Return the task in `raw`."""
    return _TASK.validate_json(raw)


def encode_answer(answer: ReadAnswer) -> bytes:
    """Return the JSON of an answer. Text that is not Unicode, such as half of a surrogate pair, is replaced."""
    return json_text(_ANSWER.dump_python(answer)).encode("utf-8", "replace")


def parse_answer(raw: bytes) -> ReadAnswer:
    """Return the answer in `raw`. Raises ValueError."""
    return _ANSWER.validate_json(raw)
