"""Named tokens with a clock that tests move."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from dashboard.access.access import Access
from dashboard.access.token_book import TokenBook
from dashboard.settings import Settings
from dashboard.store.store import Store


@dataclass
class Clock:
    """A clock that stands still between calls of `advance`."""

    now: datetime = datetime(2026, 11, 21, 10, 15, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **parts: float) -> None:
        self.now += timedelta(**parts)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = Store(tmp_path / "dashboard.db")
    yield made
    made.close()


@pytest.fixture
def book(store: Store, clock: Clock) -> TokenBook:
    return TokenBook(store, clock)


@pytest.fixture
def access(book: TokenBook, tmp_path: Path) -> Access:
    return Access(Settings(_env_file=None, data_dir=tmp_path, auth="always"), book)
