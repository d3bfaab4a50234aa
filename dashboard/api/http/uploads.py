"""Uploads as multipart/form-data: files are streamed to disk, and the other fields are validated."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TypeVar

from flask import request
from pydantic import BaseModel
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.formparser import FormDataParser

from dashboard.api.http.context import services
from dashboard.api.http.decode import validate
from dashboard.api.http.errors import BadRequest, UnsupportedMediaType
from dashboard.data_files.rows import MAX_FILE_BYTES
from dashboard.model.errors import InvalidRequest

Shape = TypeVar("Shape", bound=BaseModel)
MULTIPART = "multipart/form-data"
_FORM_BYTES = 64 * 1024  # around the file
# The limit must exceed 64 KiB: the parser applies it to its buffer too, which holds up to 64 KiB of a file.
_MAX_FIELD_BYTES = 512 * 1024
_MAX_PARTS = 16


@contextmanager
def upload_of(shape: type[Shape]) -> Iterator[Shape]:
    """Yield the form as a shape. Its `file` is a path that exists until the context ends."""
    if request.mimetype != MULTIPART:
        raise UnsupportedMediaType(
            f"The Content-Type must be {MULTIPART}. Send the file and its fields as a form."
        )
    limit = getattr(shape, "max_file_bytes", MAX_FILE_BYTES) + _FORM_BYTES
    request.max_content_length = limit
    with services().data_files.incoming(request.content_length or 0) as folder:
        yield validate(shape, _merge_fields(*_parse_form(folder, limit)))


def _parse_form(folder: Path, limit: int) -> tuple[MultiDict[str, str], list[tuple[str, Path]]]:
    """Parse the form into text fields and the paths of its files."""
    received: list[IO[bytes]] = []

    def open_next(*_: object, **__: object) -> IO[bytes]:
        received.append((folder / f"received-{len(received)}").open("xb+"))
        return received[-1]

    parser = FormDataParser(
        stream_factory=open_next,
        max_form_memory_size=_MAX_FIELD_BYTES,
        max_form_parts=_MAX_PARTS,
        silent=False,
    )
    length, parameters = request.content_length, request.mimetype_params
    try:
        _, form, files = parser.parse(request.stream, MULTIPART, length, parameters)
    except RequestEntityTooLarge:
        if length is None or length > limit:
            raise
        raise InvalidRequest(
            f"The form has more than {_MAX_PARTS} fields, or a field is longer than {_MAX_FIELD_BYTES} bytes."
        ) from None
    except ValueError:
        raise BadRequest(f"The body is not valid {MULTIPART}.") from None
    finally:
        for file in received:
            file.close()
    return form, [(name, Path(str(part.stream.name))) for name, part in files.items(multi=True)]


def _merge_fields(form: MultiDict[str, str], files: list[tuple[str, Path]]) -> dict[str, object]:
    fields: dict[str, object] = {}
    for name, text in form.items(multi=True):
        if name in fields or name == "file":
            message = "must be a file" if name == "file" else "must not be repeated"
            raise InvalidRequest.field(name[:64], message)
        fields[name] = text
    for name, path in files:
        if name != "file" or name in fields:
            message = "must not be repeated" if name == "file" else "is not a known file field"
            raise InvalidRequest.field(name[:64], message)
        fields[name] = path
    return fields
