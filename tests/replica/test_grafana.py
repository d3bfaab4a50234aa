"""The queries of the Grafana dashboards, asked of a real InfluxDB that holds a run: what they show is what was sent."""

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
from dashboard.replica.influx import Influx
from dashboard.replica.lines import tag_text
from dashboard.replica.parcels import Packer
from dashboard.replica.shipper import Shipper
from dashboard.store.store import Store
from tests.conftest import ROOT
from tests.factories import an_interval, a_tally, an_ended_run
from tests.support.influxd import Influxd

pytestmark = pytest.mark.influx
GRAFANA = ROOT / "docs" / "grafana"
OP = 'List "all", a=b'
RUN = an_ended_run(label="nightly")
VARIABLES = {"run_id": RUN.run_id, "op": OP, "profile": RUN.config.profile}


def queries() -> Iterator[Any]:
    """Every query, named by its dashboard and panel."""
    for path in sorted((GRAFANA / "dashboards").glob("*.json")):
        board = json.loads(path.read_bytes())
        for variable in board["templating"]["list"]:
            yield pytest.param(variable["query"]["query"], id=f"{path.stem}: {variable['label']}")
        for panel in board["panels"]:
            for target in panel["targets"]:
                yield pytest.param(target["query"], id=f"{path.stem}: {panel['title']}")


def fill(store: Store, influx: Influx, run: Run, op: str) -> None:
    """One run with two operations and an SLO."""
    store.outbox.add_new("")
    store.runs.insert(run)
    ops = {OpKey(op, "g", ""): a_tally((0.2, 0.3)), OpKey("other", "g", ""): a_tally(failed=(0.9,))}
    slos = [SloResult(key="p95_ms", value=82.4, limit=500.0, passed=True, level="endpoint", name=op)]
    store.append(run.run_id, [an_interval(seq, ops) for seq in range(1, 11)], run=run, slo_results=slos)
    packer = Packer(store, store.outbox, "here", lambda: 1)
    shipper = Shipper(influx, store.outbox, packer, lambda: False, lambda: datetime.now(UTC))
    while shipper.tick(time.monotonic()) != 1.0:
        assert shipper.trouble is None, shipper.trouble


@pytest.fixture
def filled(store: Store, influx: Influx, bucket: str) -> str:
    """A bucket that holds a run."""
    fill(store, influx, RUN, OP)
    return bucket


def as_grafana_asks(query: str, bucket: str, variables: dict[str, str] = VARIABLES) -> str:
    """What Grafana makes of a query before it sends it."""
    assert not re.sub(r"\$\{\w+:json\}", "", query).count("$")
    quoted = {name: json.dumps(value, ensure_ascii=False) for name, value in variables.items()}
    text = re.sub(r"\$\{(\w+):json\}", lambda found: quoted[found[1]], query)
    text = text.replace("v.defaultBucket", json.dumps(bucket))
    return text.replace("v.timeRangeStart", "2026-11-01T00:00:00Z").replace(
        "v.timeRangeStop", "2027-01-01T00:00:00Z"
    )


@pytest.mark.parametrize("query", list(queries()))
def test_every_query_has_an_answer(query: str, influxd: Influxd, filled: str) -> None:
    assert influxd.rows(as_grafana_asks(query, filled))


def table_of_operations() -> str:
    board = json.loads((GRAFANA / "dashboards" / "operation-detail.json").read_bytes())
    (table,) = [panel["targets"][0]["query"] for panel in board["panels"] if panel["type"] == "table"]
    return str(table)


def test_the_table_of_operations_counts_right(influxd: Influxd, filled: str) -> None:
    rows = influxd.rows(as_grafana_asks(table_of_operations(), filled))
    assert {row["op"]: (float(row["requests"]), float(row["errors"])) for row in rows} == {
        OP: (20.0, 0.0),
        "other": (40.0, 10.0),
    }


def test_dashboards_and_provisioning_name_the_same_source() -> None:
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
def test_hostile_names_are_chosen_like_any_other(
    store: Store, influxd: Influxd, influx: Influx, bucket: str, name: str
) -> None:
    run = an_ended_run(profile=name, env_profile=name, label=name)
    fill(store, influx, run, name)
    # what InfluxDB offers as a value of the variable is what Grafana puts into the query
    variables = {"run_id": run.run_id, "op": tag_text(name), "profile": tag_text(name)}
    for query in (param.values[0] for param in queries()):
        assert influxd.rows(as_grafana_asks(query, bucket, variables)), query
    rows = influxd.rows(as_grafana_asks(table_of_operations(), bucket, variables))
    assert {row["op"]: float(row["requests"]) for row in rows} == {tag_text(name): 20.0, "other": 40.0}
