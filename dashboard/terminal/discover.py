"""`bin/dashboard discover`: reads a file, or scans a service, and prints the requests that were found."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from dashboard.access.reach import is_reachable_from_outside
from dashboard.discovery.discovered import Candidate, Discovered, ImportOptions, Remark, UnreadableDocument
from dashboard.discovery.process import DocumentImporter
from dashboard.model.errors import DashboardError, InvalidRequest
from dashboard.model.json_text import json_text
from dashboard.runs.start.target_gate import TargetGate
from dashboard.terminal.console import open_console
from dashboard.terminal.output import echo

if TYPE_CHECKING:
    from dashboard.scan.scan import Scan, ScanResult
    from dashboard.settings import Settings

FOUND, NOTHING, USAGE = 0, 1, 2
_STYLES = {"problem": "red", "guess": "yellow", "note": "dim"}


def discover_and_report(
    source: str, settings: "Settings", options: ImportOptions, *, format_name: str | None, as_json: bool
) -> int:
    """Print what a file or a service contains, and return the exit code. Progress and errors go to stderr."""
    console = open_console(stderr=True)
    try:
        if "://" in source:
            found = _scan(source, settings, console)
        else:
            found = DocumentImporter().read_file(_existing(source), options, format_name)
    except InvalidRequest as error:
        console.print(f"bin/dashboard: {error.detail}", style="red")
        return USAGE
    except (UnreadableDocument, DashboardError) as error:
        console.print(f"bin/dashboard: {error}", style="red")
        return NOTHING
    if found is None:
        return NOTHING
    if as_json:
        echo(_json_of(found))
    else:
        print_found(found, open_console())
    return FOUND


def print_found(found: Discovered, out: Console) -> None:
    """Print the requests, what was guessed, and what was left out."""
    title = f"{found.title} ({found.format})" if found.title else found.format
    out.print(Text(title, style="bold"))
    for line in _about(found):
        out.print(line)
    for candidate in found.candidates:
        out.print(_line_of(candidate))
        for remark in candidate.remarks:
            out.print(_remark_line(remark, indent=6))
    for one in found.left_out:
        times = f" ({one.count} times)" if one.count > 1 else ""
        out.print(Text(f"  left out: {one.name}{times}: {one.reason}", style="dim"))
    out.print(_summary(found))


def _existing(source: str) -> Path:
    path = Path(source)
    if not path.is_file():
        raise InvalidRequest.field(
            "SOURCE",
            f"there is no file {source}. Enter a file, or an address that starts with http:// or https://",
        )
    return path


def _scan(url: str, settings: "Settings", console: Console) -> Discovered | None:
    scan = _make_scan(url, settings)
    for attempt in scan.attempts():
        status = "–" if attempt.status is None else str(attempt.status)
        console.print(f"{status:>4}  {attempt.duration_ms:>7.0f} ms  {attempt.url}  {attempt.outcome}")
    result: ScanResult = scan.result()
    if result.message:
        console.print(f"bin/dashboard: {result.message}", style="red")
    return result.found


def _make_scan(url: str, settings: "Settings") -> "Scan":
    from dashboard.outbound.addresses import AddressGuard
    from dashboard.scan.scan import scan_of
    from dashboard.scan.target import scan_target

    target = scan_target(url)
    gate = TargetGate(allowed=settings.allowed_targets, own_names=settings.dashboard_names)
    gate.check_url("url", target)
    guard = AddressGuard(refuses_loopback=is_reachable_from_outside(settings))
    return scan_of(target, gate.check_url, guard, DocumentImporter().read_bytes)


def _about(found: Discovered) -> Iterator[Text]:
    if found.base_urls:
        yield Text(f"  base URL: {', '.join(found.base_urls)}")
    if found.auth and found.auth.mode != "none":
        yield Text(f"  authentication: {found.auth.mode}")
    for value in found.requested_values:
        secret = " (secret)" if value.is_secret else ""
        yield Text(f"  needs {value.name}{secret}: {value.reason}", style="yellow")
    if found.load:
        yield Text(f"  load: {found.load.reason}")
    for remark in found.remarks:
        yield _remark_line(remark, indent=2)


def _line_of(candidate: Candidate) -> Text:
    endpoint = candidate.endpoint
    method = endpoint.get("method") or ("POST" if endpoint.get("type") == "graphql" else "GET")
    mark, style = ("✓", "green") if candidate.is_selected else ("–", "dim")
    deprecated = "  deprecated" if candidate.is_deprecated else ""
    line = Text(f"  {mark} ", style=style)
    return line.append(
        f"{method:<7} {endpoint['path']}  {endpoint['name']}  [{endpoint['group']}]{deprecated}"
    )


def _remark_line(remark: Remark, indent: int) -> Text:
    return Text(f"{' ' * indent}{remark.kind}: {remark.message}", style=_STYLES[remark.kind])


def _summary(found: Discovered) -> str:
    kinds = Counter(remark.kind for one in found.candidates for remark in one.remarks)
    selected = sum(one.is_selected for one in found.candidates)
    parts = [_count(len(found.candidates), "request"), f"{selected} selected"]
    parts += [_count(kinds[kind], kind) for kind in ("problem", "guess") if kinds[kind]]
    return ", ".join(parts)


def _count(number: int, noun: str) -> str:
    plural = {"guess": "guesses"}.get(noun, f"{noun}s")
    return f"{number} {noun if number == 1 else plural}"


def _json_of(found: Discovered) -> str:
    from pydantic import TypeAdapter

    return json_text(TypeAdapter(Discovered).dump_python(found))
