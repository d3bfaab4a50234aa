"""Options of `bin/dashboard run`: what they mean, and what is refused before the load starts."""

import os
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from dashboard.terminal import run_commands
from dashboard.terminal.common_options import CALLER_FOLDER
from dashboard.terminal.export_files import ALL_EXPORTS, export_options, pop_export_files
from dashboard.terminal.run_commands import run


@pytest.fixture(autouse=True)
def no_run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A command that would start a run ends with code 0. Its files are relative to the folder of the test."""
    monkeypatch.setattr(run_commands, "run_on_backend", lambda *_, **__: None)
    monkeypatch.setenv(CALLER_FOLDER, str(tmp_path))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["stress", "--ramp-duration", "3s"], "--ramp-duration does not change stress"),
        (["smoke", "--rate", "5"], "--rate does not change smoke. Its options are --vus, --duration."),
        (["custom", "--duration", "5s"], "--duration does not change custom"),
        (["soak", "--stages", "5s:1"], "--stages does not change soak"),
        (["smoke", "--meta", "commit"], '"commit" must have the form KEY=VALUE, for example commit=4f2a9c1'),
        (["smoke", "--meta", f"a={'x' * 513}"], "a value 512"),
        (["smoke", "--meta", "a=\x1b[31m"], "must not contain control characters"),
        (["smoke", *(f"--meta=k{n}=v" for n in range(33))], "at most 32 keys"),
        (["smoke", "--label", "x" * 201], "must have at most 200 characters"),
        (["smoke", "--environment", "x" * 129], "must have at most 128 characters"),
        (["smoke", "--apdex", "0"], "--apdex"),
        (["smoke", "--junit", "no/such/folder/j.xml"], "cannot be written"),
        (["smoke", "--report", "."], "cannot be written"),
    ],
)
def test_a_wrong_option_is_a_usage_error(arguments: list[str], message: str) -> None:
    result = CliRunner().invoke(run, arguments)
    assert result.exit_code == 2
    assert message in " ".join(result.output.split())


@pytest.mark.parametrize(
    "arguments",
    [
        ["smoke", "--duration", "5s", "--vus", "3"],
        ["ramp", "--ramp-duration", "3s"],
        ["arrival", "--rate", "5"],
        ["custom", "--stages", "5s:1"],
        ["smoke", "--meta", "commit=a=b", "--meta", "empty="],
        ["soak", "--steerable", "--environment", "stage", "--apdex", "250.5"],
    ],
)
def test_a_valid_option_is_accepted(arguments: list[str]) -> None:
    result = CliRunner().invoke(run, arguments)
    assert (result.exit_code, result.output) == (0, "")


def files_of(*arguments: str) -> list[tuple[str, str]]:
    """Return the exports that the arguments request, with the path below the folder of the caller."""
    found: list[Any] = []

    @click.command()
    @export_options
    def command(**options: Any) -> None:
        found.extend(pop_export_files(options))

    result = CliRunner().invoke(command, arguments)
    assert result.exit_code == 0, result.output
    return [(name, os.path.relpath(path, os.environ[CALLER_FOLDER])) for name, path in found]


@pytest.mark.parametrize(
    ("arguments", "files"),
    [
        ([], []),
        (["--junit", "j.xml"], [("junit.xml", "j.xml")]),
        (["--csv", "a.csv", "--markdown", "b.md"], [("summary.md", "b.md"), ("snapshots.csv", "a.csv")]),
        (["--summary", "s.json"], [("summary.json", "s.json")]),
        (["--report", "r.html"], [("report.html", "r.html")]),
        (["--out", "all/of/it"], [(name, f"all/of/it/{name}") for name in ALL_EXPORTS]),
        (
            ["--out", ".", "--junit", "j.xml"],
            [*((name, name) for name in ALL_EXPORTS), ("junit.xml", "j.xml")],
        ),
    ],
)
def test_exports_go_to_files_in_the_folder_of_the_caller(
    arguments: list[str], files: list[tuple[str, str]]
) -> None:
    assert files_of(*arguments) == files
