"""Rows of data files as the target receives them: which rows, how often, in which order, and unusual values."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from dashboard.data_files.files import DataFiles
from tests.data_files.test_files import UNUSUAL_VALUES, upload
from tests.k6.conftest import K6, K6Run, Recorder

pytestmark = pytest.mark.k6

GET = {"path": "/take", "data_file": "ids", "variables_from_data_file": {"id": "id"}}


@pytest.fixture
def files(tmp_path: Path) -> DataFiles:
    return DataFiles(tmp_path / "files", 0)


def upload_ids(files: DataFiles, count: int) -> None:
    upload(files, "id\n" + "".join(f"{n}\n" for n in range(count)), name="ids")


def run(
    k6: K6, recorder: Recorder, *endpoints: dict[str, Any], load: tuple[str, ...], **more: object
) -> K6Run:
    named = [{"name": f"E{index}", **endpoint} for index, endpoint in enumerate(endpoints)]
    document = k6.write_document({"endpoints": named, **more})
    env = {"BASE_URL": recorder.url, "ENDPOINTS_FILE": document, "DATA_FILES": str(k6.folder / "files")}
    return k6.run(env, *load)


def sent_ids(recorder: Recorder) -> list[int]:
    queries = [parse_qs(urlsplit(request.path).query) for request in recorder.received]
    return [int(query["id"][0]) for query in queries if "id" in query]


def test_mode_vu_selects_the_row_by_user_number(k6: K6, recorder: Recorder, files: DataFiles) -> None:
    upload_ids(files, 5)
    result = run(k6, recorder, GET, load=("--vus", "3", "--duration", "1s"))
    assert result.exit_code == 0
    assert set(sent_ids(recorder)) == {1, 2, 3}


def test_mode_vu_wraps_around(k6: K6, recorder: Recorder, files: DataFiles) -> None:
    upload_ids(files, 2)
    run(k6, recorder, GET, load=("--vus", "3", "--duration", "1s"))
    assert set(sent_ids(recorder)) == {0, 1}


def test_mode_random_selects_all_rows_about_equally_often(
    k6: K6, recorder: Recorder, files: DataFiles
) -> None:
    upload_ids(files, 4)
    run(k6, recorder, {**GET, "data_rows": "random"}, load=("--vus", "5", "--iterations", "400"))
    counts = Counter(sent_ids(recorder))
    assert sum(counts.values()) == 400
    assert all(60 < counts[row] < 145 for row in range(4))  # five standard deviations


def test_mode_order_cycles(k6: K6, recorder: Recorder, files: DataFiles) -> None:
    upload_ids(files, 30)
    run(k6, recorder, {**GET, "data_rows": "order"}, load=("--vus", "1", "--iterations", "75"))
    assert sent_ids(recorder) == [n % 30 for n in range(75)]


def test_mode_order_uses_rows_equally_often_with_many_users(
    k6: K6, recorder: Recorder, files: DataFiles
) -> None:
    upload_ids(files, 30)
    run(k6, recorder, {**GET, "data_rows": "order"}, load=("--vus", "10", "--iterations", "90"))
    assert Counter(sent_ids(recorder)) == dict.fromkeys(range(30), 3)


def test_mode_unique_uses_each_row_once_and_ends_the_run(
    k6: K6, recorder: Recorder, files: DataFiles
) -> None:
    upload_ids(files, 1_000)
    result = run(k6, recorder, {**GET, "data_rows": "unique"}, load=("--vus", "50", "--duration", "60s"))
    assert result.exit_code == 108
    assert "all rows were used" in result.log
    assert sorted(sent_ids(recorder)) == list(range(1_000))
    assert result.summary["metrics"]["http_reqs"]["count"] == 1_000


def test_mode_unique_can_cycle(k6: K6, recorder: Recorder, files: DataFiles) -> None:
    upload_ids(files, 100)
    endpoint = {**GET, "data_rows": "unique", "data_end": "cycle"}
    result = run(k6, recorder, endpoint, load=("--vus", "50", "--iterations", "300"))
    assert result.exit_code == 0
    assert Counter(sent_ids(recorder)) == dict.fromkeys(range(100), 3)


def test_mode_order_can_end_the_run(k6: K6, recorder: Recorder, files: DataFiles) -> None:
    upload_ids(files, 40)
    endpoint = {**GET, "data_rows": "order", "data_end": "stop"}
    result = run(k6, recorder, endpoint, load=("--vus", "1", "--duration", "60s"))
    assert (result.exit_code, sent_ids(recorder)) == (108, list(range(40)))


def test_mode_unique_with_other_requests_uses_rows_at_most_once(
    k6: K6, recorder: Recorder, files: DataFiles
) -> None:
    upload_ids(files, 5_000)
    other = {"path": "/other", "weight": 1}
    run(k6, recorder, {**GET, "data_rows": "unique"}, other, load=("--vus", "20", "--iterations", "800"))
    rows = sent_ids(recorder)
    assert len(rows) > 300
    assert max(Counter(rows).values()) == 1


def test_run_ends_when_every_user_has_used_its_share(k6: K6, recorder: Recorder, files: DataFiles) -> None:
    upload_ids(files, 60)
    other = {"path": "/other", "weight": 1}
    load = ("--vus", "6", "--duration", "60s")
    result = run(k6, recorder, {**GET, "data_rows": "unique"}, other, load=load)
    assert result.exit_code == 108
    assert sorted(sent_ids(recorder)) == list(range(60))


def test_steps_of_an_iteration_share_a_row(k6: K6, recorder: Recorder, files: DataFiles) -> None:
    upload_ids(files, 20)
    scenarios = [{"name": "s", "steps": [{"ref": "E0"}, {"ref": "E1"}]}]
    second = {"path": "/again/${row.id}", "data_file": "ids"}
    first = {**GET, "data_rows": "unique"}
    result = run(k6, recorder, first, second, load=("--vus", "4", "--duration", "60s"), scenarios=scenarios)
    again = [
        int(request.path.rpartition("/")[2])
        for request in recorder.received
        if request.path.startswith("/again")
    ]
    assert result.exit_code == 108
    assert sorted(sent_ids(recorder)) == sorted(again) == list(range(20))


def test_unusual_values_are_sent_byte_for_byte(k6: K6, recorder: Recorder, files: DataFiles) -> None:
    upload(
        files,
        "n,value\n"
        + "".join(f'{n},"{v.replace(chr(34), chr(34) * 2)}"\n' for n, v in enumerate(UNUSUAL_VALUES)),
        name="odd",
    )
    endpoint = {
        "path": "/v/${row.n}",
        "method": "POST",
        "data_file": "odd",
        "data_rows": "unique",
        "variables_from_data_file": {"value": "value"},
    }
    run(k6, recorder, endpoint, load=("--vus", "1", "--duration", "60s"))
    assert [json.loads(request.body)["value"] for request in recorder.received] == UNUSUAL_VALUES


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_values_of_any_encoding_are_sent_as_utf_8(
    k6: K6, recorder: Recorder, files: DataFiles, encoding: str
) -> None:
    upload(files, "stadt;n\r\nKöln €;1\r\n".encode(encoding), name="ids")
    endpoint = {"path": "/${row.stadt}", "headers": {"X-N": "${row.n}"}, "data_file": "ids"}
    run(k6, recorder, endpoint, load=("--vus", "1", "--iterations", "1"))
    received = recorder.received[0]
    assert (unquote(received.path), received.headers["X-N"]) == ("/Köln €", "1")


def test_row_is_used_in_query_path_headers_bodies_and_graphql(
    k6: K6, recorder: Recorder, files: DataFiles
) -> None:
    upload(files, "id,search term\n7,a&b\n", name="ids")
    plain = {"data_file": "ids"}
    run(
        k6,
        recorder,
        {**plain, "path": "/q", "variables_from_data_file": {"q": "search term"}},
        {**plain, "path": "/p/${row.search term}", "headers": {"X-Id": "id ${row.id}"}},
        {**plain, "path": "/j", "method": "POST", "body_template": {"id": "${number(row.id)}", "t": "${row.id}"}},
        {**plain, "path": "/t", "method": "POST", "body_template": "id=${ row.id }"},
        {**plain, "path": "/f", "method": "POST", "form": {"q": "${row.search term}"}},
        {**plain, "path": "/g", "type": "graphql", "query": "{ a }",
         "variables_template": {"n": "${number(row.id)}"}, "variables_from_data_file": {"id": "id"}},
        load=("--vus", "1", "--iterations", "1"),
        scenarios=[{"name": "s", "steps": [{"ref": f"E{n}"} for n in range(6)]}],
    )  # fmt: skip
    query, path, body, text, form, graphql = recorder.received
    assert (query.path, path.path, path.headers["X-Id"]) == ("/q?q=a%26b", "/p/a%26b", "id 7")
    assert (json.loads(body.body), text.body, form.body) == ({"id": 7, "t": "7"}, b"id=7", b"q=a%26b")
    assert json.loads(graphql.body)["variables"] == {"n": 7, "id": "7"}


def test_request_with_an_empty_value_in_its_path_is_skipped(
    k6: K6, recorder: Recorder, files: DataFiles
) -> None:
    upload(files, 'id\n1\n""\n3\n', name="ids")
    endpoint = {"path": "/x/${row.id}", "data_file": "ids", "data_rows": "order"}
    result = run(k6, recorder, endpoint, load=("--vus", "1", "--iterations", "3"))
    assert [request.path for request in recorder.received] == ["/x/1", "/x/3"]
    assert [fault["kind"] for fault in result.samples_of("op_faults")] == ["skipped"]


@pytest.mark.parametrize(
    ("endpoint", "message"),
    [
        ({"data_file": "nobody"}, 'has no data file "nobody"'),
        ({**GET, "variables_from_data_file": {"id": "key"}}, 'has no column "key"'),
        ({"data_file": "ids", "path": "/${row.key}"}, 'has no column "key"'),
        ({"path": "/${row.id}"}, 'needs "row.id", but has no data_file'),
    ],
)
def test_missing_files_and_columns_fail_the_init(
    k6: K6, recorder: Recorder, files: DataFiles, endpoint: dict[str, Any], message: str
) -> None:
    upload_ids(files, 3)
    result = run(k6, recorder, endpoint, load=("--vus", "1", "--iterations", "1"))
    assert result.exit_code != 0
    assert message in result.log
    assert recorder.received == []


def test_k6_without_a_dashboard_reads_csv_files(k6: K6, recorder: Recorder) -> None:
    (k6.folder / "files").mkdir()
    (k6.folder / "files" / "ids.csv").write_bytes('\ufeffid,note\r\n0,"a, b"\r\n1,"two\nlines"\r\n'.encode())
    endpoint = {**GET, "data_rows": "order", "variables_template": {"note": "${row.note}"}}
    run(k6, recorder, endpoint, load=("--vus", "2", "--iterations", "4"))
    notes = sorted(parse_qs(urlsplit(request.path).query)["note"][0] for request in recorder.received)
    assert sorted(sent_ids(recorder)) == [0, 0, 1, 1]
    assert notes == ["a, b"] * 2 + ["two\nlines"] * 2


def test_error_in_a_csv_file_names_the_line(k6: K6, recorder: Recorder) -> None:
    (k6.folder / "files").mkdir()
    (k6.folder / "files" / "ids.csv").write_text("id\n1\n1,2\n")
    result = run(k6, recorder, GET, load=("--vus", "1", "--iterations", "1"))
    assert result.exit_code != 0
    assert "data file ids: line 3: has 2 values, but the header has 1" in result.log
