"""The loop that plans deliveries and starts a thread for each webhook that has some to attempt.

Each webhook has a thread of its own while it delivers. So a slow receiver delays neither others nor any run.
"""

import random
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta

import structlog

from dashboard.integrations.payload import EventPayload
from dashboard.model.outgoing import OutboxEvent
from dashboard.model.run import iso
from dashboard.model.webhook import Delivery, Webhook
from dashboard.store.errors import StoreError
from dashboard.store.store import Store
from dashboard.webhooks.retries import GONE, Attempt, settled
from dashboard.webhooks.sender import Sender

log = structlog.get_logger()
TICK_S, MOMENT_S = 0.5, 0.2
PRUNE_EVERY_S = 300.0
# Twice as long as an event can be tried, so that a consumer which was switched off for a day loses nothing.
KEPT_EVENTS = timedelta(days=2)
GONE_REASON = "the receiver answered 410 (gone)"


class Dispatcher:
    """Delivers the events of the outbox to the webhooks of `store`."""

    def __init__(
        self,
        store: Store,
        sender: Sender,
        make_payload: Callable[[OutboxEvent], EventPayload],
        clock: Callable[[], datetime],
    ) -> None:
        self._store, self._sender, self._make_payload, self._clock = store, sender, make_payload, clock
        self._threads: dict[str, threading.Thread] = {}
        self._stopping = threading.Event()
        self._jitter = random.Random()  # noqa: S311 - not a secret
        self._pruned_at = 0.0

    def tick(self, now: float) -> float:
        """Plan new events, and start the threads that have something to attempt."""
        at = self._now()
        planned = self._store.deliveries.plan(at)
        self._threads = {key: thread for key, thread in self._threads.items() if thread.is_alive()}
        for webhook_id, next_at in self._store.deliveries.waiting().items():
            if next_at <= at and webhook_id not in self._threads:
                self._start(webhook_id)
        if now - self._pruned_at >= PRUNE_EVERY_S:
            self._pruned_at = now
            self._prune()
        return 0.0 if planned else TICK_S

    def stop(self, timeout_s: float = 3.0) -> None:
        """Start what is due, and wait a moment until it is delivered: `bin/dashboard run` ends with its run.

        An attempt that takes longer is abandoned. It is repeated after the next start.
        """
        end = time.monotonic() + timeout_s
        with suppress(StoreError):  # a full disk must not keep the dashboard from stopping
            self.tick(time.monotonic())
        self._join(end)
        self._stopping.set()
        self._join(time.monotonic() + MOMENT_S)

    def _join(self, end: float) -> None:
        for thread in self._threads.values():
            thread.join(max(0.0, end - time.monotonic()))

    def _start(self, webhook_id: str) -> None:
        thread = threading.Thread(
            target=self._deliver_all, args=(webhook_id,), name=f"webhook-{webhook_id}", daemon=True
        )
        self._threads[webhook_id] = thread
        thread.start()

    def _deliver_all(self, webhook_id: str) -> None:
        """Attempt what is due until nothing is."""
        try:
            while not self._stopping.is_set():
                webhook = self._store.webhooks.get(webhook_id)
                due = self._store.deliveries.due(webhook_id, self._now())
                if webhook is None or not webhook.enabled or not due:
                    return
                for delivery in due:
                    if not self._attempt(webhook, delivery):
                        break
        except StoreError as error:
            if not self._stopping.is_set():
                log.warning("webhook.store_failed", webhook=webhook_id, error=str(error))

    def _attempt(self, webhook: Webhook, delivery: Delivery) -> bool:
        """Attempt one delivery. Returns False if the webhook has to be read again or the dashboard stops."""
        attempt = self._send(webhook, delivery.event)
        result = settled(delivery, attempt, self._clock(), self._jitter)
        self._store.deliveries.settle(result)
        log.info(
            "webhook.attempted",
            webhook=webhook.name,
            event_id=delivery.event.event_id,
            state=result.state.value,
            status=attempt.status,
        )
        if attempt.status == GONE:
            self._store.webhooks.disable(webhook.webhook_id, GONE_REASON, self._now())
            return False
        return not self._stopping.is_set()

    def _send(self, webhook: Webhook, event: OutboxEvent) -> Attempt:
        """Send an event. An unexpected error counts as a failed attempt, so that the next one waits."""
        try:
            return self._sender.send(webhook, self._make_payload(event))
        except StoreError:
            raise
        except Exception as error:
            log.exception("webhook.failed", webhook=webhook.name, event_id=event.event_id)
            return Attempt(error=f"the dashboard could not send it ({type(error).__name__}). See its log")

    def _prune(self) -> None:
        self._store.deliveries.prune()
        self._store.event_outbox.prune(str(iso(self._clock() - KEPT_EVENTS)))

    def _now(self) -> str:
        return str(iso(self._clock()))
