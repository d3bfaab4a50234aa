"""One real InfluxDB per session, and an empty bucket per test."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from dashboard.replica.client import InfluxClient, InfluxTarget
from dashboard.store.store import Store
from tests.support.influxd import ORG, TOKEN, Influxd


@pytest.fixture(scope="session")
def influxd(influxd_bin: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Influxd]:
    server = Influxd(influxd_bin, tmp_path_factory.mktemp("influxd"))
    try:
        server.start()
        yield server
    finally:
        server.kill()


@pytest.fixture
def bucket(influxd: Influxd) -> str:
    """An empty bucket."""
    name = f"k6-{secrets.token_hex(4)}"
    influxd.create_bucket(name)
    return name


@pytest.fixture
def influx(influxd: Influxd, bucket: str) -> Iterator[InfluxClient]:
    client = InfluxClient(InfluxTarget(influxd.url, ORG, bucket, TOKEN))
    yield client
    client.close()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(tmp_path / "dashboard.db")
    yield opened
    opened.close()
