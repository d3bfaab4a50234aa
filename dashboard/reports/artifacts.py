"""artifacts.zip: every export of a run in one file, with its console log and endpoints file. Secrets are masked."""

import zipfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import IO

from dashboard.model.json_text import json_text
from dashboard.reports.exports import TEXT_EXPORTS, encoded
from dashboard.reports.source import ReportSource
from dashboard.run_folder.files import RunFolder
from dashboard.store.store import Store
from dashboard.transfer.masking import mask_console, mask_endpoints
from dashboard.transfer.run_export import CONSOLE, ENDPOINTS, export_chunks, export_name
from dashboard.transfer.spooled import spool


def artifacts_of(
    source: ReportSource, store: Store, folder: RunFolder, report: str | None
) -> Iterator[bytes]:
    """Return the archive in chunks. `report` is the HTML report, or None if the page is not built."""

    def write(file: IO[bytes]) -> None:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            _add_all(archive, source, store, folder, report)

    return spool(store, source.run.run_id, write)


def _add_all(
    archive: zipfile.ZipFile,
    source: ReportSource,
    store: Store,
    folder: RunFolder,
    report: str | None,
) -> None:
    run = source.run
    if report is not None:
        _add(archive, source, "report.html", encoded([report]))
    for name, parts_of in TEXT_EXPORTS.items():
        _add(archive, source, name, encoded(parts_of(source, store)))
    _add(archive, source, "run.json", encoded([json_text(source.description)]))
    if run.status.has_ended:
        _add(archive, source, export_name(run.run_id), export_chunks(store, run, folder))
    _add_file(archive, source, folder.path / CONSOLE, mask_console)
    _add_file(archive, source, folder.path / ENDPOINTS, lambda file: [mask_endpoints(file.read())])


def _open(archive: zipfile.ZipFile, source: ReportSource, name: str) -> IO[bytes]:
    entry = zipfile.ZipInfo(name, source.run.created_at.timetuple()[:6])
    entry.compress_type = zipfile.ZIP_STORED if name.endswith(".gz") else zipfile.ZIP_DEFLATED
    entry.external_attr = 0o644 << 16
    return archive.open(entry, "w")


def _add(archive: zipfile.ZipFile, source: ReportSource, name: str, parts: Iterable[bytes]) -> None:
    with _open(archive, source, name) as entry:
        for part in parts:
            entry.write(part)


def _add_file(
    archive: zipfile.ZipFile, source: ReportSource, path: Path, mask: Callable[[IO[bytes]], Iterable[bytes]]
) -> None:
    """Add the parts that `mask` returns for the file at `path`, if it exists."""
    try:
        file = path.open("rb")
    except FileNotFoundError:
        return
    with file, _open(archive, source, path.name) as entry:
        for part in mask(file):
            entry.write(part)
