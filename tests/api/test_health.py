"""Health: loops, streams and disk space."""

import pytest
from flask.testing import FlaskClient

from dashboard import __version__
from dashboard.retention import worker
from dashboard.services import Services
from dashboard.store.errors import StoreError
from tests.api.conftest import wait_until
from tests.factories import an_ended_run, an_interval


def test_health_contains_loops_and_streams(client: FlaskClient) -> None:
    client.post("/run/start", json={"profile": "smoke", "base_url": "http://127.0.0.1:9"})
    stream = client.get("/stream?topics=runs")
    answer = client.get("/health").json
    stream.close()

    assert (answer["status"], answer["version"]) == ("ok", __version__)
    assert (answer["live_runs"], answer["streams"]) == (1, 1)
    assert answer["loops"][0]["alive"] is True


def test_a_store_error_is_answered_with_503(
    client: FlaskClient, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise StoreError("the database is closed")

    monkeypatch.setattr(services.store.lists, "records", broken)
    answer = client.get("/runs")

    assert (answer.status_code, answer.mimetype) == (503, "application/problem+json")


def test_health_contains_the_disk_space_of_runs(client: FlaskClient, services: Services) -> None:
    empty = client.get("/health").json["disk"]
    services.store.runs.insert(an_ended_run())
    services.store.append(an_ended_run().run_id, [an_interval(seq) for seq in range(1, 400)])
    disk = client.get("/health").json["disk"]

    assert disk["limit_bytes"] == services.settings.retention_bytes
    assert disk["database_bytes"] > empty["database_bytes"]
    assert disk["free_bytes"] > 0


def test_run_folders_are_measured_again(
    client: FlaskClient, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "MEASURE_INTERVAL_S", 0.0)
    before = client.get("/health").json["disk"]["runs_bytes"]
    folder = services.settings.path(services.settings.data_dir) / "runs" / "20260105-080000-aaaaaaaa"
    folder.mkdir(parents=True)
    (folder / "console.log").write_bytes(b"x" * 10_000)

    wait_until(lambda: client.get("/health").json["disk"]["runs_bytes"] == before + 10_000)
