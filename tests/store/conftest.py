"""A database that is thrown away."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from dashboard.store.sqlite import SqliteStore


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    made = SqliteStore(tmp_path / "dashboard.db")
    yield made
    made.close()
