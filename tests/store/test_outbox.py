"""A run that is deleted and sent again is not confused with an earlier send in progress."""

from __future__ import annotations

from dashboard.store.outbox import NOTHING_SENT
from dashboard.store.store import Store
from tests.factories import LIST_PRODUCTS, a_tally, an_ended_run, an_interval

RUN = an_ended_run()


def test_run_is_not_pending_and_not_sent_while_its_deletion_waits(store: Store) -> None:
    outbox = store.outbox
    outbox.add_new("")
    store.runs.insert(RUN)
    store.append(RUN.run_id, [an_interval(seq, {LIST_PRODUCTS: a_tally()}) for seq in range(1, 4)])
    outbox.add_new("")
    [pending] = outbox.pending()

    outbox.resend(RUN.run_id, delete_first=True)
    outbox.mark_sent(RUN.run_id, 3)
    outbox.mark_complete(RUN.run_id, pending.version, 3)
    assert outbox.pending() == []
    assert outbox.backlog().snapshots == 3

    outbox.remove_deletion(RUN.run_id)
    assert [(one.run_id, one.sent_seq) for one in outbox.pending()] == [(RUN.run_id, NOTHING_SENT)]
    outbox.mark_complete(RUN.run_id, pending.version, 3)
    assert outbox.pending() == []
    assert outbox.backlog().runs == 0


def test_backlog_counts_a_run_before_it_is_pending(store: Store) -> None:
    outbox = store.outbox
    outbox.add_new("2026-11-21T10:00:00.000Z")
    store.runs.insert(RUN)
    store.append(RUN.run_id, [an_interval(seq) for seq in range(1, 4)])
    assert outbox.pending() == []
    before = outbox.backlog()
    assert (before.runs, before.snapshots) == (1, 3)
    outbox.add_new("")
    assert outbox.backlog() == before
    outbox.clear()
    assert outbox.backlog().runs == 0
