"""RunEditor: annotations and deletion of live and past runs."""

from dataclasses import replace

import pytest

from dashboard.model.errors import Conflict, NotFound
from dashboard.model.run import Run, RunStatus
from dashboard.runs.publish.hub import Hub
from dashboard.runs.run_editor import RunEditor
from tests.factories import A_RUN_ID, a_run
from tests.runs.supervision import Supervision


@pytest.fixture
def editor(supervision: Supervision) -> RunEditor:
    return RunEditor(supervision.store, Hub("test"), supervision.launcher, supervision.live_runs)


def with_notes(run: Run) -> Run:
    return replace(run, notes="slow")


def test_a_live_run_is_changed_by_its_session(supervision: Supervision, editor: RunEditor) -> None:
    run = supervision.start()
    assert editor.rewrite(run.run_id, with_notes).notes == "slow"
    assert supervision.sessions[run.run_id].run.notes == "slow"
    assert supervision.record(run.run_id).notes is None


def test_a_past_run_is_changed_in_the_store(supervision: Supervision, editor: RunEditor) -> None:
    supervision.store.runs.insert(a_run(status=RunStatus.FINISHED))
    editor.rewrite(A_RUN_ID, with_notes)
    assert supervision.record(A_RUN_ID).notes == "slow"


def test_an_ended_run_is_deleted_with_its_folder(supervision: Supervision, editor: RunEditor) -> None:
    run = supervision.start()
    with pytest.raises(Conflict, match="is starting. Stop it first"):
        editor.delete(run.run_id)
    supervision.sessions[run.run_id].end()
    editor.delete(run.run_id)
    assert supervision.store.runs.get(run.run_id) is None
    assert not supervision.launcher.folder(run.run_id).path.exists()


def test_a_run_of_another_dashboard_is_not_deleted(supervision: Supervision, editor: RunEditor) -> None:
    supervision.store.runs.insert(a_run(status=RunStatus.FINISHED, origin="elsewhere"))
    with pytest.raises(Conflict, match="was recorded by elsewhere. Delete it there"):
        editor.delete(A_RUN_ID)


def test_an_unknown_run_is_not_found(editor: RunEditor) -> None:
    with pytest.raises(NotFound):
        editor.delete(A_RUN_ID)
    with pytest.raises(NotFound):
        editor.rewrite(A_RUN_ID, with_notes)
