"""Following and paging k6's console: no line is lost or repeated."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.engine.logs import LogLine, parse_line
from dashboard.run_folder.files import ConsoleFile, RunFolder
from dashboard.runs.publish import console
from dashboard.runs.publish.console import CHUNK_BYTES, ConsoleTail, read_page, split_lines
from dashboard.runs.publish.failures import failed_exchanges
from tests.exchanges import an_exchange_line


def a_folder(tmp_path: Path, text: str = "") -> RunFolder:
    (tmp_path / "console.log").write_text(text)
    return RunFolder(tmp_path)


def add(folder: RunFolder, text: str) -> None:
    with folder.console_log.open("a") as file:
        file.write(text)


def texts(entries: list[dict[str, object]]) -> list[object]:
    return [entry["message"] for entry in entries]


def test_lines_are_returned_when_complete(tmp_path: Path) -> None:
    folder = a_folder(tmp_path, "one\ntw")
    tail = ConsoleTail(folder)
    assert [line.line.message for line in tail.poll().lines] == ["one"]
    add(folder, "o\nthree")
    assert [line.line.message for line in tail.poll().lines] == ["two"]
    assert [line.line.message for line in tail.poll(ended=True).lines] == ["three"]
    assert tail.poll(ended=True).lines == []


def test_a_missing_file_has_no_lines(tmp_path: Path) -> None:
    assert ConsoleTail(RunFolder(tmp_path)).poll().lines == []


def test_following_continues_after_bytes_were_dropped(tmp_path: Path) -> None:
    folder = a_folder(tmp_path, "old\n")
    tail = ConsoleTail(folder)
    tail.poll()
    folder.write(ConsoleFile(dropped_bytes=4))
    folder.console_log.write_text("new\n")
    [line] = tail.poll().lines
    assert (line.offset, line.line.message) == (4, "new")


def test_forward_pages_cover_every_line_once(tmp_path: Path) -> None:
    folder = a_folder(tmp_path, "".join(f"line {n}\n" for n in range(25)))
    seen: list[object] = []
    after = 0
    while True:
        page = read_page(folder, after=after, before=None, limit=10)
        if not page["entries"]:
            break
        seen += texts(page["entries"])
        after = page["next_after"]
    assert seen == [f"line {n}" for n in range(25)]


def test_backward_pages_cover_every_line_once(tmp_path: Path) -> None:
    folder = a_folder(tmp_path, "".join(f"line {n}\n" for n in range(25)))
    seen: list[object] = []
    before = None
    while True:
        page = read_page(folder, after=None, before=before, limit=10)
        if not page["entries"]:
            break
        seen = texts(page["entries"]) + seen
        before = page["first"]
    assert seen == [f"line {n}" for n in range(25)]


def test_lines_are_filtered_by_level_and_text(tmp_path: Path) -> None:
    folder = a_folder(tmp_path, '{"level":"error","msg":"Boom"}\nboom, quietly\n')
    assert texts(read_page(folder, after=0, before=None, limit=10, level="error")["entries"]) == ["Boom"]
    assert len(read_page(folder, after=0, before=None, limit=10, search="BOOM")["entries"]) == 2
    for level, count in (("info", 2), ("warning", 1)):
        assert len(read_page(folder, after=0, before=None, limit=10, level=level)["entries"]) == count


def test_page_parses_only_the_lines_that_it_returns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A target that does not respond fills the console: masking the secrets in all of its lines takes seconds."""
    folder = a_folder(tmp_path, "".join(f"line {n}\n" for n in range(1_000)))
    parsed = []

    def parse(text: str) -> LogLine:
        parsed.append(text)
        return parse_line(text)

    monkeypatch.setattr(console, "parse_line", parse)
    assert texts(read_page(folder, after=None, before=None, limit=2)["entries"]) == ["line 998", "line 999"]
    assert texts(read_page(folder, after=0, before=None, limit=2)["entries"]) == ["line 0", "line 1"]
    assert len(parsed) == 6


@given(st.binary(max_size=300), st.integers(0, 1000))
def test_lines_of_any_bytes_have_offsets_within_the_data(data: bytes, offset: int) -> None:
    chunk = split_lines(data, offset, is_complete=True)
    assert chunk.used_bytes == len(data)
    for line in chunk.lines:
        assert offset <= line.offset < offset + len(data)


def test_payload_lines_are_not_log_lines(tmp_path: Path) -> None:
    folder = a_folder(tmp_path, "one\n" + an_exchange_line(op="Pay") + "two\n")
    chunk = ConsoleTail(folder).poll()
    assert [line.line.message for line in chunk.lines] == ["one", "two"]
    assert [(at, exchange.op) for at, exchange in failed_exchanges(chunk.payload_lines)] == [(4, "Pay")]
    assert texts(read_page(folder, after=0, before=None, limit=10)["entries"]) == ["one", "two"]


@pytest.mark.parametrize("part", ["eyJvcCI6", "not base64!", "bm8ganNvbg=="])
def test_a_damaged_payload_line_is_ignored(tmp_path: Path, part: str) -> None:
    folder = a_folder(tmp_path, an_exchange_line(payload=part))
    chunk = ConsoleTail(folder).poll()
    assert (chunk.lines, failed_exchanges(chunk.payload_lines)) == ([], [])


def test_the_tail_of_a_truncated_payload_line_is_ignored(tmp_path: Path) -> None:
    folder = a_folder(tmp_path, an_exchange_line()[300:] + "one\n")
    assert [line.line.message for line in ConsoleTail(folder).poll().lines] == ["one"]


def test_lines_are_not_split_at_chunk_ends(tmp_path: Path) -> None:
    line = an_exchange_line()
    times = CHUNK_BYTES // len(line) + 2
    tail = ConsoleTail(a_folder(tmp_path, line * times))
    first, second = tail.poll(), tail.poll()
    assert len(failed_exchanges(first.payload_lines)) + len(failed_exchanges(second.payload_lines)) == times
    assert first.lines == second.lines == []
