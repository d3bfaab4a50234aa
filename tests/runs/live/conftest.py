"""Fixtures of tests of live runs."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from dashboard.engine import rest
from tests.runs.live.sessions import LiveSession


@pytest.fixture
def live(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LiveSession]:
    """A session without a k6: its REST API does not answer."""
    monkeypatch.setattr(rest, "fetch_status", lambda _port: None)
    made = LiveSession(tmp_path)
    yield made
    made.stream.close()
    made.store.close()
