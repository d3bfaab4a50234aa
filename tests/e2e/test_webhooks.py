"""A run beside a receiver that hangs has the same counts as without, and its events arrive in the end."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

import pytest
import requests

from tests.conftest import ROOT
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


def test_a_run_without_a_dashboard_delivers_its_end_before_it_exits(
    make_server: Callable[..., Server], shop: Shop
) -> None:
    server = make_server()
    server.endpoints({"name": "ListProducts", "path": "/api/products"})
    server.start()
    with a_receiver() as receiver:
        body = {"name": "ci", "url": receiver.url, "events": ["run.started", "run.finished"]}
        requests.post(f"{server.url}/webhooks", json=body, timeout=20).raise_for_status()
        server.terminate()
        options = (
            "--base-url",
            shop.url,
            "--vus",
            "1",
            "--duration",
            "1s",
            "--data-dir",
            str(server.data_dir),
        )
        command = [sys.executable, "-m", "dashboard", "run", "smoke", *options]
        subprocess.run(command, cwd=ROOT, env=server.environment, check=True, capture_output=True, timeout=60)
        assert [one.json["event"] for one in receiver.received] == ["run.started", "run.finished"]
