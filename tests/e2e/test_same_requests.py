"""`just smoke` and plain k6 send the same requests in the same order: method, path, headers and body."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
import requests

from dashboard.run_folder.files import PidFile
from tests.conftest import ROOT
from tests.e2e.harness import Server, wait_for
from tests.e2e.test_command_line import CommandLine
from tests.k6.conftest import K6, CannedResponse, ReceivedRequest, Recorder, recorder

__all__ = ["recorder"]
pytestmark = pytest.mark.k6
TOKEN = "t0ken-for-both"
LOGIN: dict[str, Any] = {"name": "Login", "path": "/login", "method": "POST", "variables": {"user": "ann"}}
DOCUMENT: dict[str, Any] = {
    "setup": [{**LOGIN, "result_key": "id", "result_path": "data.id"}],
    "teardown": [{"name": "Leave", "path": "/leave/${data.id}", "method": "DELETE", "requires": ["id"]}],
    "scenarios": [{"name": "all", "steps": [{"ref": name} for name in ("Get", "Json", "Form", "Graph")]}],
    "pacing": None,
}
ENDPOINTS: list[dict[str, Any]] = [
    {"name": "Get", "path": "/a b?q=ü&id=${data.id}", "headers": {"X-Tenant": "acme"}},
    {"name": "Json", "path": "/json", "method": "PUT", "body": {"a": [1, "é"]}, "checks": {"status": 200}},
    {"name": "Form", "path": "/form", "method": "POST", "form": {"a": "1 2", "b": ["x", "y"]}},
    {
        "name": "Graph",
        "path": "/graphql",
        "type": "graphql",
        "query": "query One($id: ID!) { product(id: $id) { name } }",
        "variables_from_data": {"id": "id"},
    },
]
STEPS = len(ENDPOINTS)


def contents(received: Iterable[ReceivedRequest]) -> list[tuple[str, str, dict[str, str], bytes]]:
    return [(one.method, one.path, dict(one.headers), one.body) for one in received]


def by_phase(received: list[ReceivedRequest]) -> tuple[list[Any], list[list[Any]], list[Any]]:
    """Return the first request, the first two iterations of each user, and the last request."""
    users: dict[int, list[ReceivedRequest]] = defaultdict(list)
    for one in received[1:-1]:
        users[one.connection].append(one)
    iterations = [contents(requests[: 2 * STEPS]) for requests in users.values()]
    return contents(received[:1]), iterations, contents(received[-1:])


def test_just_smoke_and_plain_k6_send_the_same_requests(
    make_server: Callable[..., Server], recorder: Recorder, k6_bin: Path, tmp_path: Path
) -> None:
    [recipe] = re.findall(r"^smoke \*options:\n +(.+)$", (ROOT / "justfile").read_text(), re.MULTILINE)
    assert recipe == 'bin/dashboard run smoke "$@"'
    recorder.responses["/login"] = CannedResponse(body='{"data": {"id": "7/8"}}')
    server = make_server(AUTH_TOKEN=TOKEN, BASE_URL=recorder.url)
    server.endpoints(*ENDPOINTS, **DOCUMENT)

    code, _, err = CommandLine(server).run("smoke", "--duration", "2s")
    assert code == 0, err
    by_dashboard = by_phase(recorder.received)
    recorder.received.clear()
    env = {"LOAD_PROFILE": "smoke", "DURATION": "2s", "BASE_URL": recorder.url, "AUTH_TOKEN": TOKEN}
    k6 = K6(program=k6_bin, folder=tmp_path)
    assert k6.run(env | {"ENDPOINTS_FILE": str(server.endpoints_file)}).exit_code == 0
    by_k6 = by_phase(recorder.received)

    assert by_dashboard == by_k6
    first, users, last = by_k6
    assert [one[:2] for one in first + last] == [("POST", "/login"), ("DELETE", "/leave/7%2F8")]
    assert len(users) == 2
    assert {one[2]["Authorization"] for user in users for one in user} == {f"Bearer {TOKEN}"}
    paths = ["/a%20b?q=%C3%BC&id=7%2F8", "/json", "/form", "/graphql"]
    assert [[one[1] for one in user] for user in users] == [paths * 2] * 2


def setup_address(server: Server, run_id: str, recorder: Recorder) -> str:
    """Wait until the load runs. Return the URL at which k6 offers the results of the setup."""
    wait_for(lambda: len(recorder.received) > STEPS, "the load runs")
    pid = server.folder(run_id).read(PidFile)
    assert pid is not None
    return f"http://127.0.0.1:{pid.rest_port}/v1/setup"


def run_with_login(server: Server, recorder: Recorder) -> str:
    recorder.responses["/login"] = CannedResponse(body='{"data": {"id": "s3cret-from-the-login"}}')
    server.endpoints(*ENDPOINTS, **DOCUMENT)
    return server.run(recorder.url, duration="4s")


def test_k6_offers_the_results_of_the_setup_only_encrypted(server: Server, recorder: Recorder) -> None:
    run_id = run_with_login(server, recorder)

    answer = requests.get(setup_address(server, run_id, recorder), timeout=5)

    assert sorted(answer.json()["data"]["attributes"]["data"]) == ["iv", "sealed"]
    assert "s3cret" not in answer.text
    assert server.wait_until_ended(run_id)["status"] == "finished"
    assert recorder.received[-1].path == "/leave/s3cret-from-the-login"


def test_results_of_the_setup_that_a_local_user_replaced_are_not_used(
    server: Server, recorder: Recorder
) -> None:
    run_id = run_with_login(server, recorder)

    assert requests.put(setup_address(server, run_id, recorder), json=[["id", "9"]], timeout=5).ok

    server.wait_until_ended(run_id)
    assert {one.path for one in recorder.received if one.path.startswith(("/a", "/leave"))} == {
        "/a%20b?q=%C3%BC&id=s3cret-from-the-login"
    }
