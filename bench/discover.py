"""Imports public OpenAPI documents and sends the requests to a mock server that validates them against the document."""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.context import BenchContext
from bench.import_cost import measure_import_cost
from bench.server import BenchError
from bench.table import Row
from dashboard.discovery.discovered import ImportOptions, UnreadableDocument
from dashboard.discovery.formats import read_document
from dashboard.discovery.openapi.reader import FORMAT
from dashboard.settings import ROOT
from tests.support.mocked_import import MockedImport, send_import
from tests.support.prism import Prism, PrismError, prism_script

CORPUS = ROOT.parent / "shared" / "corpus"
MIN_ACCEPTED_PERCENT = 95.0
MAX_LISTED = 12
MAX_REASON = 160
_REMOTE = re.compile(rb"\$ref[\"']?\s*:\s*[\"']?(https?://[^\s\"']+)")


def measure_discover(bench: BenchContext) -> list[Row]:
    """Measure the cost of an import, and the share of requests that are accepted, per document and in total."""
    return [*measure_import_cost(bench), *_measure_accepted(bench)]


def _measure_accepted(bench: BenchContext) -> list[Row]:
    if not CORPUS.is_dir():
        bench.log(f"not measured, because the documents are missing: {CORPUS}")
        return []
    tools = prism_script()
    if tools is None:
        raise BenchError("Prism is missing: run bin/bench discover without --no-setup, which installs it")
    rows, sent, accepted = [], 0, 0
    for path in _documents():
        try:
            result = check_document(path, bench.folder, *tools)
        except (UnreadableDocument, PrismError) as error:
            bench.log(f"{path.name}: {type(error).__name__}: {' '.join(str(error).split())[:300]}")
            continue
        judged = result.accepted + len(result.rejected)
        rows.append(_row(path.name, judged, result.accepted))
        sent, accepted = sent + judged, accepted + result.accepted
        if result.unanswered:
            bench.log(f"{path.name}: {result.unanswered} requests without a response that Prism can send")
        for line in grouped_reasons(result):
            bench.log(f"{path.name}: {line}")
    total = _row("all documents", sent, accepted)
    return [*rows, Row(**{**_fields(total), "at_least": MIN_ACCEPTED_PERCENT})]


def _documents() -> Iterator[Path]:
    for path in sorted(CORPUS.iterdir()):
        if path.name.startswith(("openapi-", "swagger-", "invalid-")) and path.suffix in (".json", ".yaml"):
            yield path


def check_document(path: Path, folder: Path, node: str, script: Path) -> MockedImport:
    """Import a document and send its requests. Raises UnreadableDocument and PrismError."""
    raw = path.read_bytes()
    discovered = read_document(raw, ImportOptions(), FORMAT)
    if address := _REMOTE.search(raw):
        raise PrismError(f"not sent, because Prism would fetch {address[1].decode()}")
    with Prism(node, script, path, folder / "prism.log") as prism:
        return send_import(discovered, prism)


def grouped_reasons(result: MockedImport) -> list[str]:
    """Return the reasons with their counts and one of the requests each, most frequent first."""
    counts = Counter(reason[:MAX_REASON] for reasons in result.rejected.values() for reason in reasons[:1])
    example = {reasons[0][:MAX_REASON]: key for key, reasons in reversed(result.rejected.items())}
    return [f"{count} × {reason} ({example[reason]})" for reason, count in counts.most_common(MAX_LISTED)]


def _row(name: str, sent: int, accepted: int) -> Row:
    percent = 100 * accepted / sent if sent else 100.0
    return Row(name=f"accepted: {name}", value=percent, unit="%", detail=f"{accepted} of {sent} requests")


def _fields(row: Row) -> dict[str, Any]:
    return {"name": row.name, "value": row.value, "unit": row.unit, "detail": row.detail}
