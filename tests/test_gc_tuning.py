"""Python's collector at the server's pace."""

import gc
from collections.abc import Iterator

import pytest

from dashboard.gc_tuning import look_less_often, spare_what_is_there


@pytest.fixture
def usual_pace() -> Iterator[None]:
    usual = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*usual)


@pytest.mark.usefixtures("usual_pace")
def test_it_looks_less_often_but_looks() -> None:
    look_less_often()
    assert gc.get_threshold()[0] > 10_000
    assert gc.isenabled()


@pytest.mark.usefixtures("usual_pace")
def test_what_is_there_is_not_looked_at_again() -> None:
    spare_what_is_there()
    assert gc.get_freeze_count() > 1_000
