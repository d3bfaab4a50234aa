"""A redirect that is neither followed nor expected is one error. Hops do not count in the error rate. All counts are
compared with those of the target.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.e2e.harness import Server
from tests.k6.conftest import CannedResponse, Recorder, recorder

__all__ = ["recorder"]  # a fixture
pytestmark = pytest.mark.k6


def to(location: str, status: int = 302) -> CannedResponse:
    return CannedResponse(status=status, headers={"Location": location})


LACKS_LOCATION = CannedResponse(status=302)
NOT_MODIFIED = CannedResponse(status=304)
BROKEN = CannedResponse(status=500)


@pytest.mark.parametrize(
    ("endpoint", "responses", "hops", "kind"),
    [
        ({}, {"/start": to("/end")}, 1, None),
        ({"checks": {"status": 200}}, {"/start": to("/a", 307), "/a": to("/end")}, 2, None),
        ({"redirects": 0}, {"/start": to("/end")}, 0, ("redirect", "status 302, but redirects is 0")),
        (
            {"redirects": 0, "checks": {"status": 200}},
            {"/start": to("/end", 308)},
            0,
            ("redirect", "status 308, but redirects is 0"),
        ),
        ({"redirects": 1}, {"/start": to("/a"), "/a": to("/end")}, 1, ("redirect", "more than 1 redirects")),
        ({}, {"/start": to("/start")}, 10, ("redirect", "more than 10 redirects")),
        ({}, {"/start": LACKS_LOCATION}, 0, ("redirect", "status 302 without a Location")),
        ({}, {"/start": to("/a"), "/a": LACKS_LOCATION}, 1, ("redirect", "status 302 without a Location")),
        ({"checks": {"status": 302}}, {"/start": to("/end")}, 0, None),
        ({"checks": {"status": 301}}, {"/start": to("/end")}, 0, ("status", "302")),
        ({}, {"/start": NOT_MODIFIED}, 0, None),
        ({}, {"/start": to("/end"), "/end": BROKEN}, 1, ("status", "500")),
    ],
    ids=[
        *(
            "followed",
            "two hops",
            "none allowed",
            "none allowed, 200 expected",
            "limit",
            "loop",
            "no Location",
        ),
        *("no Location after a hop", "302 expected", "301 expected", "304", "to an error"),
    ],
)
def test_an_unfollowed_redirect_is_one_error(
    make_server: Callable[..., Server],
    recorder: Recorder,
    endpoint: dict[str, Any],
    responses: dict[str, CannedResponse],
    hops: int,
    kind: tuple[str, str] | None,
) -> None:
    recorder.responses.update(responses)
    server = make_server()
    server.endpoints({"name": "Go", "path": "/start", **endpoint}, pacing="40ms", slos={"error_rate": 0.5})
    server.start()
    run_id = server.run(recorder.url, vus=1, duration="2s")
    record = server.wait_until_ended(run_id)
    received = len(recorder.received)
    asked, rest = divmod(received, hops + 1)
    assert (rest, record["total_reqs"], record["hops"]) == (0, received, asked * hops)
    assert record["account"]["steps"]["sent"] == asked > 0
    assert (record["errors"], record["error_rate"]) == ((asked, 1) if kind else (0, 0))
    assert record["verdict"] == ("fail" if kind else "pass"), record["verdict_reason"]
    [row] = server.get(f"/runs/{run_id}/ops")
    assert (row["errors"], row["error_rate"], row["hops"]) == (
        record["errors"],
        record["error_rate"],
        asked * hops,
    )
    assert sum(one["errors"] for one in server.snapshots(run_id)) == record["errors"]
    groups = {(one["kind"], one["name"]): one for one in server.get(f"/runs/{run_id}/failures")}
    assert {key: one["count"] for key, one in groups.items()} == ({kind: asked} if kind else {})
    assert all(one["samples"] for one in groups.values())
    success_ms = row["success_p50_ms"]
    assert (success_ms is None) == (kind is not None and hops == 0)
