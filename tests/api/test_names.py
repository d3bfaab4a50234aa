"""Operations are reachable by every route whatever characters their names contain."""

import csv
import io
import json
from datetime import timedelta
from urllib.parse import quote
from xml.etree import ElementTree as ET

import pytest
from flask.testing import FlaskClient

from dashboard.model.snapshot import OpKey
from dashboard.services import Services
from tests.factories import A_MOMENT, a_tally, an_ended_run, an_interval

RUN_ID = "20261121-100000-abcdefgh"
NAMES = [
    "two\nlines",
    "\nfirst",
    "last\n",
    "carriage\rreturn\ttab",
    "escape \x1b[31m bell \x07",
    "C1 \x85 and separators \u2028\u2029",
    "delete \x7f",
    "std::vector::size",
    "/leading//slashes/",
    "../dots/./..",
    "trend",
    "a/trend",
    "100% ?a=1&b=2#c;d+e",
    "%0A%2F",
    " blanks ",
    "\ufeffmark \u200b",
    "ä 例え 😀",
    "😀" * 4_096,
]


@pytest.fixture
def named(client: FlaskClient, services: Services) -> FlaskClient:
    """A client. Two runs have an operation for each name."""
    for minute in range(2):
        moment = A_MOMENT + timedelta(minutes=minute)
        run_id = RUN_ID.replace("-1000", f"-10{minute:02}")
        run = an_ended_run(run_id, created_at=moment, started_at=moment, elapsed_s=2.0)
        services.store.runs.insert(run)
        tallies = {OpKey(name, f"group {name}", ""): a_tally((0.01,)) for name in NAMES}
        services.store.append(run_id, [an_interval(1, tallies)], run=run)
    return client


@pytest.mark.parametrize("name", NAMES, ids=lambda name: ascii(name)[:30])
def test_operation_is_reachable_by_every_route(named: FlaskClient, name: str) -> None:
    listed = named.get(f"/runs/{RUN_ID}/ops").json or []
    assert [op["group"] for op in listed if op["op"] == name] == [f"group {name}"]
    figures = named.get(f"/runs/{RUN_ID}/op", query_string={"name": name})
    assert (figures.status_code, figures.json["op"]) == (200, name)
    failures = named.get(f"/runs/{RUN_ID}/failures", query_string={"op": name})
    assert failures.status_code == 200
    in_path = named.get(f"/ops/{quote(name, safe='')}/trend")
    in_query = named.get("/ops/trend", query_string={"op": name})
    assert in_path.json == in_query.json == (named.get("/ops/trends").json or {})[name]
    assert len(in_path.json or []) == 2


def test_operations_are_in_every_export(named: FlaskClient) -> None:
    summary = named.get(f"/runs/{RUN_ID}/summary.json").json or {}
    assert {op["op"] for op in summary["operations"]} == set(NAMES)
    for path in ("summary.md", "artifacts.zip", "export", "csv"):
        assert named.get(f"/runs/{RUN_ID}/{path}").status_code == 200
    ET.fromstring(named.get(f"/runs/{RUN_ID}/junit.xml").data)
    rows = list(csv.reader(io.StringIO(named.get(f"/runs/{RUN_ID}/csv").data.decode("utf-8-sig"))))
    assert len({len(row) for row in rows}) == 1


def test_limits_of_an_operation_are_changed_by_its_name(client: FlaskClient, services: Services) -> None:
    names = [name for name in NAMES if name.strip()]
    endpoints = [{"name": name, "group": "g", "path": "/"} for name in names]
    file = services.settings.endpoints_file
    file.write_text(json.dumps({"endpoints": endpoints}))
    for name in names:
        answer = client.post("/slo/config", json={"endpoints": {name: {"p95_ms": 5}}})
        assert (answer.status_code, answer.json["endpoints"][name]) == (200, {"p95_ms": 5})
