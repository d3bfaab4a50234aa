"""What is sent anew after a deletion is not mixed up with what is on its way."""

from __future__ import annotations

from dashboard.store.outbox import NOTHING_SENT
from dashboard.store.sqlite import SqliteStore
from tests.factories import LIST_PRODUCTS, an_interval, a_tally, an_ended_run

RUN = an_ended_run()


def test_nothing_is_sent_or_counts_as_sent_before_what_is_there_was_deleted(store: SqliteStore) -> None:
    outbox = store.outbox
    outbox.enlist_new("")
    store.insert_run(RUN)
    store.append(RUN.run_id, [an_interval(seq, {LIST_PRODUCTS: a_tally()}) for seq in range(1, 4)])
    outbox.enlist_new("")
    [due] = outbox.due()

    outbox.send_again(RUN.run_id, afresh=True)
    outbox.sent_to(RUN.run_id, 3)
    outbox.sent_whole(RUN.run_id, due.version, 3)
    assert outbox.due() == []
    assert outbox.waiting().snapshots == 3

    outbox.deleted(RUN.run_id)
    assert [(one.run_id, one.sent_seq) for one in outbox.due()] == [(RUN.run_id, NOTHING_SENT)]
    outbox.sent_whole(RUN.run_id, due.version, 3)
    assert outbox.due() == []
    assert outbox.waiting().runs == 0
