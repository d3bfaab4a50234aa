"""The queries of the Grafana dashboards return what was sent, in a real InfluxDB."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import yaml

from dashboard.model.run import Run
from dashboard.model.slo import SloResult
from dashboard.model.snapshot import OpKey
from dashboard.replica.batches import BatchBuilder
from dashboard.replica.client import InfluxClient
from dashboard.replica.line_protocol import encode_tag
from dashboard.replica.shipper import Shipper
from dashboard.store.store import Store
from tests.conftest import ROOT
from tests.factories import a_tally, an_ended_run, an_interval
from tests.support.influxd import Influxd

pytestmark = pytest.mark.influx
GRAFANA = ROOT / "docs" / "grafana"
OP = 'List "all", a=b'
RUN = an_ended_run(label="nightly")
VARIABLES = {"run_id": RUN.run_id, "op": OP, "profile": RUN.config.profile}


def queries() -> Iterator[Any]:
    """Yield every query with its dashboard and panel as id."""
    for path in sorted((GRAFANA / "dashboards").glob("*.json")):
        board = json.loads(path.read_bytes())
        for variable in board["templating"]["list"]:
            yield pytest.param(variable["query"]["query"], id=f"{path.stem}: {variable['label']}")
        for panel in board["panels"]:
            for target in panel["targets"]:
                yield pytest.param(target["query"], id=f"{path.stem}: {panel['title']}")


def fill(store: Store, influx: InfluxClient, run: Run, op: str) -> None:
    """Send one run with two operations and an SLO result."""
    store.outbox.add_new("")
    store.runs.insert(run)
    ops = {OpKey(op, "g", ""): a_tally((0.2, 0.3)), OpKey("other", "g", ""): a_tally(failed=(0.9,))}
    slos = [SloResult(key="p95_ms", value=82.4, limit=500.0, passed=True, level="operation", name=op)]
    store.append(run.run_id, [an_interval(seq, ops) for seq in range(1, 11)], run=run, slo_results=slos)
    builder = BatchBuilder(store, store.outbox, "here", lambda: 1)
    shipper = Shipper(influx, store.outbox, builder, lambda: False, lambda: datetime.now(UTC))
    while shipper.tick(time.monotonic()) != 1.0:
        assert shipper.error is None, shipper.error


@pytest.fixture
def filled(store: Store, influx: InfluxClient, bucket: str) -> str:
    """A bucket with one run."""
    fill(store, influx, RUN, OP)
    return bucket


def as_grafana_sends(query: str, bucket: str, variables: dict[str, str] = VARIABLES) -> str:
    """Return the query after Grafana has inserted the variables."""
    assert not re.sub(r"\$\{\w+:json\}", "", query).count("$")
    quoted = {name: json.dumps(value, ensure_ascii=False) for name, value in variables.items()}
    text = re.sub(r"\$\{(\w+):json\}", lambda found: quoted[found[1]], query)
    text = text.replace("v.defaultBucket", json.dumps(bucket))
    return text.replace("v.timeRangeStart", "2026-11-01T00:00:00Z").replace(
        "v.timeRangeStop", "2027-01-01T00:00:00Z"
    )


@pytest.mark.parametrize("query", list(queries()))
def test_every_query_returns_rows(query: str, influxd: Influxd, filled: str) -> None:
    assert influxd.query(as_grafana_sends(query, filled))


def operations_table() -> str:
    board = json.loads((GRAFANA / "dashboards" / "operation-detail.json").read_bytes())
    (table,) = [panel["targets"][0]["query"] for panel in board["panels"] if panel["type"] == "table"]
    return str(table)


def test_operations_table_has_the_right_counts(influxd: Influxd, filled: str) -> None:
    rows = influxd.query(as_grafana_sends(operations_table(), filled))
    assert {row["op"]: (float(row["requests"]), float(row["errors"])) for row in rows} == {
        OP: (20.0, 0.0),
        "other": (40.0, 10.0),
    }


def test_dashboards_and_provisioning_use_the_same_data_source() -> None:
    source = yaml.safe_load((GRAFANA / "provisioning/datasources/influxdb.yaml").read_text())["datasources"][
        0
    ]
    for path in (GRAFANA / "dashboards").glob("*.json"):
        board = json.loads(path.read_bytes())
        assert {panel["datasource"]["uid"] for panel in board["panels"]} == {source["uid"]}
        assert len({panel["id"] for panel in board["panels"]}) == len(board["panels"])


@pytest.mark.parametrize(
    "name",
    [
        '") |> drop(',
        "a,b=c d\n1",
        "x" * 10_000,
        "🚀",
        "${r._value} ${1 + 1}",
        'back\\"slash\\',
        "\u2028%0A\b",
    ],
    ids=["flux", "line", "long", "emoji", "interpolated", "backslash", "controls"],
)
def test_hostile_names_work_as_variables(
    store: Store, influxd: Influxd, influx: InfluxClient, bucket: str, name: str
) -> None:
    run = an_ended_run(profile=name, env_profile=name, label=name)
    fill(store, influx, run, name)
    # Grafana inserts the value that InfluxDB offers for the variable.
    variables = {"run_id": run.run_id, "op": encode_tag(name), "profile": encode_tag(name)}
    for query in (param.values[0] for param in queries()):
        assert influxd.query(as_grafana_sends(query, bucket, variables)), query
    rows = influxd.query(as_grafana_sends(operations_table(), bucket, variables))
    assert {row["op"]: float(row["requests"]) for row in rows} == {encode_tag(name): 20.0, "other": 40.0}
