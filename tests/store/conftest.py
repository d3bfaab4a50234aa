"""A temporary store."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from dashboard.store.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = Store(tmp_path / "dashboard.db")
    yield made
    made.close()
