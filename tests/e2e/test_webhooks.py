"""A run beside a receiver that hangs has the same counts as without, and its events arrive in the end."""

from __future__ import annotations

import pytest
import requests

from tests.e2e.harness import Server, Shop, wait_for
from tests.webhooks.receiver import OK, Reply, a_receiver

pytestmark = pytest.mark.k6


def test_a_run_does_not_notice_a_receiver_that_hangs(server: Server, shop: Shop) -> None:
    with a_receiver(lambda _: Reply(hangs=True)) as hanging, a_receiver() as fast:
        for name, receiver in (("hanging", hanging), ("fast", fast)):
            body = {"name": name, "url": receiver.url, "events": ["run.started", "run.finished"]}
            requests.post(f"{server.url}/webhooks", json=body, timeout=20).raise_for_status()
        record = server.wait_until_ended(server.run(shop.url, vus=2, duration="3s"))

        assert hanging.received
        counters = shop.counters()
        assert record["total_reqs"] == counters["received"] == counters["answered"]
        assert (record["status"], record["verdict"], record["samples_lost"]) == ("finished", "none", False)
        wait_for(lambda: len(fast.received) == 2, "both events arrived at the other receiver")
        assert fast.received[1].json["total_reqs"] == record["total_reqs"]
        assert [one.json["event"] for one in hanging.received] == ["run.started"]
        hanging.reply = lambda _: OK
        hanging.released.set()
        events = ["run.started", "run.started", "run.finished"]
        wait_for(lambda: len(hanging.received) == 3, "the events arrived in their order", within_s=30)
        assert [one.json["event"] for one in hanging.received] == events
