"""Thresholds of the garbage collector."""

import gc
from collections.abc import Iterator

import pytest

from dashboard.gc_tuning import freeze_loaded_objects, reduce_collections


@pytest.fixture
def default_thresholds() -> Iterator[None]:
    thresholds = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*thresholds)


@pytest.mark.usefixtures("default_thresholds")
def test_collections_are_rarer_but_still_enabled() -> None:
    reduce_collections()
    assert gc.get_threshold()[0] > 10_000
    assert gc.isenabled()


@pytest.mark.usefixtures("default_thresholds")
def test_existing_objects_are_frozen() -> None:
    freeze_loaded_objects()
    assert gc.get_freeze_count() > 1_000
