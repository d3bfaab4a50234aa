"""Changes to one member of a JSON text leave all other bytes unchanged."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.endpoints.edit import elements, format_value, members, set_member

scalars = st.none() | st.booleans() | st.integers(-9, 9) | st.floats(0, 9) | st.text(max_size=9)
values = st.recursive(
    scalars,
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(st.text(max_size=5), inside, max_size=3),
)
documents = st.dictionaries(st.text(max_size=5), values, max_size=5)
styles = st.sampled_from(
    [{"indent": 2}, {"indent": "\t"}, {}, {"separators": (",", ":")}, {"ensure_ascii": False}, {"indent": 0}]
)


@given(documents, styles, st.text(max_size=5), values.filter(lambda value: value is not None))
def test_a_member_is_set(document: dict[str, Any], style: dict[str, Any], name: str, value: Any) -> None:
    text = json.dumps(document, **style)
    assert json.loads(set_member(text, 0, name, value)) == {**document, name: value}


@given(documents, styles, st.data())
def test_a_member_is_removed(document: dict[str, Any], style: dict[str, Any], data: st.DataObject) -> None:
    name = data.draw(st.sampled_from([*document, "missing"]))
    after = json.loads(set_member(json.dumps(document, **style), 0, name, None))
    assert list(after.items()) == [item for item in document.items() if item[0] != name]


@given(documents, styles)
def test_every_member_is_found(document: dict[str, Any], style: dict[str, Any]) -> None:
    text = "\n " + json.dumps(document, **style)
    found = {member.name: json.loads(text[member.value : member.end]) for member in members(text)}
    assert found == document


@given(st.lists(values, max_size=5), styles)
def test_every_element_is_found(items: list[Any], style: dict[str, Any]) -> None:
    text = json.dumps(items, **style)
    assert [json.JSONDecoder().raw_decode(text, at)[0] for at in elements(text, 0)] == items


@pytest.mark.parametrize(
    ("before", "name", "value", "after"),
    [
        ('{"a": 1}', "b", {"c": 2.0}, '{"a": 1, "b": { "c": 2 }}'),
        ('{\n  "a": 1,\n  "z": [ ]\n}\n', "b", 2, '{\n  "a": 1,\n  "b": 2,\n  "z": [ ]\n}\n'),
        ("{}", "b", 2, '{ "b": 2 }'),
        ('{"a" :  1.50 , "b":1}', "b", 2, '{"a" :  1.50 , "b":2}'),
        ('{ "b": 1, "a": 1 }', "b", None, '{ "a": 1 }'),
        ('{ "a": { "x": 1 } }', "a", {"x": 1.0}, '{ "a": { "x": 1 } }'),
    ],
)
def test_other_members_keep_their_formatting(before: str, name: str, value: Any, after: str) -> None:
    assert set_member(before, 0, name, value, after=("a",)) == after


def test_a_value_is_formatted_on_one_line() -> None:
    assert (
        format_value({"p95_ms": 500.0, "größe": None, "in": {}})
        == '{ "p95_ms": 500, "größe": null, "in": {} }'
    )
