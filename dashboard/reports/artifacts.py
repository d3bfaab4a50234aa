"""artifacts.zip: every export of a run in one file, with its log and the endpoints as they were. No secrets."""

import shutil
import zipfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import IO

from dashboard.model.json_text import json_text
from dashboard.reports.badge import badge_of
from dashboard.reports.csv_text import operation_rows, snapshot_rows
from dashboard.reports.junit import junit_of
from dashboard.reports.markdown import markdown_of
from dashboard.transfer.masking import masked_endpoints
from dashboard.reports.subject import Subject
from dashboard.reports.summary import summary_of
from dashboard.run_folder.files import RunFolder
from dashboard.store.store import Store
from dashboard.transfer.run_export import CONSOLE, ENDPOINTS, export_name, exported
from dashboard.transfer.spooled import spooled


def artifacts_of(subject: Subject, store: Store, folder: RunFolder, report: str | None) -> Iterator[bytes]:
    """The archive. `report` is the HTML report; None where the page is not built."""

    def write(file: IO[bytes]) -> None:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            _fill(archive, subject, store, folder, report)

    return spooled(store, subject.run.run_id, write)


def _fill(
    archive: zipfile.ZipFile,
    subject: Subject,
    store: Store,
    folder: RunFolder,
    report: str | None,
) -> None:
    run = subject.run
    texts: dict[str, Iterable[str]] = {
        "summary.json": [summary_of(subject).model_dump_json(indent=2)],
        "summary.md": [markdown_of(subject)],
        "junit.xml": [junit_of(subject)],
        "badge.svg": [badge_of(subject)],
        "snapshots.csv": snapshot_rows(store, run.run_id),
        "operations.csv": operation_rows(subject.ops),
        "run.json": [json_text(subject.whole)],
    }
    if report is not None:
        texts = {"report.html": [report], **texts}
    for name, parts in texts.items():
        _put(archive, subject, name, (part.encode("utf-8", "replace") for part in parts))
    if run.status.has_ended:
        _put(archive, subject, export_name(run.run_id), exported(store, run, folder))
    _put_file(archive, subject, folder.path / CONSOLE, None)
    _put_file(archive, subject, folder.path / ENDPOINTS, masked_endpoints)


def _open(archive: zipfile.ZipFile, subject: Subject, name: str) -> IO[bytes]:
    entry = zipfile.ZipInfo(name, subject.run.created_at.timetuple()[:6])
    entry.compress_type = zipfile.ZIP_STORED if name.endswith(".gz") else zipfile.ZIP_DEFLATED
    entry.external_attr = 0o644 << 16
    return archive.open(entry, "w")


def _put(archive: zipfile.ZipFile, subject: Subject, name: str, parts: Iterable[bytes]) -> None:
    with _open(archive, subject, name) as out:
        for part in parts:
            out.write(part)


def _put_file(
    archive: zipfile.ZipFile, subject: Subject, path: Path, change: Callable[[bytes], bytes] | None
) -> None:
    try:
        source = path.open("rb")
    except FileNotFoundError:
        return
    with source, _open(archive, subject, path.name) as out:
        if change is None:
            shutil.copyfileobj(source, out)
        else:
            out.write(change(source.read()))
