"""Scripts of the user (K6_SCRIPT): their thresholds and checks are judged and shown, and their exceptions counted."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.harness import Server, Shop, wait_for

pytestmark = pytest.mark.k6
HEAD = """
import http from 'k6/http';
import { check, fail, group } from 'k6';

export const options = {
  scenarios: { load: { executor: 'constant-arrival-rate', rate: 20, duration: '2s', preAllocatedVUs: 20 } },
  thresholds: %s,
};
const get = (tags = {}) => http.get(`${__ENV.BASE_URL}/api/products`, { tags });
"""
IMPOSSIBLE: dict[str, Any] = {"slos": {"p95_ms": 0.001}, "slo_groups": {"g": {"p95_ms": 0.001}}}
MakeServer = Callable[..., Server]


def start(
    make_server: MakeServer, folder: Path, body: str, thresholds: str = "{}", **settings: str
) -> Server:
    script = folder / "own.js"
    script.write_text(HEAD % thresholds + body)
    server = make_server(K6_SCRIPT=str(script), **settings)
    server.endpoints({"name": "Listed", "path": "/api/products", "slos": {"p95_ms": 0.001}}, **IMPOSSIBLE)
    server.start()
    return server


@pytest.mark.parametrize(
    ("thresholds", "body", "results", "verdict"),
    [
        ("{}", "export default () => get();", {}, "none"),
        (
            "{ http_req_failed: ['rate<0.01'], checks: ['rate>0.9'] }",
            "export default () => check(get(), { 'is 200': (r) => r.status === 200 });",
            {"http_req_failed: rate<0.01": True, "checks: rate>0.9": True},
            "pass",
        ),
        (
            "{ http_req_duration: ['p(95)<60000', 'max<0.001'] }",
            "export default () => get();",
            {"http_req_duration: p(95)<60000": True, "http_req_duration: max<0.001": False},
            "fail",
        ),
        (
            "{ 'http_req_duration{kind:slow}': ['avg<0.001'], http_reqs: ['count>1'] }",
            "export default () => get({ kind: 'slow' });",
            {"http_req_duration{kind:slow}: avg<0.001": False, "http_reqs: count>1": True},
            "fail",
        ),
        (
            "{ checks: ['rate==1'] }",
            "export default () => check(get(), { 'is 500': (r) => r.status === 500 });",
            {"checks: rate==1": False},
            "fail",
        ),
        (
            "{ http_reqs: ['count>1'] }",
            "export default () => get();\nexport const handleSummary = () => ({ stdout: 'my own summary' });",
            {"http_reqs: count>1": True},
            "pass",
        ),
    ],
    ids=["no thresholds", "all pass", "one fails", "of a tag", "of checks", "with handleSummary"],
)
@pytest.mark.parametrize("keep", ["always", "never"])
def test_thresholds_are_judged_and_shown(
    make_server: MakeServer,
    shop: Shop,
    tmp_path: Path,
    thresholds: str,
    body: str,
    results: dict[str, bool],
    verdict: str,
    keep: str,
) -> None:
    server = start(make_server, tmp_path, body, thresholds, K6_KEEP_SAMPLES=keep)
    run_id = server.run(shop.url)
    record = server.wait_until_ended(run_id)
    found = {f"{row['metric']}: {row['expression']}": row["passed"] for row in record["thresholds"]}
    assert found == results
    assert (record["status"], record["verdict"]) == ("finished", verdict), record["verdict_reason"]
    assert record["exit_code"] == (99 if verdict == "fail" else 0)
    for name, passed in results.items():
        assert passed or name in record["verdict_reason"]
    assert server.get(f"/runs/{run_id}/summary.json")["thresholds"] == record["thresholds"]
    assert server.call("GET", f"/runs/{run_id}/junit.xml").text.count('type="threshold"') == list(
        results.values()
    ).count(False)
    log = [line["message"] for line in server.get(f"/runs/{run_id}/log?limit=500")["entries"]]
    assert any("my own summary" in line for line in log) == ("handleSummary" in body)


def test_checks_of_a_script_are_counted(make_server: MakeServer, shop: Shop, tmp_path: Path) -> None:
    body = """
export default () => {
  const response = get();
  check(response, { 'is 200': (r) => r.status === 200 });
  group('inner', () => check(response, { 'is 500': (r) => r.status === 500 }));
};
"""
    server = start(make_server, tmp_path, body)
    run_id = server.run(shop.url)
    record = server.wait_until_ended(run_id)
    received = shop.counters()["received"]
    assert (record["checks_passed"], record["checks_failed"], record["checks_rate"]) == (
        received,
        received,
        0.5,
    )
    failures = server.get(f"/runs/{run_id}/failures")
    assert [(one["op"], one["kind"], one["name"], one["count"]) for one in failures] == [
        ("", "check", "inner::is 500", received)
    ]


def test_checks_of_a_script_are_shown_while_it_runs(
    make_server: MakeServer, shop: Shop, tmp_path: Path
) -> None:
    body = """
options.scenarios.load.duration = '60s';
export default () => check(get(), { 'is 200': (r) => r.status === 200, 'is 500': (r) => r.status === 500 });
"""
    server = start(make_server, tmp_path, body)
    run_id = server.run(shop.url)

    def failed() -> list[tuple[str, str, int]]:
        return [(one["kind"], one["name"], one["count"]) for one in server.get(f"/runs/{run_id}/failures")]

    wait_for(failed, "a failed check is shown", within_s=30)
    live = server.record(run_id)
    assert (live["status"], live["checks_rate"]) == ("running", 0.5)
    assert server.get(f"/runs/{run_id}")["breakdown"]["figures"]["checks_rate"] == 0.5
    assert live["checks_failed"] == live["checks_passed"] > 0
    server.post("/run/stop", {"run_id": run_id})
    record = server.wait_until_ended(run_id)
    [only] = failed()
    assert only == ("check", "is 500", record["checks_failed"])
    assert record["checks_failed"] == record["checks_passed"] > live["checks_failed"]
    window = server.get(f"/runs/{run_id}/window?from=0&to=9999")["breakdown"]["figures"]
    assert (window["checks_passed"], window["checks_failed"]) == (
        record["checks_passed"],
        record["checks_failed"],
    )


@pytest.mark.parametrize(
    ("body", "thrown_share"),
    [
        ("export default () => { throw new Error('always'); };", 1),
        ("export default () => { get(); throw new Error('after the request'); };", 1),
        ("export default () => { get(); fail('failed'); };", 1),
        ("export default () => { get(); undefined.x; };", 1),
        ("export default async () => { get(); await Promise.reject(new Error('rejected')); };", 1),
        ("export default () => { get(); if (__ITER % 2) { throw 'a text'; } };", None),
        ("export default () => check(get(), { 'a::b': () => true });", 1),
    ],
)
def test_exceptions_are_counted_and_never_pass(
    make_server: MakeServer, shop: Shop, tmp_path: Path, body: str, thrown_share: int | None
) -> None:
    server = start(make_server, tmp_path, body, "{ iterations: ['count>1'] }")
    run_id = server.run(shop.url)
    record = server.wait_until_ended(run_id)
    iterations = record["account"]["iterations"]
    assert (record["status"], record["verdict"]) == ("finished", "invalid")
    assert "iterations ended with an exception" in record["verdict_reason"]
    assert iterations["begun"] == record["iterations"] > 20
    if "get()" in body:
        assert iterations["begun"] == shop.counters()["received"]
    if thrown_share is None:
        assert 0 < iterations["thrown"] < iterations["begun"]
    else:
        assert iterations["thrown"] == iterations["begun"]
    thrown = [one for one in server.get(f"/runs/{run_id}/failures") if one["kind"] == "thrown"]
    assert [one["count"] for one in thrown] == [iterations["thrown"]]


@pytest.mark.parametrize(
    ("body", "verdict"),
    [
        ("export default () => get();", "none"),
        ("export default () => get({ name: 'Another' });", "none"),
        ("export default () => get({ name: 'Listed' });", "fail"),
        ("export default () => get({ op: 'Listed', group: 'other' });", "fail"),
        ("export default () => get({ name: 'listed' });", "none"),
        ("export default () => get({ group: 'g' });", "none"),
    ],
)
def test_limits_of_the_file_apply_only_to_a_script_that_calls_its_endpoints(
    make_server: MakeServer, shop: Shop, tmp_path: Path, body: str, verdict: str
) -> None:
    server = start(make_server, tmp_path, body)
    record = server.wait_until_ended(server.run(shop.url))
    assert (record["status"], record["verdict"]) == ("finished", verdict), record["verdict_reason"]


def test_a_script_that_sends_nothing_is_invalid(make_server: MakeServer, shop: Shop, tmp_path: Path) -> None:
    server = start(make_server, tmp_path, "export default () => {};")
    run_id = server.run(shop.url)
    record = server.wait_until_ended(run_id)
    assert (record["verdict"], record["verdict_reason"]) == ("invalid", "no request was sent")
    assert [one["kind"] for one in server.get(f"/runs/{run_id}/failures")] == ["empty"]
