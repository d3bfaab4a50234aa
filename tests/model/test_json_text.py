"""JSON of responses and live messages."""

import json
import math

from dashboard.model.json_text import json_text


def test_json_is_compact_and_keeps_non_ascii_letters() -> None:
    assert json_text({"a": [1, "é"]}) == '{"a":[1,"é"]}'


def test_numbers_without_a_json_form_become_null() -> None:
    data = {"a": math.nan, "b": [1.5, math.inf], "c": ({"d": -math.inf},)}

    assert json.loads(json_text(data)) == {"a": None, "b": [1.5, None], "c": [{"d": None}]}
