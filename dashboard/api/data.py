"""Data files: upload, list, read, download, delete."""

from collections.abc import Mapping
from datetime import UTC, datetime

from flask import Response, send_file

from dashboard.api.http.audit import describe_change
from dashboard.api.http.context import services
from dashboard.api.http.responses import answer, no_content
from dashboard.api.http.routes import Routes
from dashboard.api.shapes.data_file import (
    DataFileDetail,
    DataFileList,
    DataFilePath,
    DataFileShape,
    DeleteDataFileQuery,
    UploadBody,
)
from dashboard.data_files.files import DataFile
from dashboard.model.errors import Conflict
from dashboard.model.run import iso

routes = Routes("data")
DATA_FILE_URL = "/data/<data_name:data_name>"
BINARY_MEDIA_TYPE = "application/octet-stream"


@routes.post("/data/upload", {201: DataFileDetail}, 409)
def upload_data_file(upload: UploadBody) -> Response:
    """Upload a CSV file as multipart/form-data. The dashboard checks the whole file before it stores it."""
    file = services().data_files.add(
        upload.name,
        upload.file,
        encoding=upload.encoding,
        delimiter=upload.delimiter_character,
        replace=upload.replace,
        now=str(iso(datetime.now(UTC))),
    )
    described = {"rows": file.rows, "sha256": file.sha256, "replace": upload.replace}
    describe_change(file.name, after=described)
    return answer(detail_of(file), 201, {"Location": f"/data/{file.name}"})


@routes.get("/data", {200: DataFileList})
def list_data_files() -> Response:
    """List all data files by name."""
    endpoints = services().endpoints.names_by_data_file()
    return answer(DataFileList([list_entry_of(file, endpoints) for file in services().data_files.list()]))


@routes.get(DATA_FILE_URL, {200: DataFileDetail}, 404)
def read_data_file(path: DataFilePath) -> Response:
    """Return one data file with its first five rows and the endpoints that use it."""
    return answer(detail_of(services().data_files.get(path.data_name)))


@routes.get(
    f"{DATA_FILE_URL}/download", {200: BINARY_MEDIA_TYPE, 206: BINARY_MEDIA_TYPE, 304: None}, 404, 416
)
def download_data_file(path: DataFilePath) -> Response:
    """Return the uploaded file, byte for byte."""
    with services().data_files.original(path.data_name) as (file, original):
        response = send_file(
            original,
            mimetype=BINARY_MEDIA_TYPE,
            as_attachment=True,
            download_name=f"{file.name}.csv",
            etag=file.sha256,
        )
    response.headers["Cache-Control"] = "no-store"
    return response


@routes.delete(DATA_FILE_URL, {204: None}, 404, 409)
def delete_data_file(path: DataFilePath, query: DeleteDataFileQuery) -> Response:
    """Delete a data file. If endpoints use it, `force` is required. Live runs keep their rows."""
    files = services().data_files
    file = files.get(path.data_name)
    name = file.name
    used_by = services().endpoints.names_by_data_file().get(name, [])
    if used_by and not query.force:
        message = f'Data file "{name}" is used by {_quoted_names(used_by)}. Delete it with force=true.'
        raise Conflict(message, extra={"used_by": used_by, "force": True})
    files.remove(name)
    describe_change(name, before={"rows": file.rows, "sha256": file.sha256, "used_by": used_by})
    return no_content()


def detail_of(file: DataFile) -> DataFileDetail:
    """Return the file with its first rows."""
    endpoints = services().endpoints.names_by_data_file()
    return DataFileDetail.model_validate(fields_of(DataFileDetail, file, endpoints))


def list_entry_of(file: DataFile, endpoints: Mapping[str, list[str]]) -> DataFileShape:
    """Return the file without its rows. `endpoints` maps a data file to the names of endpoints that use it."""
    return DataFileShape.model_validate(fields_of(DataFileShape, file, endpoints))


def fields_of(
    shape: type[DataFileShape], file: DataFile, endpoints: Mapping[str, list[str]]
) -> dict[str, object]:
    """Return the fields of `shape` from the file, and the endpoints that use it."""
    fields = {name: getattr(file, name) for name in shape.model_fields if name != "used_by"}
    return fields | {"used_by": endpoints.get(file.name, [])}


def _quoted_names(names: list[str]) -> str:
    shown = ", ".join(f'"{name[:80]}"' for name in names[:5])
    return shown if len(names) <= 5 else f"{shown} and {len(names) - 5} more"
