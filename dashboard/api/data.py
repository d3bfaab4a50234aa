"""Data files: upload, list, look into, download, delete."""

from datetime import UTC, datetime
from typing import Any

from flask import Response, send_file

from dashboard.api.http.context import services
from dashboard.api.http.responses import answer, data_answer, no_content
from dashboard.api.http.routes import Routes
from dashboard.api.shapes.data import DataFileDetail, DataFileList, DataPath, DeleteQuery, UploadBody
from dashboard.data_files.files import DataFile
from dashboard.model.errors import Conflict
from dashboard.model.run import iso

routes = Routes("data")
FILE = "/data/<data_name:data_name>"
BYTES = "application/octet-stream"


@routes.post("/data/upload", {201: DataFileDetail}, 409)
def upload_data_file(upload: UploadBody) -> Response:
    """Upload a CSV file as multipart/form-data. Everything in it is checked before it is kept."""
    made = services().data_files.add(
        upload.name,
        upload.file,
        encoding=upload.encoding,
        delimiter=upload.delimiter_character,
        replace=upload.replace,
        now=str(iso(datetime.now(UTC))),
    )
    return answer(detail_of(made), 201, {"Location": f"/data/{made.name}"})


@routes.get("/data", {200: DataFileList})
def list_data_files() -> Response:
    """All data files, by name."""
    used = services().endpoints.data_users()
    files = services().data_files.list()
    return data_answer([facts_of(file) | {"used_by": used.get(file.name, [])} for file in files])


@routes.get(FILE, {200: DataFileDetail}, 404)
def read_data_file(path: DataPath) -> Response:
    """One data file: what it is, its first five rows, and which endpoints use it."""
    return answer(detail_of(services().data_files.get(path.data_name)))


@routes.get(f"{FILE}/download", {200: BYTES, 206: BYTES, 304: None}, 404, 416)
def download_data_file(path: DataPath) -> Response:
    """The file as it was uploaded, byte for byte."""
    with services().data_files.original(path.data_name) as (file, original):
        response = send_file(
            original,
            mimetype=BYTES,
            as_attachment=True,
            download_name=f"{file.name}.csv",
            etag=file.sha256,
        )
    response.headers["Cache-Control"] = "no-store"
    return response


@routes.delete(FILE, {204: None}, 404, 409)
def delete_data_file(path: DataPath, query: DeleteQuery) -> Response:
    """Delete a data file. One that endpoints use is kept, unless `force`; runs keep the rows they began with."""
    files = services().data_files
    name = files.get(path.data_name).name
    users = services().endpoints.data_users().get(name, [])
    if users and not query.force:
        raise Conflict(f'"{name}" is used by {_listed(users)}', extra={"used_by": users, "force": True})
    files.remove(name)
    return no_content()


def detail_of(file: DataFile) -> DataFileDetail:
    """All facts of a file."""
    return DataFileDetail(
        **facts_of(file),
        used_by=services().endpoints.data_users().get(file.name, []),
        preview=[list(row) for row in file.preview],
    )


def facts_of(file: DataFile) -> dict[str, Any]:
    """What lists say of a file, but who uses it."""
    return {
        "name": file.name,
        "columns": list(file.columns),
        "rows": file.rows,
        "size_bytes": file.size_bytes,
        "encoding": file.encoding,
        "delimiter": file.delimiter,
        "sha256": file.sha256,
        "uploaded_at": file.uploaded_at,
    }


def _listed(names: list[str]) -> str:
    shown = ", ".join(f'"{name[:80]}"' for name in names[:5])
    return shown if len(names) <= 5 else f"{shown} and {len(names) - 5} more"
