"""A backup contains no access token, and a restore adds none, even from an archive that somebody changed."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from dashboard.access.token_book import TokenBook
from dashboard.backup.archive import pack
from dashboard.backup.backup import create_backup, restore
from dashboard.model.identity import Role
from dashboard.store.errors import StoreError
from dashboard.store.store import Store

NOW = datetime(2026, 12, 31, tzinfo=UTC)
MANIFEST = {"format": "k6-dashboard-backup", "version": 1, "made_at": "2026-12-31T00:00:00.000Z"}
REVIVE = "CREATE TRIGGER revive AFTER INSERT ON runs BEGIN DELETE FROM tokens; END"


@pytest.fixture
def sha256(tmp_path: Path) -> str:
    """The hash of an administrator's token in the database of a data folder."""
    store = Store(tmp_path / "data" / "dashboard.db")
    TokenBook(store, lambda: NOW).create("boss", Role.ADMIN, created_by="admin", lifetime=None)
    (token,) = store.tokens.all()
    store.close()
    return token.sha256


def restored(target: Path, folder: Path) -> Store:
    folder.mkdir()
    restore(target, folder)
    return Store(folder / "dashboard.db")


def planted(tmp_path: Path, *statements: str) -> Path:
    """An archive with the database of the data folder, changed by `statements`."""
    folder, target = tmp_path / "data", tmp_path / "planted.tar.gz"
    with closing(sqlite3.connect(folder / "dashboard.db")) as db:
        db.execute("PRAGMA journal_mode = DELETE")
        for statement in statements:
            db.execute(statement)
    pack(folder, target, MANIFEST)
    return target


def test_a_backup_contains_no_token(sha256: str, tmp_path: Path) -> None:
    create_backup(tmp_path / "data", tmp_path / "backup.tar.gz", NOW)
    store = restored(tmp_path / "backup.tar.gz", tmp_path / "restored")

    assert store.tokens.all() == []
    store.close()
    assert sha256.encode() not in (tmp_path / "restored" / "dashboard.db").read_bytes()


def test_a_planted_token_is_not_restored(sha256: str, tmp_path: Path) -> None:
    store = restored(planted(tmp_path), tmp_path / "restored")

    assert store.tokens.all() == []
    store.close()


@pytest.mark.parametrize(
    "statement", [REVIVE, "CREATE VIEW other AS SELECT 1", REVIVE.replace("revive", "replica_event_2")]
)
def test_a_database_with_foreign_triggers_or_views_is_refused(
    sha256: str, tmp_path: Path, statement: str
) -> None:
    with pytest.raises(StoreError, match="triggers or views of another program"):
        restored(planted(tmp_path, statement), tmp_path / "restored")


def test_a_changed_trigger_of_ours_is_refused(sha256: str, tmp_path: Path) -> None:
    archive = planted(tmp_path, "DROP TRIGGER replica_event", REVIVE.replace("revive", "replica_event"))

    with pytest.raises(StoreError, match="another program: replica_event"):
        restored(archive, tmp_path / "restored")
