"""The audit log: masked values, counted failures, retention, and entries that nobody can change."""

import json
from datetime import timedelta

import pytest

from dashboard.access.audit_log import MAX_CLIENTS, AuditLog
from dashboard.model.audit import AuditFilter, Change
from dashboard.model.identity import LOCAL, Identity, Role
from dashboard.store.errors import StoreError
from dashboard.store.store import Store
from tests.access.conftest import Clock

ANN = Identity(who="ann", role=Role.RUNNER, via="proxy")
EVERYTHING = AuditFilter()


@pytest.fixture
def audit(store: Store, clock: Clock) -> AuditLog:
    return AuditLog(store, clock, 365)


def test_an_entry_contains_who_from_where_and_what(audit: AuditLog, store: Store, clock: Clock) -> None:
    change = Change(action="run.annotate", object="r1", before={"label": None}, after={"label": "x"})
    audit.record(ANN, "192.0.2.1", change)
    (entry,) = store.audit.newest(EVERYTHING, limit=10)

    assert (entry.who, entry.via, entry.role, entry.client) == ("ann", "proxy", "runner", "192.0.2.1")
    assert (entry.at, entry.change, entry.number) == (clock.now, change, 1)


@pytest.mark.parametrize("name", ["password", "X-Api-Key", "client_secret", "authToken", "sid"])
def test_secrets_are_masked(audit: AuditLog, store: Store, name: str) -> None:
    value = {
        "network": {name: "canary"},
        "list": [{"name": name, "value": "canary"}],
        "text": f"{name}=canary",
    }
    audit.record(ANN, "", Change(action="x", object=f"http://a/?{name}=canary", before=value, after=value))
    (entry,) = store.audit.newest(EVERYTHING, limit=1)

    assert "canary" not in json.dumps([entry.change.object, entry.change.before, entry.change.after])


def test_a_large_value_is_left_out_with_its_size(audit: AuditLog, store: Store) -> None:
    audit.record(ANN, "", Change(action="x", after={"notes": "n" * 20_000}))

    assert store.audit.newest(EVERYTHING, limit=1)[0].change.after == {
        "omitted": "20013 bytes, more than 16384"
    }


def test_failed_sign_ins_are_counted_and_stored_once_per_client(audit: AuditLog, store: Store) -> None:
    for client in (*["192.0.2.1"] * 3, "2001:db8::1", "2001:db8::2"):
        audit.count_failure(client)
    assert store.audit.newest(EVERYTHING, limit=10) == []
    audit.write_failures()
    audit.write_failures()

    entries = store.audit.newest(EVERYTHING, limit=10)
    assert {(entry.client, (entry.change.after or {})["attempts"]) for entry in entries} == {
        ("192.0.2.1", 3),
        ("2001:db8::/64", 2),
    }
    assert {(entry.who, entry.role, entry.change.action) for entry in entries} == {
        ("", None, "sign_in.failed")
    }


def test_many_clients_cannot_flood_the_log(audit: AuditLog, store: Store) -> None:
    for number in range(10 * MAX_CLIENTS):
        audit.count_failure(f"10.0.{number // 250}.{number % 250}")
    audit.write_failures()

    entries = store.audit.newest(EVERYTHING, limit=1_000)
    assert len(entries) == MAX_CLIENTS + 1
    assert sum((entry.change.after or {})["attempts"] for entry in entries) == 10 * MAX_CLIENTS


@pytest.mark.parametrize(("days", "left"), [(365, ["new"]), (0, ["old", "new"])])
def test_old_entries_are_deleted(store: Store, clock: Clock, days: float, left: list[str]) -> None:
    audit = AuditLog(store, clock, days)
    audit.record(LOCAL, "", Change(action="old"))
    clock.now += timedelta(days=366)
    audit.record(LOCAL, "", Change(action="new"))
    audit.delete_old()

    assert [entry.change.action for entry in store.audit.all(EVERYTHING)] == left


def test_entries_cannot_be_changed(audit: AuditLog, store: Store) -> None:
    audit.record(LOCAL, "", Change(action="run.delete"))

    with pytest.raises(StoreError, match="entries of the audit log cannot be changed"):
        store._database.write(lambda db: db.execute("UPDATE audit SET who = 'bob'").rowcount)


def test_entries_are_filtered_and_paged(audit: AuditLog, store: Store) -> None:
    for who, action in (("ann", "run.start"), ("bob", "run.stop"), ("ann", "runs"), ("ann", "run.stop")):
        audit.record(Identity(who=who, role=Role.ADMIN), "", Change(action=action))

    def numbers(before: int | None = None, limit: int = 10, **chosen: str) -> list[int]:
        entries = store.audit.newest(AuditFilter(**chosen), limit=limit, before=before)
        return [entry.number for entry in entries]

    assert numbers() == [4, 3, 2, 1]
    assert numbers(who="ann") == [4, 3, 1]
    assert numbers(action="run") == [4, 2, 1]
    assert numbers(action="run.stop", who="bob") == [2]
    assert (numbers(limit=2), numbers(limit=2, before=3)) == ([4, 3], [2, 1])
