"""A short run against the demo shop: k6 and the shop count the same, and the SLOs of the example are met."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from dashboard.demo.launcher import DemoProcess, start_demo
from tests.k6.conftest import EXAMPLE, K6, K6Run

pytestmark = pytest.mark.k6


@pytest.fixture
def demo(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[DemoProcess]:
    started = start_demo(None, tmp_path / "demo.log", request.param)
    yield started
    started.stop()


def smoke(k6: K6, demo: DemoProcess) -> K6Run:
    env = {"LOAD_PROFILE": "smoke", "DURATION": "3s", "VUS": "4", "BASE_URL": demo.url + "/"}
    return k6.run({**env, "ENDPOINTS_FILE": str(EXAMPLE)})


@pytest.mark.parametrize("demo", [["--error-rate", "0.5", "--latency-scale", "0.2"]], indirect=True)
def test_k6_and_the_shop_count_the_same(k6: K6, demo: DemoProcess) -> None:
    run = smoke(k6, demo)
    counters = requests.get(demo.url + "/_counters", timeout=5).json()
    counts = Counter((request["op"], request["status"]) for request in run.samples_of("http_reqs"))
    expected = {
        (name, status): count
        for name, operation in counters["operations"].items()
        for status, count in operation["statuses"].items()
    }
    assert counts == expected
    assert run.summary["metrics"]["http_reqs"]["count"] == counters["answered"] == counters["received"]


@pytest.mark.parametrize("demo", [["--error-rate", "0.5", "--latency-scale", "0.2"]], indirect=True)
def test_only_checkout_fails_its_checks(k6: K6, demo: DemoProcess) -> None:
    run = smoke(k6, demo)
    counters = requests.get(demo.url + "/_counters", timeout=5).json()["operations"]["Checkout"]
    failed = Counter(check["op"] for check in run.samples_of("op_checks") if check["value"] == 0)
    assert failed == {"Checkout": counters["answered"] - counters["statuses"].get("200", 0)}
    assert len(run.samples_of("op_checks")) == run.summary["metrics"]["http_reqs"]["count"]


@pytest.mark.parametrize("demo", [["--seed", "1"]], indirect=True)
def test_smoke_run_meets_the_slos_of_the_example(k6: K6, demo: DemoProcess) -> None:
    run = smoke(k6, demo)
    durations = [sample["value"] for sample in run.samples_of("http_req_duration")]
    failed = [sample["value"] for sample in run.samples_of("http_req_failed")]
    assert run.exit_code == 0
    assert run.summary["metrics"]["http_req_duration"]["p(95)"] < 500
    assert sum(failed) / len(failed) < 0.01
    assert sum(1.0 if ms <= 500 else 0.5 for ms in durations) / len(durations) > 0.85
