"""The files that a command writes when its run has ended: `--junit FILE` and others, or all of them in `--out DIR`."""

import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dashboard.terminal.common_options import FilePath

if TYPE_CHECKING:
    from rich.console import Console

    from dashboard.terminal.backends import Backend

ExportFiles = Sequence[tuple[str, Path]]  # the names of exports and the files to write
SUMMARY, REPORT = "summary.json", "report.html"
OPTIONS = {
    "junit": ("junit.xml", "Write the outcome and the limits as JUnit test results."),
    "markdown": ("summary.md", "Write a summary as Markdown, for a comment on a pull request."),
    "summary": (SUMMARY, "Write the versioned summary, the same JSON as --json."),
    "report": (REPORT, "Write the HTML report."),
    "csv": ("snapshots.csv", "Write the figures over time as CSV."),
}
ALL_EXPORTS = (REPORT, SUMMARY, "summary.md", "junit.xml", "snapshots.csv", "operations.csv", "badge.svg")


def _check_file(_context: object, _option: object, path: Path | None) -> Path | None:
    """Refuse a file that cannot be written. The check runs before the load starts, not after it."""
    if path is not None and (path.is_dir() or not os.access(path if path.exists() else path.parent, os.W_OK)):
        raise click.BadParameter(f"{path} cannot be written. Choose a file in a folder that exists.")
    return path


def _make_folder(_context: object, _option: object, path: Path | None) -> Path | None:
    try:
        if path is not None:
            path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise click.BadParameter(f"{path} cannot be created: {error.strerror}") from None
    return path


def export_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options of all exports to a command."""
    out = click.option(
        "--out",
        type=FilePath(),
        metavar="DIR",
        callback=_make_folder,
        help="Write all of these files, the figures of operations as CSV, and the badge into a folder.",
    )
    command = out(command)
    for name, (_, help_text) in reversed(OPTIONS.items()):
        option = click.option(
            f"--{name}", type=FilePath(), metavar="FILE", callback=_check_file, help=help_text
        )
        command = option(command)
    return command


def pop_export_files(options: dict[str, Any]) -> ExportFiles:
    """Remove the export options from `options`, and return the files to write."""
    folder: Path | None = options.pop("out")
    files = [(name, folder / name) for name in ALL_EXPORTS] if folder else []
    chosen = ((name, options.pop(option)) for option, (name, _) in OPTIONS.items())
    return [*files, *((name, path) for name, path in chosen if path)]


def write_exports(backend: "Backend", run_id: str, files: ExportFiles, console: "Console") -> bool:
    """Write the files, and print those that cannot be written. Returns whether all are written."""
    from dashboard.model.errors import DashboardError

    failures = []
    for name, path in files:
        try:
            path.write_bytes(backend.read_export(run_id, name))
        except DashboardError as error:
            failures.append(f"{path}: {error.detail}")
        except OSError as error:
            failures.append(f"{path} cannot be written: {error.strerror or error}")
    for failure in failures:
        console.print(f"bin/dashboard: {failure}", markup=False, style="red")
    return not failures


def read_summary(backend: "Backend", run_id: str) -> dict[str, Any]:
    """Return the versioned summary of a run."""
    summary: dict[str, Any] = json.loads(backend.read_export(run_id, SUMMARY))
    return summary
