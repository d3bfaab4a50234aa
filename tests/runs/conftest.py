"""Fixtures of the tests of runs."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.runs.supervision import Supervision


@pytest.fixture
def supervise(tmp_path: Path) -> Iterator[Callable[..., Supervision]]:
    """Makes a supervisor with some settings changed."""
    made: list[Supervision] = []

    def make(**settings: object) -> Supervision:
        made.append(Supervision(tmp_path, **settings))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture
def supervision(supervise: Callable[..., Supervision]) -> Supervision:
    """A supervisor that allows one live run."""
    return supervise()
