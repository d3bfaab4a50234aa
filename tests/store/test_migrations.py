"""Schema migrations."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import fields
from pathlib import Path

import pytest

from dashboard.model.snapshot import Snapshot
from dashboard.store.errors import StoreError
from dashboard.store.migrations import FOLDER, migrate
from dashboard.store.store import Store


@pytest.fixture
def db() -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as made:
        yield made


def version(db: sqlite3.Connection) -> int:
    return int(db.execute("PRAGMA user_version").fetchone()[0])


def test_migrations_are_numbered_without_a_gap() -> None:
    numbers = [int(path.name[:4]) for path in sorted(FOLDER.glob("*.sql"))]
    assert numbers == list(range(1, len(numbers) + 1))


def test_database_is_migrated_to_the_newest_schema_once(db: sqlite3.Connection) -> None:
    migrate(db)
    assert version(db) == len(list(FOLDER.glob("*.sql")))
    migrate(db)


def test_every_field_of_a_snapshot_has_a_column(db: sqlite3.Connection) -> None:
    migrate(db)
    columns = [row[1] for row in db.execute("PRAGMA table_info(snapshots)")]
    assert columns == ["run_no", *(field.name for field in fields(Snapshot))]


def test_only_missing_migrations_run(db: sqlite3.Connection, tmp_path: Path) -> None:
    (tmp_path / "0001_first.sql").write_text("CREATE TABLE first (n);")
    migrate(db, tmp_path)
    (tmp_path / "0002_second.sql").write_text(
        "ALTER TABLE first ADD COLUMN m; INSERT INTO first VALUES (1, 2);"
    )
    migrate(db, tmp_path)
    assert db.execute("SELECT * FROM first").fetchall() == [(1, 2)]
    assert version(db) == 2


def test_failing_migration_is_rolled_back(db: sqlite3.Connection, tmp_path: Path) -> None:
    (tmp_path / "0001_wrong.sql").write_text("CREATE TABLE first (n); CREATE TABLE first (n);")
    with pytest.raises(sqlite3.OperationalError, match="already exists"):
        migrate(db, tmp_path)
    assert not db.in_transaction
    assert db.execute("SELECT count(*) FROM sqlite_schema").fetchone() == (0,)
    assert version(db) == 0


def test_newer_database_is_refused(db: sqlite3.Connection) -> None:
    db.execute("PRAGMA user_version = 99")
    with pytest.raises(StoreError, match="Start the newer version, or choose another DATA_DIR"):
        migrate(db)


def test_new_database_frees_space_and_survives_a_power_failure(tmp_path: Path) -> None:
    store = Store(tmp_path / "d.db")
    settings = ("auto_vacuum", "journal_mode", "synchronous", "page_size")
    found = [
        store._database.write(lambda db, name=name: db.execute(f"PRAGMA {name}").fetchone()[0])  # type: ignore[misc]
        for name in settings
    ]
    store.close()
    incremental, full = 2, 2
    assert found == [incremental, "wal", full, 8192]


def test_a_migration_renames_keys_in_stored_runs_and_events(db: sqlite3.Connection, tmp_path: Path) -> None:
    for script in sorted(FOLDER.glob("*.sql"))[:8]:
        (tmp_path / script.name).write_text(script.read_text("utf-8"))
    migrate(db, tmp_path)
    record = '{"detail":"60s","unfit_reason":"CPU"}'
    body = '{"detail":"60s","unfit_reason":"CPU","config":{"lever":"vus","brokered":true,"profile":"smoke"}}'
    db.execute(
        "INSERT INTO runs (run_id, created_at, status, profile, searched, record, body)"
        " VALUES ('r', '2026', 'finished', 'smoke', '', ?, ?)",
        (record, body),
    )
    db.execute('INSERT INTO events VALUES (1, 1, \'{"kind":"run.stop_asked"}\')')
    for script in sorted(FOLDER.glob("*.sql"))[8:9]:
        (tmp_path / script.name).write_text(script.read_text("utf-8"))
    migrate(db, tmp_path)

    assert db.execute("SELECT retention_level, record, body FROM runs").fetchone() == (
        "60s",
        '{"retention_level":"60s","invalid_reason":"CPU"}',
        '{"config":{"profile":"smoke","steering_variable":"vus","has_token_request":true},"retention_level":"60s","invalid_reason":"CPU"}',
    )
    assert db.execute("SELECT body FROM events").fetchone() == ('{"kind":"run.stop_requested"}',)


def test_a_migration_that_adds_fields_does_not_replicate_runs_again(
    db: sqlite3.Connection, tmp_path: Path
) -> None:
    for script in sorted(FOLDER.glob("*.sql"))[:11]:
        (tmp_path / script.name).write_text(script.read_text("utf-8"))
    migrate(db, tmp_path)
    db.execute(
        "INSERT INTO runs (run_id, created_at, status, profile, searched, record, body)"
        " VALUES ('r', '2026', 'finished', 'smoke', '', '{}', '{}')"
    )
    db.execute("INSERT INTO replica (run_id, created_at, sent_version, complete) VALUES ('r', '2026', 1, 1)")
    migrate(db)

    record = {
        "started_by",
        "stopped_by",
        "changed_by",
        "load_started_at",
        "time_zero",
        "steering_note",
        "account",
    }
    expected: dict[str, object] = {**dict.fromkeys(record), "thresholds": []}
    assert json.loads(db.execute("SELECT record FROM runs").fetchone()[0]) == expected
    assert db.execute("SELECT version, complete FROM replica").fetchone() == (1, 1)
    db.execute("UPDATE runs SET record = '{}'")
    assert db.execute("SELECT version, complete FROM replica").fetchone() == (2, 0)


@pytest.mark.parametrize(("started_at", "time_zero"), [("null", None), ('"2026-11-21T10:15:00Z"', "k6")])
def test_the_seconds_of_stored_runs_count_from_the_start_of_k6(
    db: sqlite3.Connection, tmp_path: Path, started_at: str, time_zero: str | None
) -> None:
    for script in sorted(FOLDER.glob("*.sql"))[:9]:
        (tmp_path / script.name).write_text(script.read_text("utf-8"))
    migrate(db, tmp_path)
    db.execute(
        "INSERT INTO runs (run_id, created_at, status, profile, searched, record, body)"
        f" VALUES ('r', '2026', 'finished', 'smoke', '', '{{\"started_at\":{started_at}}}', '{{}}')"
    )
    migrate(db)
    found = db.execute("SELECT json_extract(record, '$.time_zero', '$.load_started_at') FROM runs").fetchone()
    assert json.loads(found[0]) == [time_zero, None]
