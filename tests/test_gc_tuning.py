"""Python's collector at the server's pace."""

import gc
from collections.abc import Iterator

import pytest

from dashboard.gc_tuning import reduce_collections, freeze_loaded_objects


@pytest.fixture
def usual_pace() -> Iterator[None]:
    usual = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*usual)


@pytest.mark.usefixtures("usual_pace")
def test_it_looks_less_often_but_looks() -> None:
    reduce_collections()
    assert gc.get_threshold()[0] > 10_000
    assert gc.isenabled()


@pytest.mark.usefixtures("usual_pace")
def test_what_is_there_is_not_looked_at_again() -> None:
    freeze_loaded_objects()
    assert gc.get_freeze_count() > 1_000
