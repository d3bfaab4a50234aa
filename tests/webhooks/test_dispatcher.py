"""Deliveries to receivers that fail, hang, drip, redirect or are gone: none lost, in order, none slowed by another."""

import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from dashboard.model.outgoing import EventName
from dashboard.model.run import iso
from dashboard.model.webhook import DeliveryState, Webhook, WebhookFilter
from dashboard.outbound.addresses import AddressGuard
from dashboard.store.store import Store
from dashboard.webhooks import dispatcher as dispatching
from dashboard.webhooks import retries
from dashboard.webhooks.dispatcher import Dispatcher
from dashboard.webhooks.payloads import payload_of
from dashboard.webhooks.secrets import SecretBook, WebhookSecrets
from dashboard.webhooks.sender import Sender, SenderOptions
from tests.api.conftest import wait_until
from tests.factories import A_RUN_ID
from tests.webhooks.receiver import OK, Received, Reply, WebhookReceiver, a_receiver
from tests.webhooks.samples import a_webhook, finish_run

EVENTS = (EventName.RUN_STARTED, EventName.RUN_FINISHED)
MakeReceiver = Callable[[Callable[[Received], Reply]], WebhookReceiver]


class Deliveries:
    """A dispatcher whose clock a test can move."""

    def __init__(self, folder: Path) -> None:
        self.store = Store(folder / "dashboard.db")
        self.secrets = SecretBook(folder / "secrets.json")
        self.ahead = timedelta()
        options = SenderOptions(timeout_s=0.5)
        self.sender = Sender(self.secrets, options, AddressGuard, self.now)
        self.dispatcher = Dispatcher(self.store, self.sender, lambda event: payload_of(event, None), self.now)

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def add(self, url: str, number: int = 0, **changes: Any) -> Webhook:
        webhook = a_webhook(
            webhook_id=f"wh_{'abcdefghijklmnopqrstuvwxyz'[number] * 12}",
            name=f"ci{number}",
            url=url,
            **({"events": EVENTS} | changes),
        )
        self.store.webhooks.put(webhook)
        return webhook

    def tick_until(self, condition: Callable[[], object], deadline_s: float = 10.0) -> None:
        """Tick until the condition is true."""

        def ticked() -> object:
            self.dispatcher.tick(time.monotonic())
            return condition()

        wait_until(ticked, deadline_s)

    def states(self, webhook: Webhook) -> Counter[str]:
        found = self.store.deliveries.newest(webhook.webhook_id, limit=100_000)
        return Counter(one.state.value for one in found)


@pytest.fixture
def deliveries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Deliveries]:
    monkeypatch.setattr(retries, "FIRST_PAUSE_S", 0.01)
    monkeypatch.setattr(dispatching, "PRUNE_EVERY_S", 0.0)
    made = Deliveries(tmp_path)
    yield made
    made.dispatcher.stop()
    made.store.close()


@pytest.fixture
def receive() -> Iterator[MakeReceiver]:
    with ExitStack() as stack:
        yield lambda reply: stack.enter_context(a_receiver(reply))


def run_ids(count: int) -> list[str]:
    return [f"20261121-{100_000 + number:06}-abcdefgh" for number in range(count)]


def test_300_events_reach_a_receiver_that_fails_in_every_way(
    deliveries: Deliveries, receive: MakeReceiver
) -> None:
    chance = random.Random(7)
    failures = (Reply(500), Reply(503, {"Retry-After": "0"}), Reply(429), Reply(302, {"Location": "/"}))
    receiver = receive(lambda _: OK if chance.random() < 0.7 else chance.choice(failures))
    webhook = deliveries.add(receiver.url)
    ids = run_ids(150)
    for run_id in ids:
        finish_run(deliveries.store, run_id)
    deliveries.tick_until(lambda: deliveries.states(webhook)["delivered"] == 300, 60)

    events = deliveries.store.event_outbox.after(0, 1_000)
    assert set(receiver.event_ids) == {event.event_id for event in events}
    assert len(receiver.received) > 300
    for run_id in ids:
        order = [one.json["event"] for one in receiver.received if one.json["run_id"] == run_id]
        assert list(dict.fromkeys(order)) == ["run.started", "run.finished"]
        assert order == sorted(order, reverse=True)


def test_a_receiver_that_hangs_delays_no_other(deliveries: Deliveries, receive: MakeReceiver) -> None:
    slow, fast = receive(lambda _: Reply(hangs=True)), receive(lambda _: OK)
    hanging, webhook = deliveries.add(slow.url, 0), deliveries.add(fast.url, 1)
    for run_id in run_ids(20):
        finish_run(deliveries.store, run_id)
    began = time.monotonic()
    deliveries.tick_until(lambda: deliveries.states(webhook)["delivered"] == 40)
    assert time.monotonic() - began < 5
    deliveries.tick_until(lambda: deliveries.store.deliveries.newest(hanging.webhook_id)[-1].error)

    [first] = deliveries.store.deliveries.newest(hanging.webhook_id, limit=100)[-1:]
    assert first.error == "There was no response within 0.5 s."
    assert deliveries.states(hanging)["delivered"] == 0


def test_an_answer_that_drips_counts_by_its_status(deliveries: Deliveries, receive: MakeReceiver) -> None:
    receiver = receive(lambda _: Reply(200, drips=True, body=b"x" * 100_000))
    webhook = deliveries.add(receiver.url, events=(EventName.RUN_FINISHED,))
    finish_run(deliveries.store, A_RUN_ID)
    deliveries.tick_until(lambda: deliveries.states(webhook)["delivered"] == 1)
    answer = deliveries.store.deliveries.newest(webhook.webhook_id)[0].answer
    assert answer == "x" * retries.MAX_ANSWER_CHARACTERS


def test_a_receiver_that_is_gone_disables_its_webhook(deliveries: Deliveries, receive: MakeReceiver) -> None:
    receiver = receive(lambda _: Reply(410, body=b"moved away"))
    webhook = deliveries.add(receiver.url)
    finish_run(deliveries.store, A_RUN_ID)
    deliveries.tick_until(lambda: deliveries.states(webhook)["dead"] == 2)

    stored = deliveries.store.webhooks.get(webhook.webhook_id)
    assert stored is not None
    assert (stored.enabled, stored.disabled_reason) == (False, "the receiver answered 410 (gone)")
    later, first = deliveries.store.deliveries.newest(webhook.webhook_id)
    assert (first.status, first.answer) == (410, "moved away")
    assert (later.attempts, later.error) == (0, "the receiver answered 410 (gone)")
    assert len(receiver.received) == 1


def test_a_redirect_is_not_followed(deliveries: Deliveries, receive: MakeReceiver) -> None:
    other = receive(lambda _: OK)
    receiver = receive(lambda _: Reply(307, {"Location": other.url}))
    webhook = deliveries.add(receiver.url, events=(EventName.RUN_FINISHED,))
    finish_run(deliveries.store, A_RUN_ID)
    deliveries.tick_until(lambda: receiver.received)
    deliveries.tick_until(lambda: deliveries.store.deliveries.newest(webhook.webhook_id)[0].error)
    [delivery] = deliveries.store.deliveries.newest(webhook.webhook_id)
    assert delivery.error == "the receiver answered 307. Redirects are not followed"
    assert other.received == []


@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_is_honored(deliveries: Deliveries, receive: MakeReceiver, status: int) -> None:
    receiver = receive(lambda _: Reply(status, {"Retry-After": "600"}))
    webhook = deliveries.add(receiver.url, events=(EventName.RUN_FINISHED,))
    finish_run(deliveries.store, A_RUN_ID)
    deliveries.tick_until(lambda: deliveries.store.deliveries.newest(webhook.webhook_id)[0].status == status)

    receiver.reply = lambda _: OK
    [delivery] = deliveries.store.deliveries.newest(webhook.webhook_id)
    wait = datetime.fromisoformat(str(delivery.next_at)) - deliveries.now()
    assert timedelta(seconds=590) < wait <= timedelta(seconds=600)
    deliveries.dispatcher.tick(time.monotonic())
    deliveries.ahead = timedelta(seconds=601)
    deliveries.tick_until(lambda: deliveries.states(webhook)["delivered"] == 1)
    assert len(receiver.received) == 2


def test_the_next_event_of_a_run_follows_when_the_one_before_is_given_up(
    deliveries: Deliveries, receive: MakeReceiver
) -> None:
    receiver = receive(lambda got: Reply(500) if got.json["event"] == "run.started" else OK)
    webhook = deliveries.add(receiver.url)
    finish_run(deliveries.store, A_RUN_ID)
    deliveries.tick_until(lambda: len(receiver.received) > 2)
    assert {one.json["event"] for one in receiver.received} == {"run.started"}

    deliveries.ahead = timedelta(hours=25)
    deliveries.tick_until(lambda: deliveries.states(webhook) == {"dead": 1, "delivered": 1})
    receiver.reply = lambda _: OK
    dead = deliveries.store.deliveries.newest(webhook.webhook_id, state=DeliveryState.DEAD)[0]
    assert deliveries.store.deliveries.resend(webhook.webhook_id, dead.number, str(iso(deliveries.now())))
    deliveries.tick_until(lambda: deliveries.states(webhook)["delivered"] == 2)
    assert receiver.event_ids[-1] == dead.event.event_id


def test_filters_choose_runs(deliveries: Deliveries, receive: MakeReceiver) -> None:
    receiver = receive(lambda _: OK)
    chosen = WebhookFilter(
        profiles=("smoke",), tags=("nightly",), meta={"branch": "main"}, verdicts=("pass",)
    )
    webhook = deliveries.add(receiver.url, filters=chosen)
    ids = run_ids(4)
    finish_run(deliveries.store, ids[0], meta={"branch": "main"}, tags=("nightly", "other"))
    finish_run(deliveries.store, ids[1], meta={"branch": "main"})
    finish_run(deliveries.store, ids[2], meta={"branch": "dev"}, tags=("nightly",))
    finish_run(deliveries.store, ids[3], meta={"branch": "main"}, tags=("nightly",), profile="soak")
    deliveries.tick_until(lambda: deliveries.states(webhook)["delivered"] == 1)
    assert [(one.json["run_id"], one.json["event"]) for one in receiver.received] == [
        (ids[0], "run.finished")
    ]
    assert deliveries.states(webhook) == {"delivered": 1}


def test_a_run_without_a_commit_is_skipped(deliveries: Deliveries, receive: MakeReceiver) -> None:
    receiver = receive(lambda _: OK)
    url = f"{receiver.url}/statuses/${{commit_sha}}"
    webhook = deliveries.add(url, integration="github-status")
    finish_run(deliveries.store, A_RUN_ID)
    deliveries.tick_until(lambda: deliveries.states(webhook)["skipped"] == 2)
    assert receiver.received == []
    error = deliveries.store.deliveries.newest(webhook.webhook_id)[0].error
    assert error == 'the run has no "commit_sha" in its metadata, which the URL contains'


def test_nothing_is_sent_unsigned_when_secrets_are_lost(
    deliveries: Deliveries, receive: MakeReceiver
) -> None:
    receiver = receive(lambda _: OK)
    webhook = deliveries.add(receiver.url, is_signed=True, events=(EventName.RUN_FINISHED,))
    finish_run(deliveries.store, A_RUN_ID)
    deliveries.tick_until(lambda: deliveries.store.deliveries.newest(webhook.webhook_id)[0].error)
    assert receiver.received == []
    deliveries.secrets.put(webhook.webhook_id, WebhookSecrets(secret="entered again"))
    deliveries.tick_until(lambda: deliveries.states(webhook)["delivered"] == 1)
    assert "x-perf-signature" in receiver.received[0].headers


@pytest.mark.parametrize(
    "host", ["169.254.169.254", "metadata.google.internal", "0x7f.1", "[::ffff:169.254.169.254]"]
)
def test_no_delivery_leads_to_a_refused_address(deliveries: Deliveries, host: str) -> None:
    webhook = deliveries.add(f"http://{host}/", events=(EventName.RUN_FINISHED,))
    finish_run(deliveries.store, A_RUN_ID)
    deliveries.tick_until(lambda: deliveries.store.deliveries.newest(webhook.webhook_id)[0].error)
    error = deliveries.store.deliveries.newest(webhook.webhook_id)[0].error
    assert "The dashboard sends no requests there" in str(error)


def test_what_is_due_is_delivered_before_a_stop(deliveries: Deliveries, receive: MakeReceiver) -> None:
    receiver = receive(lambda _: OK)
    webhook = deliveries.add(receiver.url)
    for run_id in run_ids(3):
        finish_run(deliveries.store, run_id)
    deliveries.dispatcher.stop()
    assert deliveries.states(webhook) == {"delivered": 6}


def test_a_stop_does_not_wait_for_a_receiver_that_hangs(
    deliveries: Deliveries, receive: MakeReceiver
) -> None:
    receiver = receive(lambda _: Reply(hangs=True))
    webhook = deliveries.add(receiver.url)
    for run_id in run_ids(20):
        finish_run(deliveries.store, run_id)
    began = time.monotonic()
    deliveries.dispatcher.stop(timeout_s=0.1)
    assert time.monotonic() - began < 2
    assert deliveries.states(webhook)["pending"] == 40


def test_an_unexpected_error_is_a_failed_attempt(
    deliveries: Deliveries, receive: MakeReceiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    receiver = receive(lambda _: OK)
    webhook = deliveries.add(receiver.url, events=(EventName.RUN_FINISHED,))
    finish_run(deliveries.store, A_RUN_ID)

    def fail(*_: Any) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patched:
        patched.setattr(deliveries.sender, "send", fail)
        deliveries.tick_until(lambda: deliveries.store.deliveries.newest(webhook.webhook_id)[0].error)
    [delivery] = deliveries.store.deliveries.newest(webhook.webhook_id)
    assert delivery.error == "the dashboard could not send it (ZeroDivisionError). See its log"
    deliveries.tick_until(lambda: deliveries.states(webhook)["delivered"] == 1)


def test_events_beyond_the_backlog_are_kept_as_dead(
    deliveries: Deliveries, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dashboard.store.deliveries.MAX_PENDING_DELIVERIES", 3)
    webhook = deliveries.add("http://127.0.0.1:9", events=(EventName.RUN_FINISHED,))
    for run_id in run_ids(5):
        finish_run(deliveries.store, run_id)
    deliveries.dispatcher.tick(time.monotonic())
    assert deliveries.states(webhook) == {"pending": 3, "dead": 2}


def test_old_events_and_deliveries_are_pruned(
    deliveries: Deliveries, receive: MakeReceiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dashboard.store.deliveries.KEPT_PER_WEBHOOK", 3)
    receiver = receive(lambda _: OK)
    webhook = deliveries.add(receiver.url)
    for run_id in run_ids(5):
        finish_run(deliveries.store, run_id)
    deliveries.tick_until(lambda: len(receiver.received) == 10)
    deliveries.tick_until(lambda: deliveries.states(webhook) == {"delivered": 3})
    assert len(deliveries.store.event_outbox.after(0)) == 10
    deliveries.ahead = timedelta(days=3)
    deliveries.dispatcher.tick(time.monotonic())
    assert deliveries.store.event_outbox.after(0) == []
