"""Uploads of data files: accepted and rejected files, replacement, and the rows that a run keeps."""

import io
import json
from pathlib import Path

import pytest

from dashboard.data_files.files import DataFile, DataFiles
from dashboard.data_files.rows import MAX_COLUMNS
from dashboard.model.errors import Conflict, InvalidRequest, NotFound, Unavailable

NOW = "2026-11-21T10:00:00.000Z"
CITIES_CSV = "id,stadt\n1,Köln\n2,Zürich\n"
CITY_ROWS = [["1", "Köln"], ["2", "Zürich"]]


@pytest.fixture
def files(tmp_path: Path) -> DataFiles:
    return DataFiles(tmp_path / "files", 0)


def upload(files: DataFiles, content: str | bytes, name: str = "users", **more: object) -> DataFile:
    raw = content.encode() if isinstance(content, str) else content
    options = {"encoding": None, "delimiter": None, "replace": False, "now": NOW} | more
    with files.incoming(len(raw)) as folder:
        received = folder / "received-0"
        received.write_bytes(raw)
        return files.add(name, received, **options)  # type: ignore[arg-type]


def rows_in(folder: Path, file: DataFile) -> list[list[str]]:
    parts = sorted((folder / file.content).glob("rows-*.jsonl"))
    return [json.loads(line) for part in parts for line in part.read_text().split("\n")]


@pytest.mark.parametrize(
    ("raw", "encoding"),
    [
        (CITIES_CSV.encode(), "utf-8"),
        (CITIES_CSV.encode("utf-8-sig"), "utf-8-bom"),
        (CITIES_CSV.encode("utf-16"), "utf-16"),
        (b"\xfe\xff" + CITIES_CSV.encode("utf-16-be"), "utf-16"),
        (CITIES_CSV.encode("utf-16-le"), "utf-16le"),
        (CITIES_CSV.encode("utf-16-be"), "utf-16be"),
        (CITIES_CSV.encode("cp1252"), "windows-1252"),
        (CITIES_CSV.encode("latin-1") + b"3,\x81\n", "latin-1"),
    ],
)
def test_the_encoding_is_detected(files: DataFiles, tmp_path: Path, raw: bytes, encoding: str) -> None:
    file = upload(files, raw)
    assert (file.encoding, file.columns) == (encoding, ("id", "stadt"))
    assert rows_in(tmp_path / "files", file)[:2] == CITY_ROWS


def test_a_given_encoding_is_used(files: DataFiles) -> None:
    assert upload(files, "id,stadt\n1,Köln\n", encoding="latin-1").preview == (("1", "KÃ¶ln"),)


def test_a_character_late_in_the_file_decides_the_encoding(files: DataFiles) -> None:
    file = upload(files, "a,b\n" + "1,2\n" * 600_000 + "3,Ä\n", name="late")
    assert (file.encoding, file.rows) == ("utf-8", 600_001)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_detected(files: DataFiles, delimiter: str) -> None:
    text = "\n".join(delimiter.join(row) for row in (["id", "note"], ["1", "a"], ["2", "b"]))
    file = upload(files, text)
    assert (file.delimiter, file.columns, file.rows) == (delimiter, ("id", "note"), 2)


def test_delimiters_within_values_are_ignored_by_the_detection(files: DataFiles) -> None:
    file = upload(files, 'id;note\n1;"a, b, c"\n2;d, e\n')
    assert (file.delimiter, file.preview) == (";", (("1", "a, b, c"), ("2", "d, e")))


def test_a_given_delimiter_is_used(files: DataFiles) -> None:
    assert upload(files, "a,b;c\n1,2;3\n", delimiter=";").columns == ("a,b", "c")


UNUSUAL_VALUES = [
    'say "hi"',
    "two\nlines",
    "two\r\nlines",
    "a\rb",
    "comma, semi; pipe|",
    " spaces ",
    "=1+1",
    "",
    "😀",
    "\ufeff",
    "\\n",
]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"], ids=["LF", "CRLF", "CR"])
def test_unusual_values_stay_unchanged(files: DataFiles, tmp_path: Path, end: str) -> None:
    quoted = ['"' + value.replace('"', '""') + '"' for value in UNUSUAL_VALUES]
    file = upload(files, end.join(["n,value", *(f"{n},{text}" for n, text in enumerate(quoted))]))
    assert rows_in(tmp_path / "files", file) == [[str(n), value] for n, value in enumerate(UNUSUAL_VALUES)]


def test_empty_lines_are_skipped_and_an_empty_value_is_kept(files: DataFiles) -> None:
    assert upload(files, 'id\n\n1\n""\n\n').preview == (("1",), ("",))


def test_column_names_are_trimmed(files: DataFiles) -> None:
    assert upload(files, "id, search term \n1,2\n").columns == ("id", "search term")


@pytest.mark.parametrize(
    ("raw", "messages"),
    [
        (b"", ["is empty"]),
        (b"\n\n", ["is empty"]),
        (b"id,q\n", ["no rows"]),
        (b"id,q\n1\n2,a\n3,b,c\n", ["line 2: has 1 value, but the header has 2", "line 4: has 3 values"]),
        (b'id,q\n1,"a\nb"\n2\n', ["line 4: has 1 value, but the header has 2"]),
        (b"id,id\n1,2\n", ['line 1: two columns are named "id"']),
        (b"id, id\n1,2\n", ['line 1: two columns are named "id"']),
        (b"id,,q\n1,2,3\n", ["line 1: column 2 has no name"]),
        (b"id,a}b\n1,2\n", ["line 1: the name of column 2"]),
        (b"id,q\n1,a\n2,b\x00\n", ["line 3: contains a NUL"]),
        (b'id,q\n1,a\n2,"b\n3,c\n', ["line 3: a quote that opens in this row is never closed"]),
        (b'id,q\n1,"a"b\n', ['line 2: a closing quote must be followed by ","']),
        (b'id,q\n1,"' + b"a" * 200_000 + b'"\n', ["line 2: a value is longer than 131,072 characters"]),
        (b'id,q\n1,"' + b'\n","' * 500_000, ["the row is longer than 1,048,576 characters"]),
        (b"id," + b"a," * 600_000, ["line 1: the row is longer"]),
        (",".join(f"c{n}" for n in range(MAX_COLUMNS + 1)).encode(), ["has 1001 columns"]),
        (b"a\x00\x00b" * 100, ["line 1: contains a NUL"]),
    ],
)  # fmt: skip
def test_problems_are_reported_with_their_lines(files: DataFiles, raw: bytes, messages: list[str]) -> None:
    with pytest.raises(InvalidRequest) as caught:
        upload(files, raw)
    assert len(caught.value.errors) == len(messages)
    for error, part in zip(caught.value.errors, messages, strict=True):
        assert error.field == "file"
        assert part in error.message
    assert files.list() == []


@pytest.mark.parametrize(
    ("raw", "encoding", "line"),
    [
        (b"a\n1\n\xff\n", "utf-8", 3),
        (b"a\n\x81\n", "windows-1252", 2),
        (b"a\n1\n\xc3", "utf-8", 3),
        (b"a\n1\n", "utf-16", 1),
    ],
)
def test_an_invalid_encoding_is_reported_with_its_line(
    files: DataFiles, raw: bytes, encoding: str, line: int
) -> None:
    with pytest.raises(InvalidRequest, match=f"line {line}: is not {encoding}"):
        upload(files, raw, encoding=encoding)


def test_only_the_first_rows_of_wrong_width_are_reported(files: DataFiles) -> None:
    with pytest.raises(InvalidRequest) as caught:
        upload(files, "a,b\n" + "1\n" * 1_000)
    assert len(caught.value.errors) == 10


@pytest.mark.parametrize("name", ["", "../users", "a/b", ".hidden", "1st", "a b", "ä", "x" * 65, "con.txt"])
def test_a_name_cannot_be_a_path(files: DataFiles, tmp_path: Path, name: str) -> None:
    with pytest.raises(InvalidRequest):
        upload(files, CITIES_CSV, name=name)
    with pytest.raises(NotFound):
        files.get(name)
    assert list((tmp_path / "files").iterdir()) == []


def test_an_existing_name_is_rejected_without_replace(files: DataFiles, tmp_path: Path) -> None:
    upload(files, CITIES_CSV)
    with pytest.raises(Conflict):
        upload(files, "x\n1\n")
    replaced = upload(files, "x\n1\n", replace=True)
    assert files.get("users") == replaced
    assert sorted(path.suffix for path in (tmp_path / "files").iterdir()) == [".content", ".json"]


def test_a_rejected_replacement_changes_nothing(files: DataFiles, tmp_path: Path) -> None:
    before = upload(files, CITIES_CSV)
    with pytest.raises(InvalidRequest):
        upload(files, "a,b\n1\n", replace=True)
    assert files.get("users") == before
    assert rows_in(tmp_path / "files", before) == CITY_ROWS


def test_a_run_keeps_its_rows_after_a_replacement(files: DataFiles, tmp_path: Path) -> None:
    linked = upload(files, CITIES_CSV)
    files.link_rows(["users"], tmp_path / "run")
    upload(files, "x\n1\n", replace=True)
    files.remove("users")
    description = json.loads((tmp_path / "run" / "users.json").read_text())
    assert description["columns"] == ["id", "stadt"]
    assert rows_in(tmp_path / "run", linked) == CITY_ROWS


def test_the_original_bytes_are_kept(files: DataFiles) -> None:
    raw = "id;q\r\n1;ä\r\n".encode("utf-16")
    file = upload(files, raw)
    with files.original("users") as (_, path):
        assert (path.read_bytes(), file.size_bytes) == (raw, len(raw))


def test_files_are_readable_by_their_owner_only(files: DataFiles, tmp_path: Path) -> None:
    file = upload(files, CITIES_CSV)
    content = tmp_path / "files" / file.content
    modes = {path.name: path.stat().st_mode & 0o777 for path in [content, *content.iterdir()]}
    assert modes == {content.name: 0o700, "original": 0o600, "rows-0000.jsonl": 0o600}
    assert (tmp_path / "files" / "users.json").stat().st_mode & 0o777 == 0o600


def test_leftovers_of_unfinished_uploads_are_deleted(files: DataFiles, tmp_path: Path) -> None:
    file = upload(files, CITIES_CSV)
    folder = tmp_path / "files"
    (folder / "0011223344556677.incoming").mkdir()
    (folder / "0011223344556688.content").mkdir()
    DataFiles(folder, 0)
    assert sorted(path.name for path in folder.iterdir()) == sorted(["users.json", file.content])


def test_an_upload_keeps_the_minimum_of_free_disk_space(tmp_path: Path) -> None:
    files = DataFiles(tmp_path / "files", 1 << 60)
    with pytest.raises(Unavailable, match="MIN_FREE_DISK"), files.incoming(1):
        pytest.fail("the upload was accepted")


def test_large_files_are_split_into_parts(files: DataFiles, tmp_path: Path) -> None:
    text = io.StringIO()
    text.write("id,note\n")
    for number in range(50_000):
        text.write(f"{number},{'x' * 100}\n")
    file = upload(files, text.getvalue())
    assert (len(file.parts), sum(file.parts), file.rows) == (2, 50_000, 50_000)
    assert [row[0] for row in rows_in(tmp_path / "files", file)] == [str(n) for n in range(50_000)]
