"""Shapes of data files."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, RootModel, WithJsonSchema

from dashboard.api.shapes.base import RequestShape, ResponseShape
from dashboard.api.shapes.derive import with_fields
from dashboard.data_files.files import NAME_PATTERN, DataFile, is_name

Encoding = Literal["utf-8", "utf-8-bom", "utf-16", "utf-16le", "utf-16be", "latin-1", "windows-1252"]
Delimiter = Literal["comma", "semicolon", "tab", "pipe"]
DELIMITER_CHARACTERS: dict[Delimiter, str] = {"comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|"}


def _check_name(name: str) -> str:
    if not is_name(name):
        raise ValueError("must start with a letter and contain only letters, digits, _ and -")
    if name == "upload":
        raise ValueError('must not be "upload", because that is the path of a route')
    return name


DataFileName = Annotated[
    str,
    AfterValidator(_check_name),
    Field(
        max_length=64,
        description="Letters, digits, _ and -, starting with a letter; not upload",
        json_schema_extra={"pattern": f"^{NAME_PATTERN}$"},
    ),
]


class UploadBody(RequestShape):
    """A data file and its name."""

    file: Annotated[
        Path, WithJsonSchema({"type": "string", "format": "binary", "description": "CSV, at most 256 MiB"})
    ]
    name: DataFileName
    encoding: Encoding | None = Field(None, description="Detected when it is not given")
    delimiter: Delimiter | None = Field(None, description="Detected when it is not given")
    replace: bool = Field(False, description="Replace the file with this name")

    @property
    def delimiter_character(self) -> str | None:
        """The delimiter as a character."""
        return None if self.delimiter is None else DELIMITER_CHARACTERS[self.delimiter]


class DataFilePath(RequestShape):
    """A data file."""

    data_name: Annotated[str, Field(pattern=f"^{NAME_PATTERN}$")]


class DeleteDataFileQuery(RequestShape):
    """How to delete a file."""

    force: bool = Field(False, description="Delete the file even if endpoints use it")


@with_fields(
    DataFile,
    ("name", "columns", "rows", "size_bytes", "delimiter", "sha256", "uploaded_at"),
    size_bytes="Size of the uploaded file",
    delimiter="The character between values",
)
class DataFileShape(ResponseShape):
    """A data file."""

    encoding: Encoding
    used_by: list[str] = Field(description="Names of the endpoints that use the file")


@with_fields(DataFile, ("preview",), preview="The first rows, at most five")
class DataFileDetail(DataFileShape):
    """A data file with its first rows."""


class DataFileList(RootModel[list[DataFileShape]]):
    """Data files by name."""
