"""The event stream over HTTP. tests/runs/publish/test_hub.py tests the hub itself."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from dashboard.api import stream
from dashboard.runs.publish.hub import Hub, HubLimits
from dashboard.services import Services


def events(answer: TestResponse) -> Iterator[tuple[str, Any]]:
    """Yield (event, data) of each message. A heartbeat is ("beat", None)."""
    for piece in answer.iter_encoded():
        for block in piece.decode().split("\n\n")[:-1]:
            if block == ": beat":
                yield "beat", None
            else:
                fields = dict(line.split(": ", 1) for line in block.split("\n"))
                yield fields["event"], json.loads(fields["data"])


@pytest.fixture
def open_stream(client: FlaskClient) -> Iterator[Callable[..., TestResponse]]:
    opened: list[TestResponse] = []

    def open_one(topics: str = "runs", **headers: str) -> TestResponse:
        opened.append(client.get(f"/stream?topics={topics}", headers=headers))
        return opened[-1]

    yield open_one
    for answer in opened:
        answer.close()


def test_a_stream_sends_hello_and_then_events(
    open_stream: Callable[..., TestResponse], services: Services
) -> None:
    answer = open_stream("runs,run:a")
    received = events(answer)
    hello = next(received)
    services.hub.publish("run:a", "snapshot", {"seq": 1})

    assert answer.mimetype == "text/event-stream"
    assert "Content-Encoding" not in answer.headers
    assert hello[0] == "hello"
    assert next(received) == ("snapshot", {"topic": "run:a", "data": {"seq": 1}})


def test_a_stream_continues_after_the_last_event_id(
    open_stream: Callable[..., TestResponse], services: Services
) -> None:
    first = next(events(open_stream()))[1]["id"]
    services.hub.publish("runs", "run", {"run_id": "a"})
    received = events(open_stream(**{"Last-Event-ID": first}))

    assert [next(received)[0], next(received)[0]] == ["hello", "run"]


def test_an_unknown_event_id_is_answered_with_reset(open_stream: Callable[..., TestResponse]) -> None:
    received = events(open_stream(**{"Last-Event-ID": "another-7"}))

    assert [next(received)[0], next(received)[0]] == ["hello", "reset"]


def test_a_quiet_stream_sends_heartbeats(
    open_stream: Callable[..., TestResponse], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "HEARTBEAT_S", 0.01)
    received = events(open_stream())

    assert [next(received)[0], next(received)[0]] == ["hello", "beat"]


def test_a_stream_ends_when_the_server_stops(
    open_stream: Callable[..., TestResponse], services: Services
) -> None:
    answer = open_stream()
    services.hub.close()

    assert [event for event, _ in events(answer)] == ["hello"]


def test_a_closed_connection_frees_its_stream(client: FlaskClient, services: Services) -> None:
    for _ in range(3):
        client.get("/stream?topics=runs").close()

    assert services.hub.streams == 0


def test_one_stream_too_many_is_answered_with_retry_after(
    client: FlaskClient, services: Services, open_stream: Callable[..., TestResponse]
) -> None:
    services.hub = Hub("e", HubLimits(streams=2))
    open_stream(), open_stream()
    answer = client.get("/stream?topics=runs")

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "10")


def test_a_head_request_does_not_count_as_a_stream(client: FlaskClient, services: Services) -> None:
    assert client.head("/stream?topics=runs").mimetype == "text/event-stream"
    assert services.hub.streams == 0


def test_latest_is_the_newest_run_at_the_time_of_the_request(
    client: FlaskClient, services: Services, open_stream: Callable[..., TestResponse]
) -> None:
    assert client.get("/stream?topics=run:latest").status_code == 404
    run_id = client.post("/run/start", json={"profile": "smoke", "base_url": "http://127.0.0.1:9"}).json[
        "run_id"
    ]
    received = events(open_stream("log:latest"))
    next(received)
    services.hub.publish(f"log:{run_id}", "log", {"entries": []})

    assert next(received)[1]["topic"] == f"log:{run_id}"


def test_no_stream_can_be_opened_after_the_stop(client: FlaskClient, services: Services) -> None:
    services.hub.close()

    assert client.get("/stream?topics=runs").status_code == 503


def test_applications_of_one_process_have_separate_streams(
    app: Flask, idle: Flask, services: Services
) -> None:
    one, other = (made.test_client().get("/stream?topics=runs") for made in (app, idle))
    assert services.hub.streams == 1
    one.close(), other.close()
