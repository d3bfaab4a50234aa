"""Webhooks over HTTP: create, change, test, deliver, resend, export, import, delete. Secrets are never shown."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient

from dashboard.model.run import RunStatus
from dashboard.services import Services
from dashboard.webhooks.secrets import WEBHOOK_SECRETS
from tests.api.conftest import wait_until
from tests.factories import A_RUN_ID, a_run, an_ended_run
from tests.webhooks.receiver import OK, Reply, WebhookReceiver, a_receiver

# the example of the specification
GITHUB = {
    "url": "https://api.github.com/repos/org/repo/statuses/${commit_sha}",
    "events": ["run.finished", "run.failed"],
    "name": "github-status",
}


@pytest.fixture
def receiver() -> Iterator[WebhookReceiver]:
    with a_receiver() as made:
        yield made


def create(client: FlaskClient, **body: Any) -> dict[str, Any]:
    answer = client.post("/webhooks", json={"name": "ci"} | body)
    created: Any = answer.json
    assert answer.status_code == 201, created
    assert answer.headers["Location"] == f"/webhooks/{created['webhook_id']}"
    return dict(created)


def get(client: FlaskClient, url: str) -> Any:
    return client.get(url).json


def post(client: FlaskClient, url: str, body: Any) -> Any:
    return client.post(url, json=body).json


def end_a_run(services: Services, **changes: Any) -> None:
    services.store.runs.insert(a_run(status=RunStatus.STARTING, started_at=None, **changes))
    services.store.runs.update(a_run(**changes))
    services.store.append(A_RUN_ID, [], run=an_ended_run(**changes), slo_results=())


def test_the_example_of_the_specification_works_as_given(client: FlaskClient) -> None:
    created = create(client, **GITHUB)

    assert created["integration"] == "github-status"
    assert (created["url"], created["events"]) == (GITHUB["url"], GITHUB["events"])
    assert client.get("/webhooks").json == [created]
    assert client.get(f"/webhooks/{created['webhook_id']}").json == created
    assert client.delete(f"/webhooks/{created['webhook_id']}").status_code == 204
    assert client.get("/webhooks").json == []
    assert client.delete(f"/webhooks/{created['webhook_id']}").status_code == 404


def test_an_event_is_delivered_with_the_payload_of_the_specification(
    services: Services, client: FlaskClient, receiver: WebhookReceiver
) -> None:
    services.webhooks.start()
    created = create(client, url=receiver.url, events=["run.finished"])
    end_a_run(services, meta={"branch": "main"})
    wait_until(lambda: receiver.received)

    run = an_ended_run()
    payload = receiver.received[0].json
    assert (
        payload
        | {
            "event": "run.finished",
            "run_id": A_RUN_ID,
            "profile": "smoke",
            "status": "finished",
            "base_url": "http://127.0.0.1:8000",
            "duration_s": 30,
            "total_reqs": run.figures.total_reqs if run.figures else None,
            "error_rate": 0,
            "p95_ms": run.figures.p95_ms if run.figures else None,
            "apdex_score": 1,
            "slo_verdict": "pass",
            "meta": {"branch": "main"},
            "sentence": "smoke: passed, p95_ms 82.4 <= 500",
        }
        == payload
    )

    url = f"/webhooks/{created['webhook_id']}/deliveries"
    wait_until(lambda: client.get(url).json[0]["state"] == "delivered")
    [delivery] = get(client, url)
    assert (delivery["event_id"], delivery["status"]) == (payload["id"], 204)
    assert client.get("/webhooks").json[0]["deliveries"]["delivered"] == 1


def test_a_commit_is_pending_at_the_start_and_judged_at_the_end(
    services: Services, client: FlaskClient, receiver: WebhookReceiver
) -> None:
    services.webhooks.start()
    url = f"{receiver.url}/repos/org/repo/statuses/${{commit_sha}}"
    body = GITHUB | {"url": url, "integration": "github-status", "token": "canary", "events": []}
    created = create(client, **body)
    assert created["events"] == ["run.started", "run.finished", "run.failed", "run.stopped"]
    end_a_run(services, meta={"commit_sha": "0a1b2c"})
    wait_until(lambda: len(receiver.received) == 2)

    assert {one.path for one in receiver.received} == {"/repos/org/repo/statuses/0a1b2c"}
    assert {one.headers["authorization"] for one in receiver.received} == {"Bearer canary"}
    assert [(one.json["state"], one.json["description"]) for one in receiver.received] == [
        ("pending", "smoke started against http://127.0.0.1:8000"),
        ("success", "smoke: passed, p95_ms 82.4 <= 500"),
    ]


def test_the_payload_compares_the_run_with_its_baseline(
    services: Services, client: FlaskClient, receiver: WebhookReceiver
) -> None:
    services.webhooks.start()
    baseline = "20261120-101500-bbbbbbbb"
    services.store.runs.insert(an_ended_run(baseline))
    client.post(f"/runs/{baseline}/baseline")
    create(client, url=receiver.url, events=["run.started", "run.finished"])
    end_a_run(services)
    wait_until(lambda: len(receiver.received) == 2)

    started, finished = (one.json["comparison"] for one in receiver.received)
    assert started is None
    assert finished == "This run is about the same as the baseline: p95 ≈ same"


def test_the_answer_of_the_receiver_to_a_test_is_returned(
    client: FlaskClient, receiver: WebhookReceiver
) -> None:
    created = create(client, url=receiver.url, secret="a-long-secret")
    receiver.reply = lambda _: Reply(422, body=b'{"message": "no"} a-long-secret')
    answer = client.post(f"/webhooks/{created['webhook_id']}/test").json

    assert answer == {
        "ok": False,
        "status": 422,
        "answer": '{"message": "no"} ***',
        "message": "the receiver answered 422",
    }
    [got] = receiver.received
    assert got.json["event"] == "webhook.test"
    receiver.reply = lambda _: OK
    assert client.post(f"/webhooks/{created['webhook_id']}/test").json["ok"] is True


def test_a_dead_delivery_is_resent_with_the_same_id(
    services: Services, client: FlaskClient, receiver: WebhookReceiver
) -> None:
    services.webhooks.start()
    created = create(client, url=receiver.url, events=["run.finished"])
    url = f"/webhooks/{created['webhook_id']}"
    receiver.reply = lambda _: Reply(410)
    end_a_run(services)
    wait_until(lambda: not client.get(url).json["enabled"])

    shown = client.get(url).json
    assert shown["disabled_reason"] == "the receiver answered 410 (gone)"
    [dead] = get(client, f"{url}/deliveries?state=dead")
    assert dead["status"] == 410
    resend = f"{url}/deliveries/{dead['number']}/resend"
    assert client.post(resend).status_code == 409

    receiver.reply = lambda _: OK
    assert client.put(url, json={"name": "ci", "events": ["run.finished"]}).json["enabled"] is True
    assert client.post(resend).json["state"] == "pending"
    wait_until(lambda: client.get(url).json["deliveries"]["delivered"] == 1)
    assert receiver.event_ids == [dead["event_id"]] * 2
    assert client.post(f"{url}/deliveries/999/resend").status_code == 404


def test_secrets_are_write_only(services: Services, client: FlaskClient, receiver: WebhookReceiver) -> None:
    secrets = {
        "secret": "canary-signing-1",
        "token": "canary-token-2",
        "headers": {"X-Key": "canary-header-3"},
    }
    created = create(client, url=f"{receiver.url}/in?api_key=canary-query-4", **secrets)
    slack = create(client, name="chat", url="https://hooks.slack.com/services/canary-path-5")

    assert created["url"] == f"{receiver.url}/in?api_key=***"
    assert slack["url"] == "https://hooks.slack.com/***"
    assert (created["is_signed"], created["has_token"], created["header_names"]) == (True, True, ["X-Key"])
    shown = [client.get(path).text for path in ("/webhooks", "/webhooks/export", "/audit", "/audit/export")]
    url = f"/webhooks/{created['webhook_id']}"
    assert client.post(f"{url}/test").json["ok"]
    assert receiver.received[0].path == "/in?api_key=canary-query-4"
    assert receiver.received[0].headers["x-key"] == "canary-header-3"
    assert "canary" not in json.dumps(shown)
    database = b"".join(path.read_bytes() for path in services.data_dir.glob("dashboard.db*"))
    assert b"canary" not in database
    path = services.data_dir / WEBHOOK_SECRETS
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.read_text().count("canary") == 5

    revealing = {"name": "chat", "url": slack["url"], "integration": "webhook"}
    assert client.put(f"/webhooks/{slack['webhook_id']}", json=revealing).json["url"] == slack["url"]
    for webhook_id in (created["webhook_id"], slack["webhook_id"]):
        client.delete(f"/webhooks/{webhook_id}")
    assert path.read_text() == "{}"


def test_an_omitted_secret_stays_and_null_removes_it(client: FlaskClient, receiver: WebhookReceiver) -> None:
    created = create(client, url=receiver.url, secret="a-long-secret", token="t", headers={"X-Key": "k"})
    url = f"/webhooks/{created['webhook_id']}"

    changed = client.put(url, json={"name": "renamed", "url": created["url"]}).json
    assert (changed["name"], changed["is_signed"], changed["has_token"]) == ("renamed", True, True)
    changed = client.put(url, json={"name": "ci", "secret": None, "token": None, "headers": None}).json
    assert (changed["is_signed"], changed["has_token"], changed["header_names"]) == (False, False, [])


def test_lost_secrets_have_to_be_entered_again(services: Services, client: FlaskClient) -> None:
    secrets = {"secret": "a-long-secret", "token": "t", "headers": {"X-Key": "k"}}
    url = f"/webhooks/{create(client, url='https://hooks.slack.com/a/b', **secrets)['webhook_id']}"
    (services.data_dir / WEBHOOK_SECRETS).unlink()

    assert "secrets are missing" in str(client.post(f"{url}/test").json)
    body: dict[str, Any] = {"name": "ci"}
    again = {
        "url": "https://hooks.slack.com/a/b",
        "secret": "new-long-secret",
        "token": None,
        "headers": None,
    }
    for field, value in again.items():
        answer = client.put(url, json=body)
        assert (answer.status_code, answer.json["errors"][0]["field"]) == (422, field)
        assert get(client, url)["is_signed"]
        body[field] = value
    changed = client.put(url, json=body).json
    assert (changed["is_signed"], changed["has_token"], changed["header_names"]) == (True, False, [])


def test_a_stored_token_goes_to_no_other_origin(client: FlaskClient, receiver: WebhookReceiver) -> None:
    created = create(client, url=receiver.url, token="t")
    url = f"/webhooks/{created['webhook_id']}"
    moved = {"name": "ci", "url": "https://other.example/hook"}

    answer = client.put(url, json=moved)
    assert answer.status_code == 422
    assert answer.json["errors"][0]["field"] == "token"
    assert client.put(url, json={**moved, "token": "new"}).status_code == 200


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "url"),
        ({"url": "ftp://example.com"}, "url"),
        ({"url": "https://user:pass@example.com/"}, "url"),
        ({"url": "https://${host}/hook"}, "url"),
        ({"url": "https://example.com/${a b}"}, "url"),
        ({"url": "https://example.com/a b"}, "url"),
        ({"url": "https://hooks.slack.com/***"}, "url"),
        ({"url": "mailto:nobody", "integration": "email"}, "url"),
        ({"url": "mailto:a@example.com,b"}, "url"),
        ({"url": "x" * 2_049}, "url"),
        ({"url": "https://example.com", "events": ["run.paused"]}, "events[0]"),
        ({**GITHUB, "events": ["slo.breached"]}, "events[0]"),
        ({"url": "https://example.com", "integration": "pager"}, "integration"),
        ({"url": "https://example.com", "options": {"color": "red"}}, "options.color"),
        (
            {"url": "https://example.com", "integration": "json-template", "options": {"template": "{{ x"}},
            "options.template",
        ),
        ({"url": "https://example.com", "secret": "short"}, "secret"),
        ({"url": "https://example.com", "secret": "whsec_!"}, "secret"),
        ({"url": "https://example.com", "headers": {"Host": "a"}}, "headers.Host"),
        ({"url": "https://example.com", "headers": {"X-A": "a\nb"}}, "headers.X-A"),
        ({"url": "https://example.com", "headers": {f"X-{n}": "a" for n in range(21)}}, "headers"),
        ({"url": "https://example.com", "filters": {"verdicts": ["good"]}}, "filters.verdicts[0]"),
    ],
)
def test_a_problem_names_its_field(client: FlaskClient, body: dict[str, Any], field: str) -> None:
    answer = client.post("/webhooks", json={"name": "ci"} | body)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json["errors"]] == [field]
    assert client.get("/webhooks").json == []


def test_a_name_is_unique_and_their_number_is_limited(client: FlaskClient) -> None:
    create(client, url="https://example.com")
    answer = client.post("/webhooks", json={"name": "ci", "url": "https://example.com/2"})
    assert (answer.status_code, answer.json["detail"]) == (409, 'A webhook named "ci" already exists.')
    for number in range(49):
        create(client, name=f"n{number}", url="https://example.com")
    answer = client.post("/webhooks", json={"name": "more", "url": "https://example.com"})
    assert answer.status_code == 409


def test_an_export_is_an_import(client: FlaskClient) -> None:
    filters = {
        "profiles": ["ramp"],
        "env_profiles": [],
        "verdicts": ["fail"],
        "tags": ["a"],
        "meta": {"b": "c"},
    }
    create(client, **GITHUB, filters=filters, options={"context": "perf"}, token="t")
    exported = client.get("/webhooks/export")
    assert "webhooks.json" in exported.headers["Content-Disposition"]
    [before] = get(client, "/webhooks")

    changed = {"webhooks": [exported.json["webhooks"][0] | {"enabled": False}]}
    after = post(client, "/webhooks/import", changed)[0]
    assert after == before | {"enabled": False, "changed_at": after["changed_at"]}
    assert after["has_token"]

    client.delete(f"/webhooks/{before['webhook_id']}")
    again = post(client, "/webhooks/import", exported.json)[0]
    assert again["filters"] == filters


def test_an_import_is_stored_whole_or_not_at_all(client: FlaskClient) -> None:
    good, bad = {"name": "a", "url": "https://example.com"}, {"name": "b", "url": "nowhere"}
    answer = client.post("/webhooks/import", json={"webhooks": [good, bad]})
    assert answer.status_code == 422
    assert client.get("/webhooks").json == []
    assert client.post("/webhooks/import", json={"webhooks": [good, good]}).status_code == 422


def test_changes_are_in_the_audit_log(client: FlaskClient) -> None:
    created = create(client, url="https://example.com")
    url = f"/webhooks/{created['webhook_id']}"
    client.put(url, json={"name": "ci", "enabled": False})
    client.delete(url)
    entries = client.get("/audit?action=webhook").json
    assert [entry["action"] for entry in entries] == ["webhook.delete", "webhook.change", "webhook.create"]
    assert [entry["object"] for entry in entries] == ["ci"] * 3
    assert (entries[1]["before"]["enabled"], entries[1]["after"]["enabled"]) == (True, False)
    assert created["changed_by"] == "local"


def test_kinds_of_receivers_are_listed(client: FlaskClient) -> None:
    kinds = {kind["name"]: kind for kind in client.get("/webhooks/integrations").json}
    assert next(iter(kinds)) == "webhook"
    assert kinds["github-status"]["takes_token"]
    assert kinds["slack"]["hides_url"]
    assert kinds["json-template"]["options"][0]["name"] == "template"
