"""What the runner tells, read as events: in order, once, over restarts of the dashboard."""

from pathlib import Path

from dashboard.model.events import EventKind
from dashboard.run_folder.files import RunFolder
from dashboard.runner.events import RunnerEventLog
from dashboard.runner.log import RunnerLog
from dashboard.runs.live.runner_events import RunnerEvent, RunnerEventTail, to_event


def test_facts_are_read_once(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    tail, facts = RunnerEventTail(folder, 0), RunnerEventLog(folder, RunnerLog())
    assert tail.poll() == []
    facts.append("token_refreshed", epoch=2)
    facts.append("token_refreshed", epoch=3)
    assert [(fact.n, fact.data["epoch"]) for fact in tail.poll()] == [(1, 2), (2, 3)]
    assert tail.poll() == []
    facts.append("token_refreshed", epoch=4)
    assert [fact.n for fact in RunnerEventTail(folder, 2).poll()] == [3]


def test_half_a_line_is_waited_for_and_nonsense_passed_over(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    tail = RunnerEventTail(folder, 0)
    folder.runner_events.write_bytes(b'[]\nnull\n{"n": "1"}\n\xff\n{"n":1,"at_ms":5,"kind":"x"}\n{"n":2,"at')
    assert tail.poll() == [RunnerEvent(1, 5, "x", {})]
    with folder.runner_events.open("ab") as file:
        file.write(b'_ms":6,"kind":"y"}\n')
    assert tail.poll() == [RunnerEvent(2, 6, "y", {})]


def test_what_people_are_told() -> None:
    fresh = to_event(RunnerEvent(1, 5, "token_refreshed", {"life_s": 300.0, "took_ms": 12, "cause": "due"}))
    missed = to_event(
        RunnerEvent(2, 5, "token_refused", {"reason": "It answers 503.", "again_s": 4.0, "failures": 3})
    )
    assert fresh is not None
    assert missed is not None
    assert (fresh.kind, fresh.level) == (EventKind.TOKEN_REFRESHED, "info")
    assert fresh.message == "a new token, which lasts 300 s, before it expired (12 ms)"
    assert (missed.kind, missed.level) == (EventKind.TOKEN_REFUSED, "warning")
    assert missed.message == "It answers 503. It is tried again in 4 s."
    assert to_event(RunnerEvent(3, 5, "of a newer version", {})) is None
