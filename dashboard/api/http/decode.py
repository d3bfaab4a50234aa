"""Decoding of requests: bodies, queries and paths are parsed strictly and validated against their shapes."""

import re
from collections.abc import Mapping
from typing import Any, TypeVar
from urllib.parse import unquote_to_bytes

from flask import request
from pydantic import BaseModel, ValidationError

from dashboard.api.http.errors import BadRequest, UnsupportedMediaType, invalid_request
from dashboard.model.errors import InvalidRequest
from dashboard.model.strict_json import InvalidJson, InvalidUnicode, parse_json

Shape = TypeVar("Shape", bound=BaseModel)
FORM_MEDIA_TYPE = "application/x-www-form-urlencoded"
_MAX_PATH_CHARACTERS = 200
_INVALID_CHARACTERS = re.compile("[\x00\ud800-\udfff]")


def body_of(shape: type[Shape], *, accept_form: bool = False) -> Shape:
    """Return the body, validated against `shape`. An empty body counts as an empty object.

    With `accept_form`, the body may also be an HTML form.
    """
    if accept_form and request.mimetype == FORM_MEDIA_TYPE:
        return validate(shape, request.form.to_dict())
    return validate(shape, read_json())


def expect_type(media: str) -> None:
    """Check that the Content-Type is `media`. Raises UnsupportedMediaType."""
    if request.mimetype != media:
        raise UnsupportedMediaType(f"The Content-Type must be {media}. Send the file as the body.")


def query_of(shape: type[Shape]) -> Shape:
    """Return the query string as a shape. Repeated parameters are refused."""
    try:
        unquote_to_bytes(request.query_string).decode()
    except UnicodeDecodeError:
        raise BadRequest("The query string is not valid UTF-8. Percent-encode its values as UTF-8.") from None
    for name, values in request.args.lists():
        if len(values) > 1:
            raise InvalidRequest.field(name[:64], "must not be repeated")
    return validate(shape, request.args.to_dict())


def validate(shape: type[Shape], data: Mapping[str, object]) -> Shape:
    """Return `data` as a shape. Raises InvalidRequest or BadRequest."""
    try:
        _refuse_invalid_text(data, "")
        return shape.model_validate(dict(data))
    except ValidationError as error:
        raise invalid_request(error) from None
    except RecursionError:
        raise BadRequest("The JSON body is nested too deeply.") from None


def read_json() -> dict[str, Any]:
    """Return the body as a JSON object. Raises BadRequest, UnsupportedMediaType, InvalidRequest."""
    raw = request.get_data(cache=False)
    if not raw:
        return {}
    if request.mimetype != "application/json":
        raise UnsupportedMediaType("The Content-Type must be application/json. Send the body as JSON.")
    try:
        data = parse_json(raw.decode())
    except UnicodeDecodeError:
        raise BadRequest("The body is not valid UTF-8. Encode it as UTF-8.") from None
    except InvalidUnicode as error:
        raise InvalidRequest.field(error.path[:_MAX_PATH_CHARACTERS] or "body", error.message) from None
    except InvalidJson as error:
        place = f"is not valid JSON: {error.path} " if error.path else ""
        raise BadRequest(f"The body {place}{error.message.rstrip('.')}.") from None
    if not isinstance(data, dict):
        raise InvalidRequest("The body must be a JSON object, such as {}.")
    return data


def _refuse_invalid_text(value: object, path: str) -> None:
    """Refuse NUL and unpaired surrogates, because neither files nor the database can store them."""
    if isinstance(value, str):
        if _INVALID_CHARACTERS.search(value):
            raise InvalidRequest.field(
                path or "body", "must not contain NUL or unpaired surrogate characters"
            )
    elif isinstance(value, Mapping):
        for key, item in value.items():
            shown_key = _INVALID_CHARACTERS.sub("�", key)[:64]
            name = f"{path}.{shown_key}" if path else shown_key
            _refuse_invalid_text(key, name)
            _refuse_invalid_text(item, name)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            _refuse_invalid_text(item, f"{path}[{index}]")
