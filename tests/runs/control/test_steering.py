"""Steering: control requests are written to control.json, and the dashboard itself can pause a run."""

import pytest

from dashboard.model.control import ControlRequest
from dashboard.model.errors import Conflict, NotFound
from dashboard.run_folder.files import ControlFile, StopFile
from dashboard.runs.start.request import LoadRequest, StartRequest
from tests.runs.supervision import Supervision

UNKNOWN_RUN = "20261121-101500-zzzzzzzz"


def start_steerable(supervision: Supervision) -> str:
    request = StartRequest(
        load=LoadRequest(profile="soak", vus=20), base_url="http://127.0.0.1:9", steerable=True
    )
    return supervision.supervisor.start(request).run_id


def control_file(supervision: Supervision, run_id: str) -> ControlFile | None:
    return supervision.launcher.folder(run_id).read(ControlFile)


def test_a_request_without_an_id_is_for_the_newest_live_run(supervision: Supervision) -> None:
    run_id = start_steerable(supervision)
    steered_id, control = supervision.steering.control(None, ControlRequest(vus=5))
    written = control_file(supervision, run_id)
    assert (steered_id, control.vus, control.seq, control.taken) == (run_id, 5, 1, False)
    assert written is not None
    assert (written.seq, written.vus, written.paused) == (1, 5, False)


def test_a_request_needs_a_run(supervision: Supervision) -> None:
    with pytest.raises(Conflict, match="No run is live"):
        supervision.steering.control(None, ControlRequest(vus=5))
    with pytest.raises(NotFound):
        supervision.steering.control(UNKNOWN_RUN, ControlRequest(vus=5))


def test_a_run_is_paused_once(supervision: Supervision) -> None:
    run_id = start_steerable(supervision)
    assert supervision.steering.pause(run_id) is True
    assert supervision.steering.pause(run_id) is False
    written = control_file(supervision, run_id)
    assert written is not None
    assert (written.seq, written.paused) == (1, True)


def test_a_stopping_run_is_not_paused(supervision: Supervision) -> None:
    run_id = start_steerable(supervision)
    supervision.supervisor.stop(run_id)
    assert supervision.launcher.folder(run_id).has(StopFile)
    assert supervision.steering.pause(run_id) is False
    assert control_file(supervision, run_id) is None


def test_a_run_that_cannot_be_steered_is_not_paused(supervision: Supervision) -> None:
    run = supervision.start()
    assert supervision.steering.pause(run.run_id) is False


def test_only_a_token_from_a_server_can_be_refreshed(supervision: Supervision) -> None:
    run = supervision.start()
    with pytest.raises(
        Conflict, match=r"cannot refresh its token: bearer authentication uses no token server\."
    ):
        supervision.steering.refresh_token(run.run_id)
