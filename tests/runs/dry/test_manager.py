"""Dry runs with the real k6: every request once and in order, shown while it runs, and nothing left behind."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from dashboard.model.errors import Conflict, DashboardError, NotFound
from dashboard.runs.dry.dry_run import DryRun
from dashboard.runs.start.request import dry_request
from dashboard.services import Services
from tests.api.conftest import settings_for, wait_until
from tests.k6.conftest import K6, CannedResponse, Recorder, recorder

__all__ = ["recorder"]
pytestmark = pytest.mark.k6


@pytest.fixture
def k6(k6_bin: Path, tmp_path: Path) -> K6:
    return K6(program=k6_bin, folder=tmp_path)


@pytest.fixture
def make(k6: K6, tmp_path: Path) -> Iterator[Callable[..., Services]]:
    made: list[Services] = []

    def services(document: dict[str, Any], **changes: Any) -> Services:
        settings = settings_for(tmp_path, **{"k6_bin": str(k6.program)} | changes)
        k6.write_document(document)
        made.append(Services(settings))
        made[-1].start()
        return made[-1]

    yield services
    for one in made:
        one.stop()


def wait_until_ended(dry: DryRun, within_s: float = 30) -> dict[str, Any]:
    """Wait until the dry run has ended, and return its answer."""
    wait_until(lambda: dry.state.status.has_ended, within_s)
    return dry.to_json(0)


def folders(services: Services) -> list[str]:
    root = services.data_dir / "dry"
    return sorted(os.listdir(root)) if root.is_dir() else []


def processes_in(folder: Path) -> list[psutil.Process]:
    matches = []
    for process in psutil.process_iter(["cmdline", "status"]):
        uses_folder = any(str(folder) in argument for argument in process.info["cmdline"] or ())
        if uses_folder and process.info["status"] != psutil.STATUS_ZOMBIE:
            matches.append(process)
    return matches


def summary_of(answer: dict[str, Any]) -> list[tuple[Any, ...]]:
    return [
        (entry["part"], entry["scenario"], entry["step"], entry["op"], entry["state"], entry["failed"])
        for entry in answer["entries"]
    ]


ENDPOINTS = [
    {"name": "List", "path": "/list?u=${data.user}", "checks": {"status": 200, "body_path": "items[0]"}},
    {"name": "Never", "path": "/never", "weight": 0},
    {"name": "Create", "method": "POST", "path": "/create", "extract": {"id": {"body_path": "id"}}},
    {"name": "Get", "path": "/get/${data.id}", "checks": {"status": 404}},
]
DOCUMENT = {
    "endpoints": ENDPOINTS,
    "scenarios": [
        {"name": "buy", "think_time": "60s", "steps": [{"ref": "Create"}, {"ref": "Get"}]},
        {"name": "idle", "weight": 0, "steps": [{"ref": "List"}]},
    ],
    "setup": [
        {"name": "Make", "method": "POST", "path": "/users", "result_key": "user", "result_path": "id"}
    ],
    "teardown": [{"name": "Remove", "method": "DELETE", "path": "/users/${data.user}"}],
}


def test_every_request_is_sent_once_in_order_or_skipped_with_a_reason(
    make: Callable[..., Services], recorder: Recorder
) -> None:
    recorder.responses.update(
        {"/users": CannedResponse(status=201, body='{"id": 42}'), "/create": CannedResponse(body='{"id": 7}')}
    )
    services = make(DOCUMENT)
    answer = wait_until_ended(services.dry_runs.start_dry_run(dry_request(base_url=recorder.url)))
    assert (answer["status"], answer["message"]) == ("finished", "3 of 6 requests failed")
    assert (answer["answered"], answer["failed"], answer["skipped"], answer["excluded"]) == (6, 3, 0, 3)
    assert summary_of(answer) == [
        ("setup", None, None, "Make", "answered", False),
        ("endpoint", None, None, "List", "answered", True),
        ("endpoint", None, None, "Never", "excluded", False),
        ("endpoint", None, None, "Create", "answered", False),
        ("endpoint", None, None, "Get", "excluded", False),
        ("scenario", "buy", 1, "Create", "answered", False),
        ("scenario", "buy", 2, "Get", "answered", True),
        ("scenario", "idle", 1, "List", "excluded", False),
        ("teardown", None, None, "Remove", "answered", True),
    ]
    assert [(one.method, one.path) for one in recorder.received] == [
        ("POST", "/users"),
        ("GET", "/list?u=42"),
        ("POST", "/create"),
        ("POST", "/create"),
        ("GET", "/get/7"),
        ("DELETE", "/users/42"),
    ]
    reasons = [entry["reason"] for entry in answer["entries"] if entry["reason"]]
    assert reasons == [
        "weight 0: it is never chosen",
        '"id" comes from an earlier step of a scenario',
        "the scenario has weight 0: it is never chosen",
    ]


def test_each_request_is_shown_with_checks_body_and_variables(
    make: Callable[..., Services], recorder: Recorder
) -> None:
    body = '{"id": 7, "text": "' + "x" * 20_000 + '"}'
    recorder.responses.update(
        {"/users": CannedResponse(body='{"id": 42}'), "/create": CannedResponse(body=body)}
    )
    services = make(DOCUMENT)
    entries = wait_until_ended(services.dry_runs.start_dry_run(dry_request(base_url=recorder.url)))["entries"]
    make_user, listed, created = entries[0], entries[1], entries[5]
    assert make_user["extracted"] == [{"name": "user", "value": "42"}]
    assert listed["used"] == [{"name": "user", "value": "42"}]
    assert listed["exchange"]["checks"] == [
        {"check": "status is 200", "pass": True},
        {"check": "body has items[0]", "pass": False},
    ]
    assert created["extracted"] == [{"name": "id", "value": "7"}]
    assert created["exchange"]["response"]["body"] == body
    assert created["exchange"]["request"]["method"] == "POST"


def test_a_dry_run_is_not_stored_and_takes_no_slot(make: Callable[..., Services], recorder: Recorder) -> None:
    recorder.responses["/a"] = CannedResponse(delay_s=1)
    services = make({"endpoints": [{"name": "A", "path": "/a"}]}, k6_max_concurrency=1)
    dry = services.dry_runs.start_dry_run(dry_request(base_url=recorder.url))
    assert services.live_runs.runs() == []
    with pytest.raises(Conflict) as refused:
        services.dry_runs.start_dry_run(dry_request(base_url=recorder.url))
    assert refused.value.extra == {"dry_id": dry.run.run_id}
    assert wait_until_ended(dry)["message"] == "every request passed"
    wait_until(lambda: folders(services) == [])
    assert services.store.runs.newest() is None
    assert services.dry_runs.find("latest") is dry
    with pytest.raises(NotFound):
        services.dry_runs.find("20261121-101500-abcdefgh")


def test_a_pending_request_is_shown_and_a_cancel_still_sends_the_teardown(
    make: Callable[..., Services], recorder: Recorder
) -> None:
    recorder.responses["/slow"] = CannedResponse(delay_s=5)
    document = {
        "endpoints": [{"name": "Slow", "path": "/slow"}],
        "teardown": [{"name": "Bye", "path": "/bye"}],
    }
    services = make(document)
    dry = services.dry_runs.start_dry_run(dry_request(base_url=recorder.url))
    wait_until(lambda: [entry["state"] for entry in dry.to_json(0)["entries"]] == ["waiting"], 15)
    services.dry_runs.cancel("latest")
    answer = wait_until_ended(dry)
    assert (answer["status"], answer["message"]) == ("canceled", "canceled")
    assert [one.path for one in recorder.received] == ["/slow", "/bye"]
    wait_until(lambda: folders(services) == [] and not processes_in(services.data_dir / "dry"))
    services.dry_runs.cancel("latest")
    assert dry.to_json(0)["status"] == "canceled"


def test_a_dry_run_has_a_time_limit(make: Callable[..., Services], recorder: Recorder) -> None:
    recorder.responses["/slow"] = CannedResponse(delay_s=5)
    services = make({"endpoints": [{"name": "Slow", "path": "/slow"}]}, dry_run_limit="2s")
    answer = wait_until_ended(services.dry_runs.start_dry_run(dry_request(base_url=recorder.url)))
    assert answer["status"] == "timed_out"
    assert answer["message"] == ('exceeded DRY_RUN_LIMIT (2s) while "Slow" waited for a response')


def test_a_slow_response_is_judged_as_in_a_load(make: Callable[..., Services], recorder: Recorder) -> None:
    recorder.responses.update({"/slow": CannedResponse(delay_s=11), "/own": CannedResponse(delay_s=1)})
    endpoints = [{"name": "Own", "path": "/own", "timeout": "0.2s"}, {"name": "Slow", "path": "/slow"}]
    services = make({"endpoints": endpoints})
    entries = wait_until_ended(services.dry_runs.start_dry_run(dry_request(base_url=recorder.url)))["entries"]
    assert [entry["exchange"]["response"]["error"] for entry in entries] == ["request timeout", None]


NO_ID = CannedResponse(body="{}")
SWITCHING = CannedResponse(status=101, headers={"Upgrade": "x", "Connection": "Upgrade"})
TAKE = {"name": "Take", "path": "/take", "extract": {"id": {"body_path": "id"}}}
USE = {"name": "Use", "path": "/use/${data.id}"}
BUY = {"name": "buy", "steps": [{"ref": "Take"}, {"ref": "Use"}]}


@pytest.mark.parametrize(
    ("document", "response", "message"),
    [
        ({"endpoints": [{"name": "A", "path": "/take"}]}, SWITCHING, "1 request ended with an exception (A: unsup"),
        ({"endpoints": [TAKE, USE], "scenarios": [BUY]}, NO_ID, "1 request was not sent (Use: \"Take\" got no value"),
        (
            {"endpoints": [TAKE, USE], "scenarios": [BUY | {"on_failure": "continue"}]},
            NO_ID,
            "1 request was not sent (Use: \"id\" has no value)",
        ),
        (
            {"endpoints": [TAKE, USE], "scenarios": [BUY, BUY | {"name": "again"}]},
            SWITCHING,
            "3 requests ended with an exception (Take: unsupported response status: 101 Switching Protocols); "
            "2 requests were not sent (Use: \"Take\" ended with an exception)",
        ),
        (
            {"endpoints": [TAKE, USE], "scenarios": [{"name": "s", "steps": [{"ref": "Take"}]}]},
            CannedResponse(body='{"id": 1}'),
            "1 request was not sent (Use: \"id\" comes from an earlier step of a scenario)",
        ),
        (
            {
                "setup": [{"name": "Make", "path": "/take", "result_key": "user"}],
                "endpoints": [{"name": "A", "path": "/${data.user.id}"}],
            },
            NO_ID,
            "1 request was not sent (A: \"user.id\" has no value)",
        ),
        (
            {"endpoints": [{"name": "A", "path": "/"}], "teardown": [{"name": "T", "path": "/take"}]},
            SWITCHING,
            "1 request ended with an exception (T: unsup",
        ),
    ],
)  # fmt: skip
def test_a_dry_run_that_could_not_try_everything_has_failed(
    make: Callable[..., Services],
    recorder: Recorder,
    document: dict[str, Any],
    response: CannedResponse,
    message: str,
) -> None:
    recorder.responses["/take"] = response
    answer = wait_until_ended(make(document).dry_runs.start_dry_run(dry_request(base_url=recorder.url)))
    assert answer["message"].startswith(message)
    assert answer["status"] == "failed"


@pytest.mark.parametrize("phase", ["endpoints", "setup", "teardown"])
def test_a_head_request_is_judged_as_in_a_load(
    make: Callable[..., Services], recorder: Recorder, phase: str
) -> None:
    recorder.responses["/head"] = CannedResponse(headers={"Content-Encoding": "gzip"})
    document = {
        "endpoints": [{"name": "A", "path": "/"}],
        phase: [{"name": "H", "path": "/head", "method": "HEAD"}],
    }
    answer = wait_until_ended(make(document).dry_runs.start_dry_run(dry_request(base_url=recorder.url)))
    assert (answer["status"], answer["message"]) == ("finished", "every request passed")


def test_a_target_that_is_down_is_reported(make: Callable[..., Services]) -> None:
    services = make({"endpoints": [{"name": "A", "path": "/a"}, {"name": "B", "path": "/b"}]})
    answer = wait_until_ended(services.dry_runs.start_dry_run(dry_request(base_url="http://127.0.0.1:9")))
    assert (answer["status"], answer["failed"]) == ("finished", 2)
    assert answer["message"] == "the target does not respond: dial: connection refused"


def test_the_error_of_a_broken_script_is_reported(make: Callable[..., Services], tmp_path: Path) -> None:
    script = tmp_path / "broken.js"
    script.write_text("throw new Error('the shop is closed');\nexport default function () {}\n")
    services = make({"endpoints": [{"name": "A", "path": "/a"}]}, k6_script=script)
    answer = wait_until_ended(services.dry_runs.start_dry_run(dry_request(base_url="http://127.0.0.1:9")))
    assert answer["status"] == "failed"
    assert "the shop is closed" in answer["message"]
    wait_until(lambda: folders(services) == [])


def test_a_failed_setup_step_is_reported(make: Callable[..., Services], recorder: Recorder) -> None:
    recorder.responses["/users"] = CannedResponse(status=503, body="busy")
    services = make(DOCUMENT)
    answer = wait_until_ended(services.dry_runs.start_dry_run(dry_request(base_url=recorder.url)))
    assert answer["status"] == "failed"
    assert "setup: Make: responded with 503: busy" in answer["message"]
    assert summary_of(answer) == [("setup", None, None, "Make", "answered", True)]


def test_a_rejected_dry_run_leaves_no_folder(make: Callable[..., Services]) -> None:
    services = make({"endpoints": [{"name": "A", "path": "/a"}]}, allowed_targets="shop.example")
    with pytest.raises(DashboardError, match="ALLOWED_TARGETS"):
        services.dry_runs.start_dry_run(dry_request(base_url="http://127.0.0.1:9"))
    assert folders(services) == []


def test_the_next_server_cleans_up_after_a_killed_one(
    make: Callable[..., Services], recorder: Recorder, tmp_path: Path
) -> None:
    recorder.responses["/slow"] = CannedResponse(delay_s=8)
    services = make({"endpoints": [{"name": "Slow", "path": "/slow"}]})
    dry = services.dry_runs.start_dry_run(dry_request(base_url=recorder.url))
    wait_until(lambda: dry.to_json(0)["entries"], 15)
    services.dry_runs._loop.stop()  # a killed dashboard; its runner and k6 are still running
    services.dry_runs._newest = services.dry_runs._loop = None
    assert len(processes_in(services.data_dir / "dry")) == 2
    services.stop()
    orphaned = services.data_dir / "dry" / "20261121-101500-abcdefgh"
    orphaned.mkdir()
    (orphaned / "secrets.json").write_text("{}")
    again = Services(services.settings)
    again.start()
    wait_until(lambda: folders(again) == [] and not processes_in(again.data_dir / "dry"), 15)
    again.stop()
