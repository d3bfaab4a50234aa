"""The k6 output for InfluxDB that docs/influxdb.md describes: every request arrives."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.e2e.conftest import _shop_process, shop
from tests.e2e.harness import Shop
from tests.support.influxd import ORG, TOKEN, Influxd

__all__ = ["_shop_process", "shop"]
pytestmark = [pytest.mark.k6, pytest.mark.influx]


def test_every_request_is_a_point(influxd: Influxd, k6_bin: Path, shop: Shop) -> None:
    org_id = influxd.call("GET", "/api/v2/orgs", params={"org": ORG}).json()["orgs"][0]["id"]
    mapping = {"database": "k6raw", "retention_policy": "autogen", "default": True}
    mapping |= {"orgID": org_id, "bucketID": influxd.create_bucket("k6raw")}
    assert influxd.call("POST", "/api/v2/dbrps", json=mapping).status_code == 201
    (manual,) = re.findall(r"bin/k6 (run --out influxdb=\S+)", (ROOT / "docs" / "influxdb.md").read_text())
    arguments = manual.replace("http://127.0.0.1:8086", influxd.url).split()
    variables = ("-e", "LOAD_PROFILE=smoke", "-e", "DURATION=2s", "-e", f"BASE_URL={shop.url}")
    command = [str(k6_bin), *arguments, "--quiet", *variables, "k6/main.js"]
    environ = {**os.environ, "K6_INFLUXDB_USERNAME": "any", "K6_INFLUXDB_PASSWORD": TOKEN}
    done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert influxd.total("k6raw", "http_reqs", "value") == shop.counters()["received"]
