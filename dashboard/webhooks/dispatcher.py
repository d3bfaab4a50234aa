"""The loop that plans deliveries and starts a thread for each webhook that has some to attempt.

Each webhook has a thread of its own while it delivers. So a slow receiver delays neither others nor any run.
"""

import random
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog

from dashboard.model.run import iso
from dashboard.model.webhook import Delivery, Webhook
from dashboard.store.errors import StoreError
from dashboard.store.store import Store
from dashboard.webhooks.payloads import payload_of
from dashboard.webhooks.retries import GONE, settled
from dashboard.webhooks.sender import Sender

log = structlog.get_logger()
TICK_S = 0.5
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
        dashboard_url: Callable[[], str | None],
        clock: Callable[[], datetime],
    ) -> None:
        self._store, self._sender, self._dashboard_url, self._clock = store, sender, dashboard_url, clock
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

    def stop(self, timeout_s: float = 2.0) -> None:
        """Let the threads end after their current attempt, and wait a moment for them.

        An attempt that takes longer is abandoned. It is repeated after the next start.
        """
        self._stopping.set()
        end = time.monotonic() + timeout_s
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
        except Exception:
            log.exception("webhook.failed", webhook=webhook_id)

    def _attempt(self, webhook: Webhook, delivery: Delivery) -> bool:
        """Attempt one delivery. Returns False if the webhook has to be read again or the dashboard stops."""
        attempt = self._sender.send(webhook, payload_of(delivery.event, self._dashboard_url()))
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

    def _prune(self) -> None:
        self._store.deliveries.prune()
        self._store.event_outbox.prune(str(iso(self._clock() - KEPT_EVENTS)))

    def _now(self) -> str:
        return str(iso(self._clock()))
