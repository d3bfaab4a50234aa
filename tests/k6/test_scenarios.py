"""Scenarios, pauses, extracted values and skipped requests, as the target receives them."""

import json
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import pytest
import requests
from scipy import stats

from dashboard.demo.launcher import DemoProcess, start_demo
from tests.k6.conftest import K6, CannedResponse, K6Run, Recorder

pytestmark = pytest.mark.k6

HOSTILE = 'a/b?c&d=e "q" \'${uuid} ä🎉ع\r\n%20'
LOGIN = CannedResponse(
    body=json.dumps({"user": {"ids": [7, HOSTILE]}, "none": None}),
    headers={"ETag": 'W/"1 2"', "Set-Cookie": "sid=s1; Path=/"},
)


def run(
    k6: K6, recorder: Recorder, document: dict[str, Any], iterations: int = 1, vus: int = 1, **env: str
) -> K6Run:
    target = {"BASE_URL": recorder.url, "ENDPOINTS_FILE": k6.write_document(document), **env}
    result = k6.run(target, "--iterations", str(iterations), "--vus", str(vus))
    assert result.exit_code == 0, result.log
    return result


def single_scenario(*endpoints: dict[str, Any], **scenario: Any) -> dict[str, Any]:
    steps = [{"ref": endpoint["name"]} for endpoint in endpoints]
    return {"endpoints": list(endpoints), "scenarios": [{"name": "all", "steps": steps, **scenario}]}


def test_steps_run_in_order_in_every_iteration(k6: K6, recorder: Recorder) -> None:
    endpoints = [{"name": name, "path": f"/{name}"} for name in "abc"]
    document = {"endpoints": endpoints, "scenarios": [{"name": "s", "steps": [{"ref": r} for r in "cabc"]}]}
    run(k6, recorder, document, 3)
    assert [request.path for request in recorder.received] == ["/c", "/a", "/b", "/c"] * 3


def test_extracted_values_are_encoded_for_their_position(k6: K6, recorder: Recorder) -> None:
    recorder.responses["/login"] = LOGIN
    extract = {
        "id": {"body_path": "user.ids[0]"},
        "odd": {"body_path": "user.ids[1]"},
        "user": {"body_path": "user"},
        "tag": {"header": "etag"},
        "sid": {"cookie": "sid"},
    }
    use = {
        "name": "use",
        "method": "POST",
        "path": "/u/${data.odd}/${data.id}?q=${data.odd}",
        "headers": {"If-Match": "${data.tag}", "X-Odd": "<${data.odd}>", "X-Sid": "${data.sid}"},
        "variables": {"odd": "before"},
        "variables_template": {"text": "-${data.odd}-", "id": "${data.id}"},
        "variables_from_data": {"odd": "odd", "user": "user", "second": "user.ids[1]"},
    }
    form = {"name": "form", "method": "POST", "path": "/form", "form": {"odd": "<${data.odd}>"}}
    run(k6, recorder, single_scenario({"name": "login", "path": "/login", "extract": extract}, use, form))
    _, use_request, form_request = recorder.received
    encoded = quote(HOSTILE, safe="'")
    assert use_request.path == f"/u/{encoded}/7?q={encoded}"
    assert use_request.headers["If-Match"] == 'W/"1 2"'
    assert use_request.headers["X-Odd"].encode("latin-1").decode() == f"<{HOSTILE}>".replace("\r\n", "  ")
    assert use_request.headers["X-Sid"] == "s1"
    user = {"ids": [7, HOSTILE]}
    assert json.loads(use_request.body) == {
        "odd": HOSTILE, "text": f"-{HOSTILE}-", "id": 7, "user": user, "second": HOSTILE,
    }  # fmt: skip
    assert unquote(form_request.body.decode().replace("+", " ")) == f"odd=<{HOSTILE}>"


def test_cookies_are_kept_for_one_iteration(k6: K6, recorder: Recorder) -> None:
    recorder.responses["/login"] = LOGIN
    run(
        k6,
        recorder,
        single_scenario({"name": "login", "path": "/login"}, {"name": "next", "path": "/next"}),
        2,
    )
    assert [request.headers.get("Cookie") for request in recorder.received] == [
        None,
        "sid=s1",
        None,
        "sid=s1",
    ]


def test_extracted_values_are_kept_for_one_iteration(k6: K6, recorder: Recorder) -> None:
    recorder.responses["/once"] = CannedResponse(body='{"id": 1}')
    endpoints = [
        {"name": "use", "path": "/use/${data.id}"},
        {"name": "take", "path": "/once", "extract": {"id": {"body_path": "id"}}},
        {"name": "lose", "path": "/nothing", "extract": {"id": {"body_path": "id"}}},
    ]
    steps = [{"ref": ref} for ref in ("take", "use", "lose", "use")]
    document = {
        "endpoints": endpoints,
        "scenarios": [{"name": "s", "steps": steps, "on_failure": "continue"}],
    }
    result = run(k6, recorder, document, 2)
    assert [request.path for request in recorder.received] == ["/once", "/use/1", "/nothing"] * 2
    faults = [(fault["op"], fault["kind"]) for fault in result.samples_of("op_faults")]
    assert faults == [("use", "unreached")] * 2


def test_a_step_of_several_endpoints_sends_one_of_them_in_its_place(k6: K6, recorder: Recorder) -> None:
    recorder.responses["/take"] = CannedResponse(body='{"id": 7}')
    recorder.responses["/make"] = CannedResponse(body='{"id": 8}')
    extract = {"id": {"body_path": "id"}}
    endpoints = [
        {"name": "take", "path": "/take", "extract": extract},
        {"name": "make", "path": "/make", "extract": extract},
        {"name": "never", "path": "/never", "weight": 0, "extract": extract},
        {"name": "use", "path": "/use/${data.id}"},
    ]
    steps = [{"one_of": ["take", "never", "make"]}, {"ref": "use"}]
    document = {"endpoints": endpoints, "scenarios": [{"name": "s", "steps": steps}]}

    run(k6, recorder, document, 40)

    paths = [request.path for request in recorder.received]
    assert set(zip(paths[::2], paths[1::2], strict=True)) == {("/take", "/use/7"), ("/make", "/use/8")}
    assert len(paths) == 80


def test_the_steps_after_a_failed_step_count_as_unreached_for_the_endpoint_that_would_be_sent(
    k6: K6, recorder: Recorder
) -> None:
    recorder.responses["/take"] = CannedResponse(body="{}")
    endpoints = [
        {"name": "take", "path": "/take", "extract": {"id": {"body_path": "id"}}},
        {"name": "a", "path": "/a"},
        {"name": "never", "path": "/b", "weight": 0},
    ]
    document = {
        "endpoints": endpoints,
        "scenarios": [{"name": "s", "steps": [{"ref": "take"}, {"one_of": ["a", "never"]}]}],
    }

    result = run(k6, recorder, document, 3)

    faults = [(fault["op"], fault["kind"]) for fault in result.samples_of("op_faults")]
    assert faults == [("a", "unreached")] * 3


def test_a_request_with_an_empty_value_in_its_path_is_skipped_counted_and_logged_once(
    k6: K6, recorder: Recorder
) -> None:
    recorder.responses["/take"] = CannedResponse(body='{"id": ""}')
    take = {"name": "take", "path": "/take", "extract": {"id": {"body_path": "id"}}}
    use = {"name": 'u "se"', "group": "h", "path": "/x/${data.id}"}
    result = run(k6, recorder, single_scenario(take, use), 3)
    assert [request.path for request in recorder.received] == ["/take"] * 3
    names = ("op", "group", "kind", "reason", "value")
    faults = [tuple(fault[name] for name in names) for fault in result.samples_of("op_faults")]
    assert faults == [('u "se"', "h", "skipped", "no value for id", 1)] * 3
    assert result.log.count('u "se": not sent, because "id" has no value') == 1


@pytest.mark.parametrize(
    ("scenario", "step_pauses", "gaps"),
    [
        ({}, {}, (0, 0)),
        ({"think_time": "0.3s"}, {}, (0.3, 0.3)),
        ({"think_time": "0.3s"}, {0: "0.6s"}, (0.6, 0.3)),
        ({"think_time": 0.3}, {1: 0}, (0.3, 0)),
        ({}, {0: "300ms"}, (0.3, 0)),
    ],
)
def test_think_time_is_a_pause_between_steps(
    k6: K6,
    recorder: Recorder,
    scenario: dict[str, Any],
    step_pauses: dict[int, Any],
    gaps: tuple[float, float],
) -> None:
    document = single_scenario(*({"name": name, "path": f"/{name}"} for name in "abc"), **scenario)
    for index, pause in step_pauses.items():
        document["scenarios"][0]["steps"][index]["think_time"] = pause
    run(k6, recorder, document)
    times = [request.at_s for request in recorder.received]
    for gap, (before, after) in zip(gaps, pairwise(times), strict=True):
        assert gap - 0.01 <= after - before < gap + 0.25


@pytest.mark.parametrize(("pacing", "min_gap"), [({}, 0.0), ({"pacing": "0.2s"}, 0.2)])
def test_pacing_is_a_pause_between_random_requests(
    k6: K6, recorder: Recorder, pacing: dict[str, Any], min_gap: float
) -> None:
    run(k6, recorder, {"endpoints": [{"name": "a"}], **pacing}, 4)
    times = [request.at_s for request in recorder.received]
    gaps = [after - before for before, after in pairwise(times)]
    assert all(min_gap - 0.01 <= gap < min_gap + 0.19 for gap in gaps)


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[DemoProcess]:
    started = start_demo(None, tmp_path / "demo.log", ["--latency-scale", "0"])
    yield started
    started.stop()


WEIGHTS = {"ListProducts": 10, "GetProduct": 4, "Search": 1, "GetOrder": 0.5, "NotFound": 2}
PATHS = {
    "ListProducts": "/api/products",
    "GetProduct": "/api/products/7",
    "Search": "/api/search",
    "GetOrder": "/api/orders/1001",
    "NotFound": "/api/discontinued",
}


@pytest.mark.parametrize("choice", ["of endpoints", "of scenarios", "of a step"])
def test_weights_are_probabilities(k6: K6, demo: DemoProcess, choice: str) -> None:
    weight = 1 if choice == "of scenarios" else None
    endpoints = [{"name": n, "path": PATHS[n], "weight": weight or w} for n, w in WEIGHTS.items()]
    scenarios = {
        "of endpoints": [],
        "of scenarios": [{"name": n, "weight": w, "steps": [{"ref": n}]} for n, w in WEIGHTS.items()],
        "of a step": [{"name": "one", "steps": [{"one_of": list(WEIGHTS)}]}],
    }
    document = {"endpoints": endpoints, "scenarios": scenarios[choice]}
    env = {"BASE_URL": demo.url, "ENDPOINTS_FILE": k6.write_document(document), "CHECKS": "trend"}
    assert k6.run_load(env, "--iterations", "20000", "--vus", "4") == 0
    operations = requests.get(demo.url + "/_counters", timeout=5).json()["operations"]
    counts = Counter({name: operation["received"] for name, operation in operations.items()})
    assert counts.total() == 20_000
    expected = [20_000 * weight / sum(WEIGHTS.values()) for weight in WEIGHTS.values()]
    assert stats.chisquare([counts[name] for name in WEIGHTS], expected).pvalue > 1e-4
