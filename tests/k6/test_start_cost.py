"""A thousand endpoints cost a virtual user nothing at the start, and every user can still send all of them."""

import json
import resource
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from tests.k6.conftest import K6, ONCE, Recorder

pytestmark = [pytest.mark.k6, pytest.mark.serial]
ENDPOINTS, USERS = 1_000, 60
# Limits the CPU time of a start with all endpoints, relative to a start with one endpoint and as many users.
MAX_RATIO = 3.0

DocumentMaker = Callable[[int], dict[str, Any]]


def endpoints_with(**fields: object) -> DocumentMaker:
    return lambda count: {"endpoints": [{"name": f"e{n}", "path": f"/{n}", **fields} for n in range(count)]}


def scenarios(count: int) -> dict[str, Any]:
    steps = [{"ref": f"e{n}"} for n in range(min(count, 100))]
    listed = [{"name": f"s{n}", "weight": 1 + n % 3, "steps": steps} for n in range(min(count, 50))]
    return {**endpoints_with()(count), "scenarios": listed}


def weights(count: int) -> dict[str, Any]:
    return {"endpoints": [{"name": f"e{n}", "weight": 1 + n / 7} for n in range(count)]}


def phases(count: int) -> dict[str, Any]:
    setup = [{"name": f"s{n}", "path": "/", "result_key": f"k{n}"} for n in range(min(count, 50))]
    teardown = [{"name": f"t{n}", "path": f"/${{data.k{n}}}"} for n in range(min(count, 50))]
    return {**endpoints_with()(count), "setup": setup, "teardown": teardown}


MAKERS: dict[str, DocumentMaker] = {
    "templates": endpoints_with(
        path="/${uuid}?n=${randomInt(1,9)}", body_template={"at": "${timestamp}"}, method="POST"
    ),
    "checks": endpoints_with(
        checks={"status": 200, "body_path": "a.b", "header_present": "X-A", "body_contains": "b"}
    ),
    "GraphQL": endpoints_with(type="graphql", query="query Q { a }", variables={"a": 1}),
    "forms": endpoints_with(method="POST", form={"a": ["1", "${uuid}"], "b": "2"}),
    "extracts": endpoints_with(
        extract={"id": {"body_path": "id", "secret": True}}, headers={"X-A": "${uuid}"}
    ),
    "scenarios": scenarios,
    "weights": weights,
    "phases": phases,
}


def cpu_s_of_start(k6: K6, document: dict[str, Any], is_checked: bool) -> float:
    """Return k6's CPU seconds of a run in which all users are prepared and hardly any request is sent."""
    load = {"executor": "constant-arrival-rate", "rate": 1, "duration": "1s", "preAllocatedVUs": USERS}
    env = {
        "LOAD_PROFILE": "custom",
        "SCENARIOS": json.dumps({"load": load}),
        "BASE_URL": "http://127.0.0.1:9",
    }
    env |= {"ENDPOINTS_FILE": k6.write_document(document), "ENDPOINTS_CHECKED": "true" if is_checked else ""}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    k6.run_load(env, "--no-setup", "--no-teardown")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


@pytest.mark.parametrize("kind", MAKERS)
def test_endpoints_cost_a_user_nothing_before_they_are_first_sent(k6: K6, kind: str) -> None:
    make = MAKERS[kind]
    one = cpu_s_of_start(k6, make(1), is_checked=True)
    all_of_them = cpu_s_of_start(k6, make(ENDPOINTS), is_checked=True)
    assert all_of_them < one * MAX_RATIO


def test_k6_checks_a_file_once_and_not_once_per_user(k6: K6) -> None:
    document = MAKERS["templates"](ENDPOINTS)
    checks = cpu_s_of_start(k6, document, is_checked=False) - cpu_s_of_start(k6, document, is_checked=True)
    per_endpoint_and_user_ms = checks * 1000 / ENDPOINTS / USERS
    assert per_endpoint_and_user_ms < 0.2


def test_every_endpoint_of_a_large_file_is_sent_as_it_is_defined(k6: K6, recorder: Recorder) -> None:
    count, requests = 40, 900
    document = {
        "endpoints": [
            {"name": f"e{n}", "path": f"/e/{n}", "method": "POST", "body": {"n": n}, "weight": n % 4}
            for n in range(count)
        ]
    }
    env = {"BASE_URL": recorder.url, "ENDPOINTS_FILE": k6.write_document(document)}
    result = k6.run(env, "--vus", "20", "--iterations", str(requests))
    assert result.exit_code == 0
    sent = Counter(request.path for request in recorder.received)
    assert set(sent) == {f"/e/{n}" for n in range(count) if n % 4}
    for request in recorder.received:
        assert json.loads(request.body) == {"n": int(request.path.rpartition("/")[2])}
    by_weight = Counter(int(path.rpartition("/")[2]) % 4 for path in sent.elements())
    shares = {weight: by_weight[weight] / requests for weight in (1, 2, 3)}
    assert shares == pytest.approx({1: 1 / 6, 2: 2 / 6, 3: 3 / 6}, abs=0.07)


def test_the_error_of_a_large_file_names_the_place(k6: K6) -> None:
    document = MAKERS["checks"](ENDPOINTS)
    document["endpoints"][731]["checks"] = {"status": 99}
    result = k6.run({"BASE_URL": "http://127.0.0.1:9", "ENDPOINTS_FILE": k6.write_document(document)}, *ONCE)
    assert result.exit_code != 0
    assert "endpoints[731].checks.status: must be a whole number" in result.log
