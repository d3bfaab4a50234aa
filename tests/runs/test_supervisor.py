"""Supervisor: admission, queue, stop and adoption, with fake runners and sessions."""

import errno
import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from dashboard.engine.k6_binary import K6Unavailable
from dashboard.model.errors import Conflict, InvalidRequest, NotFound, Unavailable
from dashboard.model.run import RunStatus
from dashboard.run_folder.files import RunFile, SecretsFile, StopFile
from dashboard.runs.start.request import AuthRequest, NetworkRequest
from dashboard.store.errors import StoreError
from tests.factories import a_run
from tests.runs.supervision import ENDPOINTS, Supervision

UNKNOWN_RUN = "20261121-101500-zzzzzzzz"
LATER = {"endpoints": [*ENDPOINTS["endpoints"], {"name": "Later", "group": "shop", "path": "/later"}]}


# Admission


def test_a_start_stores_the_run_and_launches_it(supervision: Supervision) -> None:
    run = supervision.start()
    folder = supervision.launcher.folder(run.run_id)
    spec = folder.read(RunFile)
    assert supervision.stored() == {run.run_id: RunStatus.STARTING}
    assert supervision.launcher.started == [run.run_id]
    assert supervision.sessions[run.run_id].runner_pid == 1
    assert spec is not None
    assert spec.run_id == run.run_id
    assert folder.read(SecretsFile) == SecretsFile({"AUTH_TOKEN": "s3cret"})
    assert (folder.path / "endpoints.json").read_bytes() == supervision.endpoints_file.read_bytes()


def test_a_second_start_conflicts_with_the_live_run(supervision: Supervision) -> None:
    live = supervision.start()
    with pytest.raises(Conflict, match="is starting. Stop it, or send") as caught:
        supervision.start()
    assert caught.value.extra == {"run_id": live.run_id}
    assert list(supervision.stored()) == [live.run_id]


def test_several_runs_may_be_live(supervise: Callable[..., Supervision]) -> None:
    supervision = supervise(k6_max_concurrency=2)
    first, second = supervision.start(), supervision.start()
    assert [run.run_id for run in supervision.live_runs.runs()] == [second.run_id, first.run_id]
    with pytest.raises(Conflict):
        supervision.start()


def test_a_start_may_wait_in_the_queue(supervision: Supervision) -> None:
    supervision.start()
    queued = supervision.start(queue=True)
    assert queued.status is RunStatus.QUEUED
    assert supervision.events(queued.run_id) == [("run.queued", "waits in the queue")]
    assert supervision.launcher.folder(queued.run_id).has(SecretsFile)
    assert not supervision.launcher.folder(queued.run_id).has(RunFile)
    assert queued.run_id not in supervision.sessions


def test_a_run_with_queue_starts_immediately_when_a_slot_is_free(supervision: Supervision) -> None:
    assert supervision.start(queue=True).status is RunStatus.STARTING


def named(name: str, **slos: float) -> str:
    endpoint = {"name": name, "group": "g", "type": "rest", "path": "/"}
    return json.dumps({"endpoints": [endpoint], "slos": slos})


def test_a_run_uses_the_endpoints_of_its_request(supervision: Supervision) -> None:
    text = named("Own", p95_ms=7)
    run = supervision.start(endpoints=text)
    assert (supervision.launcher.folder(run.run_id).path / "endpoints.json").read_text() == text
    assert run.context.slos == {"p95_ms": 7.0}


def test_a_queued_run_keeps_the_endpoints_of_its_request(supervision: Supervision) -> None:
    first = supervision.start()
    text = named("Own", p95_ms=7)
    queued = supervision.start(queue=True, endpoints=text)
    supervision.restart()
    supervision.write_endpoints({"endpoints": []})
    supervision.supervisor.adopt()
    supervision.supervisor.continue_queue()
    supervision.sessions[first.run_id].end()
    assert supervision.record(queued.run_id).status is RunStatus.STARTING
    assert (supervision.launcher.folder(queued.run_id).path / "endpoints.json").read_text() == text
    assert supervision.record(queued.run_id).context.slos == {"p95_ms": 7.0}


def test_nothing_is_stored_with_invalid_endpoints(supervision: Supervision) -> None:
    with pytest.raises(InvalidRequest, match="is not valid JSON"):
        supervision.start(endpoints="{")
    assert supervision.stored() == {}


def test_the_queue_has_a_limit(supervise: Callable[..., Supervision]) -> None:
    supervision = supervise(queue_limit=1)
    supervision.start()
    supervision.start(queue=True)
    with pytest.raises(Conflict, match=r"The queue is full \(1 of 1 runs\)\. Cancel a queued run"):
        supervision.start(queue=True)
    assert len(supervision.stored()) == 2


def test_nothing_starts_during_the_shutdown(supervision: Supervision) -> None:
    supervision.supervisor.close()
    with pytest.raises(Unavailable, match="shutting down"):
        supervision.start()
    assert supervision.stored() == {}


def test_nothing_is_stored_without_k6(supervision: Supervision) -> None:
    supervision.k6.error = K6Unavailable("k6 was not found")
    with pytest.raises(Unavailable, match="k6 was not found"):
        supervision.start()
    assert supervision.stored() == {}


def test_nothing_is_stored_without_disk_space(supervise: Callable[..., Supervision]) -> None:
    supervision = supervise(min_free_disk=1 << 62)
    with pytest.raises(Unavailable, match="less than MIN_FREE_DISK"):
        supervision.start()
    assert supervision.stored() == {}


def test_nothing_is_stored_without_a_run_folder(
    supervision: Supervision, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(supervision.launcher, "make_folder", fail)
    with pytest.raises(Unavailable, match="The run folder cannot be created: No space left on device"):
        supervision.start()
    assert supervision.stored() == {}


def test_a_run_whose_runner_cannot_be_started_fails(supervision: Supervision) -> None:
    supervision.launcher.error = OSError(errno.EAGAIN, "Resource temporarily unavailable")
    run = supervision.start()
    assert run.status is RunStatus.FAILED
    assert (
        supervision.record(run.run_id).exit_reason
        == f"the runner could not be started: {supervision.launcher.error}"
    )
    assert not supervision.launcher.folder(run.run_id).has(SecretsFile)
    assert supervision.live_runs.runs() == []


def test_a_session_ends_a_run_whose_end_could_not_be_stored(
    supervision: Supervision, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise StoreError("the disk is full")

    supervision.launcher.error = OSError(errno.ENOSPC, "No space left on device")
    monkeypatch.setattr(supervision.store.runs, "update", fail)
    with pytest.raises(StoreError):
        supervision.start()
    [session] = supervision.sessions.values()
    assert session.runner_pid is None


# Queue


def test_queued_runs_start_in_order(supervision: Supervision) -> None:
    runs = [supervision.start(queue=True) for _ in range(3)]
    for run in runs:
        assert [live.run_id for live in supervision.live_runs.runs()] == [run.run_id]
        supervision.sessions[run.run_id].end()
    assert supervision.launcher.started == [run.run_id for run in runs]
    assert supervision.live_runs.runs() == []


def test_a_queued_run_uses_the_endpoints_file_of_its_start(supervision: Supervision) -> None:
    live, queued = supervision.start(), supervision.start(queue=True)
    supervision.write_endpoints(LATER)
    supervision.sessions[live.run_id].end()
    frozen = supervision.launcher.folder(queued.run_id).path / "endpoints.json"
    assert frozen.read_bytes() == supervision.endpoints_file.read_bytes()
    assert supervision.record(queued.run_id).context.endpoints_sha256 != live.context.endpoints_sha256


def test_queued_runs_fail_when_the_endpoints_file_is_broken(supervision: Supervision) -> None:
    live, *queued = supervision.start(), supervision.start(queue=True), supervision.start(queue=True)
    supervision.write_endpoints({"endpoints": []})
    supervision.sessions[live.run_id].end()
    for run in queued:
        record = supervision.record(run.run_id)
        assert record.status is RunStatus.FAILED
        assert "endpoints" in (record.exit_reason or "")
        assert not supervision.launcher.folder(run.run_id).has(SecretsFile)
    assert supervision.launcher.started == [live.run_id]


def test_the_targets_of_a_queued_run_are_checked_again(supervise: Callable[..., Supervision]) -> None:
    supervision = supervise(allowed_targets="127.0.0.1, 10.0.0.1")
    network = NetworkRequest(hosts={"shop.test": "10.0.0.1"})
    live, queued = supervision.start(), supervision.start(queue=True, network=network)
    supervision.write_endpoints(ENDPOINTS | {"network": {"hosts": {"other.test": "192.0.2.1"}}})
    supervision.sessions[live.run_id].end()
    reason = supervision.record(queued.run_id).exit_reason
    assert reason == "network.hosts.other.test: 192.0.2.1 is not in ALLOWED_TARGETS."


def test_target_and_token_server_of_a_queued_run_are_checked_again(supervision: Supervision) -> None:
    credentials = {"auth_refresh_endpoint": "http://sso.test/token"}
    live, shop = supervision.start(), supervision.start(queue=True, base_url="http://shop.test")
    login = supervision.start(queue=True, auth=AuthRequest(mode="bearer_endpoint", credentials=credentials))
    supervision.settings = supervision.settings.model_copy(update={"allowed_targets": ("127.0.0.1",)})
    supervision.sessions[live.run_id].end()
    assert [supervision.record(run.run_id).exit_reason for run in (shop, login)] == [
        "base_url: shop.test is not in ALLOWED_TARGETS.",
        "the token server: sso.test is not in ALLOWED_TARGETS.",
    ]


def test_a_queue_on_hold_starts_when_it_is_continued(supervision: Supervision) -> None:
    live, queued = supervision.start(), supervision.start(queue=True)
    supervision.supervisor.queue_held = True
    supervision.sessions[live.run_id].end()
    assert supervision.record(queued.run_id).status is RunStatus.QUEUED
    supervision.supervisor.continue_queue()
    assert supervision.supervisor.queue_held is False
    assert supervision.record(queued.run_id).status is RunStatus.STARTING


def test_a_start_without_queue_overtakes_a_queue_on_hold(supervision: Supervision) -> None:
    live, queued = supervision.start(), supervision.start(queue=True)
    supervision.supervisor.queue_held = True
    supervision.sessions[live.run_id].end()
    assert supervision.start(queue=True).status is RunStatus.QUEUED
    assert supervision.start().status is RunStatus.STARTING
    assert supervision.record(queued.run_id).status is RunStatus.QUEUED


def test_no_queued_run_starts_during_the_shutdown(supervision: Supervision) -> None:
    live, queued = supervision.start(), supervision.start(queue=True)
    supervision.supervisor.close()
    supervision.sessions[live.run_id].end()
    assert supervision.record(queued.run_id).status is RunStatus.QUEUED


# Stop


def test_a_stop_cancels_a_queued_run(supervision: Supervision) -> None:
    supervision.start()
    queued = supervision.start(queue=True)
    stopped = supervision.supervisor.stop(queued.run_id)
    assert (stopped.status, stopped.exit_reason) == (RunStatus.STOPPED, "canceled in the queue")
    assert supervision.record(queued.run_id) == stopped
    assert supervision.events(queued.run_id)[-1] == ("run.ended", "stopped: canceled in the queue")
    assert not supervision.launcher.folder(queued.run_id).has(SecretsFile)
    assert supervision.supervisor.queue() == []


def test_a_stop_is_written_for_the_runner(supervision: Supervision) -> None:
    run = supervision.start()
    folder = supervision.launcher.folder(run.run_id)
    assert supervision.supervisor.stop(run.run_id).status is RunStatus.STOPPING
    waiting = folder.read(StopFile)
    supervision.supervisor.stop(run.run_id, immediate=True)
    immediate = folder.read(StopFile)
    assert waiting is not None
    assert immediate is not None
    assert [(stop.reason, stop.immediate) for stop in (waiting, immediate)] == [
        ("requested", False),
        ("requested", True),
    ]


def test_a_stop_without_an_id_stops_the_newest_run(supervise: Callable[..., Supervision]) -> None:
    supervision = supervise(k6_max_concurrency=2)
    older, newer = supervision.start(), supervision.start()
    assert supervision.supervisor.stop(None).run_id == newer.run_id
    assert not supervision.launcher.folder(older.run_id).has(StopFile)


def test_a_stop_needs_a_live_or_queued_run(supervision: Supervision) -> None:
    with pytest.raises(Conflict, match="No run is live"):
        supervision.supervisor.stop(None)
    with pytest.raises(NotFound):
        supervision.supervisor.stop(UNKNOWN_RUN)
    run = supervision.start()
    supervision.sessions[run.run_id].end()
    with pytest.raises(Conflict, match=r"has already ended \(finished\)"):
        supervision.supervisor.stop(run.run_id)


# Adoption


def test_a_live_run_is_adopted_without_a_new_runner(supervision: Supervision) -> None:
    run = supervision.start()
    supervision.restart()
    assert [adopted.run_id for adopted in supervision.supervisor.adopt()] == [run.run_id]
    assert supervision.sessions[run.run_id].runner_pid is None
    assert supervision.launcher.started == [run.run_id]
    assert supervision.events(run.run_id) == [("run.adopted", "the dashboard restarted; the run continues")]
    with pytest.raises(Conflict):
        supervision.start()


@pytest.mark.parametrize("status", [RunStatus.STARTING, RunStatus.RUNNING, RunStatus.STOPPING])
def test_a_run_without_a_folder_is_interrupted(supervision: Supervision, status: RunStatus) -> None:
    run = a_run(status=status)
    supervision.store.runs.insert(run)
    supervision.supervisor.adopt()
    record = supervision.record(run.run_id)
    assert (record.status, record.exit_reason) == (RunStatus.INTERRUPTED, "the run folder is missing")
    assert supervision.sessions == {}


def test_adoption_holds_the_queue(supervision: Supervision) -> None:
    live, queued = supervision.start(), supervision.start(queue=True)
    supervision.restart()
    supervision.supervisor.adopt()
    assert supervision.supervisor.queue_held is True
    supervision.sessions[live.run_id].end()
    assert supervision.record(queued.run_id).status is RunStatus.QUEUED


def test_an_empty_queue_is_not_held(supervision: Supervision) -> None:
    supervision.start()
    supervision.restart()
    supervision.supervisor.adopt()
    assert supervision.supervisor.queue_held is False


def test_ended_runs_are_not_adopted(supervision: Supervision) -> None:
    supervision.store.runs.insert(replace(a_run(), status=RunStatus.FINISHED))
    assert supervision.supervisor.adopt() == []
