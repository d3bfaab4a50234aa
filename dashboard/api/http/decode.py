"""What comes in: bodies, queries and paths, strictly read and checked against their shapes."""

import json
import re
from collections.abc import Mapping
from typing import Any, NoReturn, TypeVar
from urllib.parse import unquote_to_bytes

from flask import request
from pydantic import BaseModel, ValidationError

from dashboard.api.http.errors import BadRequest, UnsupportedMediaType, invalid
from dashboard.model.errors import InvalidRequest

Shape = TypeVar("Shape", bound=BaseModel)
FORM = "application/x-www-form-urlencoded"
_NOT_TEXT = re.compile("[\x00\ud800-\udfff]")


def body_of(shape: type[Shape], *, forms: bool = False) -> Shape:
    """The request's body; none at all is an object without fields. Forms only where a page posts one."""
    if forms and request.mimetype == FORM:
        return checked(shape, request.form.to_dict())
    return checked(shape, read_json())


def expect_type(media: str) -> None:
    """The body is said to be `media`. Raises UnsupportedMediaType."""
    if request.mimetype != media:
        raise UnsupportedMediaType(f"Send the file itself as the body, with Content-Type: {media}.")


def query_of(shape: type[Shape]) -> Shape:
    """The query string. Nothing may be given twice."""
    try:
        unquote_to_bytes(request.query_string).decode()
    except UnicodeDecodeError:
        raise BadRequest("The query is not valid UTF-8.") from None
    for name, values in request.args.lists():
        if len(values) > 1:
            raise InvalidRequest.field(name[:64], "is given more than once")
    return checked(shape, request.args.to_dict())


def checked(shape: type[Shape], data: Mapping[str, object]) -> Shape:
    """`data` as a shape. Raises InvalidRequest."""
    try:
        _refuse_odd_text(data, "")
        return shape.model_validate(dict(data))
    except ValidationError as error:
        raise invalid(error) from None
    except RecursionError:
        raise BadRequest("The body is nested too deeply.") from None


def read_json() -> dict[str, Any]:
    """The body as a JSON object. Raises BadRequest, UnsupportedMediaType, InvalidRequest."""
    raw = request.get_data(cache=False)
    if not raw:
        return {}
    if request.mimetype != "application/json":
        raise UnsupportedMediaType("Send the body as JSON, with Content-Type: application/json.")
    try:
        data = json.loads(
            raw.decode(), parse_constant=_refuse_constant, parse_float=_finite, object_pairs_hook=_unique
        )
    except UnicodeDecodeError:
        raise BadRequest("The body is not valid UTF-8.") from None
    except RecursionError:
        raise BadRequest("The body is nested too deeply.") from None
    except ValueError as error:
        raise BadRequest(f"The body is not valid JSON: {error}.") from None
    if not isinstance(data, dict):
        raise InvalidRequest("The body must be a JSON object.")
    return data


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON number")


def _finite(text: str) -> float:
    number = float(text)
    if number in (float("inf"), float("-inf")):
        raise ValueError(f"{text[:32]} is too large a number")
    return number


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    data = dict(pairs)
    if len(data) < len(pairs):
        raise ValueError("a key is given twice in one object")
    return data


def _refuse_odd_text(value: object, path: str) -> None:
    """No NUL and no half of a surrogate pair: neither a file nor the database can hold them."""
    if isinstance(value, str):
        if _NOT_TEXT.search(value):
            raise InvalidRequest.field(path or "body", "must not hold NUL or broken characters")
    elif isinstance(value, Mapping):
        for key, item in value.items():
            name = f"{path}.{_NOT_TEXT.sub('�', key)[:64]}" if path else _NOT_TEXT.sub("�", key)[:64]
            _refuse_odd_text(key, name)
            _refuse_odd_text(item, name)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            _refuse_odd_text(item, f"{path}[{index}]")
