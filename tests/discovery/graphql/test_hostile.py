"""Any schema ends in a result or in UnreadableDocument."""

import contextlib
import json
from typing import Any

from graphql import build_schema
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.discovery.discovered import ImportOptions, UnreadableDocument
from dashboard.discovery.formats import read_document
from tests.discovery.graphql.schemas import SHOP, introspect, read_text

VALUES = st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.sampled_from([[], {}, [None]])
INTROSPECTION = introspect(build_schema(SHOP))


def places(value: Any, above: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the paths of all values."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [above, *(path for key, item in items for path in places(item, (*above, key)))]


PLACES = [place for place in places(INTROSPECTION) if len(place) > 1]


@settings(max_examples=60, deadline=None)
@given(place=st.sampled_from(PLACES), value=VALUES)
def test_a_wrong_value_anywhere_in_an_introspection(place: tuple[Any, ...], value: Any) -> None:
    data = json.loads(json.dumps(INTROSPECTION))
    inner = data
    for key in place[:-1]:
        inner = inner[key]
    inner[place[-1]] = value
    with contextlib.suppress(UnreadableDocument):
        read_document(json.dumps(data).encode(), ImportOptions(), "graphql")


@settings(max_examples=60, deadline=None)
@given(start=st.integers(0, len(SHOP)), length=st.integers(1, 60), text=st.text(max_size=8))
def test_a_damaged_schema_file(start: int, length: int, text: str) -> None:
    raw = (SHOP[:start] + text + SHOP[start + length :]).encode(errors="replace")
    with contextlib.suppress(UnreadableDocument):
        read_document(raw, ImportOptions(), "graphql")


def test_types_that_contain_each_other_end() -> None:
    fields = " ".join(f"f{n}: T{n}" for n in range(40))
    types = " ".join(f"type T{n} {{ id: ID {fields} }}" for n in range(40))
    found = read_text(f"type Query {{ {fields} }} {types}")
    assert max(len(one.endpoint["query"]) for one in found.candidates) < 2_000


def test_more_operations_than_a_document_can_have_are_left_out() -> None:
    found = read_text("type Query {\n" + "\n".join(f"  f{n}: Int" for n in range(6_000)) + "\n}")
    assert len(found.candidates) == 5_000
    assert sum(one.count for one in found.left_out) == 1_000
