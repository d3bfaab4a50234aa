"""What is sent anew after a deletion is not mixed up with what is on its way."""

from __future__ import annotations

from dashboard.store.outbox import NOTHING_SENT
from dashboard.store.store import Store
from tests.factories import LIST_PRODUCTS, an_interval, a_tally, an_ended_run

RUN = an_ended_run()


def test_nothing_is_sent_or_counts_as_sent_before_what_is_there_was_deleted(store: Store) -> None:
    outbox = store.outbox
    outbox.add_new("")
    store.runs.insert(RUN)
    store.append(RUN.run_id, [an_interval(seq, {LIST_PRODUCTS: a_tally()}) for seq in range(1, 4)])
    outbox.add_new("")
    [due] = outbox.pending()

    outbox.resend(RUN.run_id, delete_first=True)
    outbox.mark_sent(RUN.run_id, 3)
    outbox.mark_complete(RUN.run_id, due.version, 3)
    assert outbox.pending() == []
    assert outbox.backlog().snapshots == 3

    outbox.remove_deletion(RUN.run_id)
    assert [(one.run_id, one.sent_seq) for one in outbox.pending()] == [(RUN.run_id, NOTHING_SENT)]
    outbox.mark_complete(RUN.run_id, due.version, 3)
    assert outbox.pending() == []
    assert outbox.backlog().runs == 0
