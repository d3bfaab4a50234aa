"""The JSON files of a run folder: validated when read, complete when written."""

import json
from pathlib import Path

import pytest

from dashboard.run_folder.files import (
    ConsoleFile,
    ExitFile,
    PidFile,
    RunFile,
    RunFolder,
    SecretsFile,
    StopFile,
    iso,
)
from dashboard.run_folder.validation import NewerFormat, UnreadableFile

RUN = RunFile("id", ("/k6", "run"), {"A": "b"}, "/cwd", "bearer", 30.0, 150.0, 25.0, 1 << 26)
PID = PidFile(7, 123, "boot", 7, 6565, 20_000, iso(0), 0, 1, 1.5)


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    return RunFolder(tmp_path)


def test_written_files_are_read_back(folder: RunFolder) -> None:
    for value in (RUN, PID, SecretsFile({"TOKEN": "ä=\n"}), StopFile("then", "asked")):
        folder.write(value)  # type: ignore[type-var]
        assert folder.read(type(value)) == value  # type: ignore[type-var]


def test_a_missing_file_is_read_as_none(folder: RunFolder) -> None:
    assert folder.read(ExitFile) is None


def test_files_hold_their_format_and_only_the_owner_can_read_them(folder: RunFolder) -> None:
    folder.write(ConsoleFile(12))
    path = folder.path_of(ConsoleFile)
    assert json.loads(path.read_text()) == {"format": 1, "dropped_bytes": 12}
    assert path.stat().st_mode & 0o777 == 0o600


def test_writing_leaves_no_other_file_behind(folder: RunFolder) -> None:
    folder.write(PID)
    folder.write(PID)
    assert [path.name for path in folder.path.iterdir()] == ["pid.json"]


def test_a_failed_write_keeps_the_old_file_and_leaves_no_other_file_behind(folder: RunFolder) -> None:
    folder.write(SecretsFile({"A": "b"}))
    with pytest.raises(UnicodeEncodeError):
        folder.write(SecretsFile({"A": "\ud800"}))
    assert [path.name for path in folder.path.iterdir()] == ["secrets.json"]
    assert folder.read(SecretsFile) == SecretsFile({"A": "b"})


def test_unknown_keys_are_ignored(folder: RunFolder) -> None:
    folder.path_of(ConsoleFile).write_text('{"format": 1, "dropped_bytes": 3, "color": "red"}')
    assert folder.read(ConsoleFile) == ConsoleFile(3)


def test_an_integer_is_accepted_for_seconds(folder: RunFolder) -> None:
    folder.write(RUN)
    path = folder.path_of(RunFile)
    path.write_text(json.dumps({**json.loads(path.read_text()), "deadline_s": 150}))
    assert folder.read(RunFile) == RUN


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{", "console.json is not JSON"),
        ("[]", "console.json is not a JSON object"),
        ('{"dropped_bytes": 3}', 'console.json has no "format"'),
        ('{"format": 1}', 'console.json has no "dropped_bytes"'),
        ('{"format": 1, "dropped_bytes": "3"}', 'console.json: "dropped_bytes" has the wrong type'),
        ('{"format": 1, "dropped_bytes": true}', 'console.json: "dropped_bytes" has the wrong type'),
    ],
)
def test_the_error_for_an_invalid_file_gives_the_reason(folder: RunFolder, text: str, reason: str) -> None:
    folder.path_of(ConsoleFile).write_text(text)
    with pytest.raises(UnreadableFile, match=reason):
        folder.read(ConsoleFile)


def test_a_newer_format_has_its_own_error(folder: RunFolder) -> None:
    folder.path_of(ConsoleFile).write_text('{"format": 2}')
    with pytest.raises(NewerFormat, match="format 2; this program reads formats up to 1"):
        folder.read(ConsoleFile)


def test_nested_types_are_validated(folder: RunFolder) -> None:
    folder.path_of(SecretsFile).write_text('{"format": 1, "secrets": {"A": 1}}')
    with pytest.raises(UnreadableFile, match="wrong type"):
        folder.read(SecretsFile)


def test_only_one_process_holds_the_lock(folder: RunFolder) -> None:
    assert folder.lock() is not None
    assert folder.lock() is None


def test_times_are_utc_with_milliseconds() -> None:
    assert iso(1_795_256_698_007) == "2026-11-21T10:24:58.007Z"
