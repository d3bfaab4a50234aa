"""Shapes of data files: what is uploaded, and what is said of a file."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, RootModel, WithJsonSchema

from dashboard.api.shapes.fields import Answer, Body
from dashboard.data_files.files import NAME, is_name

Encoding = Literal["utf-8", "utf-8-bom", "utf-16", "utf-16le", "utf-16be", "latin-1", "windows-1252"]
Delimiter = Literal["comma", "semicolon", "tab", "pipe"]
CHARACTERS: dict[Delimiter, str] = {"comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|"}


def _named(name: str) -> str:
    if not is_name(name):
        raise ValueError("must be letters, digits, _ and -, beginning with a letter")
    if name == "upload":
        raise ValueError("cannot be the name of a data file: it is an address")
    return name


Name = Annotated[
    str,
    AfterValidator(_named),
    Field(
        max_length=64,
        description="Letters, digits, _ and -, beginning with a letter; not upload",
        json_schema_extra={"pattern": f"^{NAME}$"},
    ),
]


class UploadBody(Body):
    """A data file and what it is to be called."""

    file: Annotated[
        Path, WithJsonSchema({"type": "string", "format": "binary", "description": "CSV, at most 256 MiB"})
    ]
    name: Name
    encoding: Encoding | None = Field(None, description="Found out when it is not given")
    delimiter: Delimiter | None = Field(None, description="Found out when it is not given")
    replace: bool = Field(False, description="Take the place of the file of this name")

    @property
    def delimiter_character(self) -> str | None:
        """The delimiter itself."""
        return None if self.delimiter is None else CHARACTERS[self.delimiter]


class DataPath(Body):
    """A data file."""

    data_name: Annotated[str, Field(pattern=f"^{NAME}$")]


class DeleteQuery(Body):
    """How a file is deleted."""

    force: bool = Field(False, description="Delete it though endpoints use it")


class DataFileShape(Answer):
    """A data file in short."""

    name: str
    columns: list[str]
    rows: int
    size_bytes: int = Field(description="Of the file as it was uploaded")
    encoding: Encoding
    delimiter: str = Field(description="The character between values")
    sha256: str
    uploaded_at: str
    used_by: list[str] = Field(description="Names of the endpoints that use it")


class DataFileDetail(DataFileShape):
    """A data file with its first rows."""

    preview: list[list[str]] = Field(description="At most five rows")


class DataFileList(RootModel[list[DataFileShape]]):
    """Data files by name."""
