"""Data files end to end: uploaded, kept unchanged for a run and sent row by row, or rejected before k6 starts."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from tests.e2e.harness import Server, wait_for
from tests.k6.conftest import CannedResponse, Recorder, recorder

__all__ = ["recorder"]
pytestmark = pytest.mark.k6
TAKE = {"name": "Take", "path": "/take", "data_file": "ids", "variables_from_data_file": {"id": "id"}}
CANARY = "canary-of-a-data-column"


def upload(server: Server, rows: list[str], **fields: str) -> requests.Response:
    content = "id\n" + "".join(f"{row}\n" for row in rows)
    form: dict[str, Any] = {"name": "ids", **fields}
    return requests.post(f"{server.url}/data/upload", data=form, files={"file": content}, timeout=10)


def sent_ids(recorder: Recorder) -> list[str]:
    return [parse_qs(urlsplit(one.path).query)["id"][0] for one in recorder.received]


def test_a_run_finishes_when_each_row_was_sent_once(server: Server, recorder: Recorder) -> None:
    server.endpoints({**TAKE, "data_rows": "unique"})
    upload(server, [str(n) for n in range(500)])
    run_id = server.run(recorder.url, vus=50, duration="60s")
    record = server.wait_until_ended(run_id)

    assert (record["status"], record["exit_reason"]) == ("finished", "data file ids: all rows were used")
    assert record["total_reqs"] == 500
    assert sorted(map(int, sent_ids(recorder))) == list(range(500))


def test_a_live_run_keeps_the_rows_that_it_started_with(server: Server, recorder: Recorder) -> None:
    recorder.responses["/take"] = CannedResponse(delay_s=0.02)
    server.endpoints({**TAKE, "data_rows": "order"})
    upload(server, ["old"] * 10)
    run_id = server.run(recorder.url, vus=2, duration="3s")
    frozen = server.folder(run_id).data
    wait_for(lambda: recorder.received, "the load has begun")
    assert upload(server, ["new"], replace="true").status_code == 201
    assert server.call("DELETE", "/data/ids?force=true").status_code == 204
    assert frozen.is_dir()

    assert server.wait_until_ended(run_id)["status"] == "finished"
    assert set(sent_ids(recorder)) == {"old"}
    assert not frozen.exists()


def test_values_reach_k6_only_through_a_file(server: Server, recorder: Recorder) -> None:
    server.endpoints({**TAKE, "data_rows": "vu"})
    upload(server, [CANARY])
    run_id = server.run(recorder.url, vus=2, duration="1s")
    assert server.wait_until_ended(run_id)["status"] == "finished"

    files = [path for path in Path(server.folder(run_id).path).rglob("*") if path.is_file()]
    assert set(sent_ids(recorder)) == {CANARY}
    assert [path.name for path in files if CANARY.encode() in path.read_bytes()] == []
    assert CANARY not in server.log.read_text()


@pytest.mark.parametrize(
    ("endpoint", "field"),
    [
        ({**TAKE, "data_file": "missing"}, "endpoints.json: endpoints[0].data_file"),
        ({**TAKE, "variables_from_data_file": {"id": "key"}}, "endpoints.json: endpoints[0]"),
    ],
)
def test_a_missing_file_or_column_is_reported_before_k6_starts(
    server: Server, endpoint: dict[str, Any], field: str
) -> None:
    server.endpoints(endpoint)
    upload(server, ["1"])
    response = server.call("POST", "/run/start", {"profile": "smoke", "base_url": "http://127.0.0.1:9"})

    assert (response.status_code, [error["field"] for error in response.json()["errors"]]) == (422, [field])
    assert server.get("/runs") == []


def test_an_idle_user_takes_no_row(server: Server, recorder: Recorder) -> None:
    recorder.responses["/take"] = CannedResponse(delay_s=0.02)
    server.endpoints({**TAKE, "data_rows": "unique"})
    upload(server, [str(n) for n in range(10_000)])
    body = {"profile": "soak", "base_url": recorder.url, "vus": 4, "duration": "60s", "steerable": True}
    run_id = server.post("/run/start", body)["run_id"]
    wait_for(lambda: len(recorder.received) > 40, "the load has begun")
    for change in ({"paused": True}, {"paused": False}, {"vus": 1}, {"vus": 4}):
        server.post("/run/control", {"run_id": run_id, **change})
        before = len(recorder.received)
        if change != {"paused": True}:
            wait_for(lambda: len(recorder.received) > before + 40, f"the load continues after {change}")  # noqa: B023
        else:
            # two windows of 2 s contain several idle iterations of each user
            server.wait_for_snapshots(run_id, len(server.snapshots(run_id)) + 2)
    server.post("/run/stop", {"run_id": run_id})
    server.wait_until_ended(run_id)

    rows = [int(row) for row in sent_ids(recorder)]
    shares = [sorted(row for row in rows if row % 4 == user) for user in range(4)]
    assert len(set(rows)) == len(rows)
    assert shares == [list(range(user, 4 * len(share) + user, 4)) for user, share in enumerate(shares)]
