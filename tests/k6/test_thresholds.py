"""k6 without a dashboard judges the SLOs of the endpoints file, and logs which ones."""

import socket
from typing import Any

import pytest

from tests.k6.conftest import K6, CannedResponse, Recorder

pytestmark = pytest.mark.k6
PASSED, BREACHED = 0, 99
ITERATIONS = ("--iterations", "10", "--vus", "1")
FAILING = {"name": "Failing", "path": "/500", "checks": {"status": 200}}
GOOD = {"name": "Good", "path": "/good", "checks": {"status": 200}}
SLOW = {"name": "Slow", "path": "/slow"}
CASES: list[tuple[str, dict[str, Any], int]] = [
    ("met", {"endpoints": [GOOD], "slos": {"p95_ms": 900, "error_rate": 0, "checks_rate": 1, "rps": 0.1}}, PASSED),
    ("no SLOs", {"endpoints": [FAILING]}, PASSED),
    ("p95", {"endpoints": [SLOW], "slos": {"p95_ms": 20}}, BREACHED),
    ("average", {"endpoints": [SLOW], "slos": {"avg_ms": 20}}, BREACHED),
    ("errors", {"endpoints": [FAILING, GOOD], "slos": {"error_rate": 0.0}}, BREACHED),
    ("checks", {"endpoints": [FAILING, GOOD], "slos": {"checks_rate": 1}}, BREACHED),
    ("rps", {"endpoints": [SLOW], "slos": {"rps": 1_000}}, BREACHED),
    ("a group", {"endpoints": [SLOW], "slo_groups": {"g": {"p50_ms": 20}}}, BREACHED),
    ("an operation", {"endpoints": [SLOW | {"slos": {"p95_ms": 20}}], "slos": {"p95_ms": 900}}, BREACHED),
    (
        "an operation whose name has colons and braces",
        {"endpoints": [SLOW | {"name": "a::b {größe}", "slos": {"p95_ms": 20}}]},
        BREACHED,
    ),
    (
        "an operation that is never called",
        {"endpoints": [GOOD, SLOW | {"weight": 0, "slos": {"p95_ms": 900}}]},
        BREACHED,
    ),
    (
        "of the profile",
        {"endpoints": [SLOW], "slos": {"p95_ms": 900}, "slo_profiles": {"smoke": {"p95_ms": 20}}},
        BREACHED,
    ),
    (
        "removed by the profile",
        {"endpoints": [SLOW], "slos": {"p95_ms": 20}, "slo_profiles": {"smoke": {"p95_ms": None}}},
        PASSED,
    ),
    ("only one that k6 cannot apply", {"endpoints": [SLOW], "slos": {"apdex_score": 1}}, PASSED),
]  # fmt: skip


@pytest.fixture(autouse=True)
def responses(recorder: Recorder) -> None:
    recorder.responses.update({"/500": CannedResponse(status=500), "/slow": CannedResponse(delay_s=0.05)})


@pytest.mark.parametrize(
    ("document", "exit_code"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_k6_alone_judges_the_slos(
    k6: K6, recorder: Recorder, document: dict[str, Any], exit_code: int
) -> None:
    path = k6.write_document(document)
    run = k6.run({"BASE_URL": recorder.url, "ENDPOINTS_FILE": path}, *ITERATIONS)
    assert run.exit_code == exit_code, run.log
    assert len(recorder.received) == 10
    has_limits = set(document) - {"endpoints"} or any(
        "slos" in endpoint for endpoint in document["endpoints"]
    )
    removed = "slo_profiles" in document and exit_code == PASSED
    assert (run.log.count("SLOs as thresholds: ") + run.log.count("No SLO is a threshold.")) == bool(
        has_limits and not removed
    )


def test_a_target_that_never_responds_fails(k6: K6) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}"
        path = k6.write_document({"endpoints": [GOOD], "slos": {"p95_ms": 900}})
        assert k6.run({"BASE_URL": url, "ENDPOINTS_FILE": path}, *ITERATIONS).exit_code == BREACHED


def test_the_message_names_what_k6_cannot_apply(k6: K6, recorder: Recorder) -> None:
    path = k6.write_document({"endpoints": [GOOD], "slos": {"p95_ms": 900, "apdex_score": 0.5}})
    run = k6.run({"BASE_URL": recorder.url, "ENDPOINTS_FILE": path}, *ITERATIONS)
    message = "SLOs as thresholds: p95_ms 900. k6 alone cannot apply apdex_score: use bin/dashboard run."
    assert run.log.count(message) == 1


def test_the_dashboard_judges_its_own_runs(k6: K6, recorder: Recorder) -> None:
    path = k6.write_document({"endpoints": [SLOW], "slos": {"p95_ms": 1}})
    env = {"BASE_URL": recorder.url, "ENDPOINTS_FILE": path, "CHECKS": "trend"}
    run = k6.run(env, *ITERATIONS)
    assert (run.exit_code, "thresholds" in run.log) == (PASSED, False)
