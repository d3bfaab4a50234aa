"""Data files over HTTP: upload, read, download, delete, and invalid requests."""

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from dashboard.api.http import uploads
from dashboard.app import create_app
from dashboard.services import Services

USERS = b"userId,searchTerm,region\nabc123,machine learning,us-east\ndef456,neural network,eu-west\n"
MULTIPART = "multipart/form-data"


def upload(client: FlaskClient, content: bytes = USERS, name: str = "users", **fields: str) -> TestResponse:
    form: dict[str, Any] = {"file": (io.BytesIO(content), "data.csv"), "name": name, **fields}
    return client.post("/data/upload", data=form, content_type=MULTIPART)


@pytest.fixture
def client_with_used_file(make_services: Callable[..., Services], tmp_path: Path) -> FlaskClient:
    """A dashboard whose endpoints file has two endpoints that use `users`."""
    shared = {"group": "g", "path": "/", "data_file": "users"}
    path = tmp_path / "endpoints.json"
    path.write_text(json.dumps({"endpoints": [{"name": "Search", **shared}, {"name": "Read", **shared}]}))
    return create_app(make_services(endpoints_file=path)).test_client()


def test_an_upload_is_answered_with_the_file_and_its_preview(client: FlaskClient) -> None:
    answer = upload(client)
    answer_json = answer.json

    assert (answer.status_code, answer.headers["Location"]) == (201, "/data/users")
    assert (answer_json["columns"], answer_json["rows"]) == (["userId", "searchTerm", "region"], 2)
    assert (answer_json["size_bytes"], answer_json["encoding"], answer_json["delimiter"]) == (
        len(USERS),
        "utf-8",
        ",",
    )
    assert answer_json["preview"] == [
        ["abc123", "machine learning", "us-east"],
        ["def456", "neural network", "eu-west"],
    ]
    assert client.get("/data/users").json == answer_json
    del answer_json["preview"]
    assert client.get("/data").json == [answer_json]


def test_the_preview_has_five_rows(client: FlaskClient) -> None:
    answer_json = upload(client, b"n\n" + b"".join(b"%d\n" % n for n in range(20))).json
    assert (answer_json["rows"], answer_json["preview"]) == (20, [["0"], ["1"], ["2"], ["3"], ["4"]])


def test_hostile_text_is_returned_verbatim(client: FlaskClient) -> None:
    answer_json = upload(client, b'v\n=cmd|calc\n"<script>alert(1)</script>"\n@SUM(A1)\n').json
    assert answer_json["preview"] == [["=cmd|calc"], ["<script>alert(1)</script>"], ["@SUM(A1)"]]


def test_a_given_encoding_and_delimiter_are_used(client: FlaskClient) -> None:
    answer_json = upload(
        client, "a,b;c\n1,ä;3\n".encode("cp1252"), encoding="latin-1", delimiter="semicolon"
    ).json
    assert (answer_json["columns"], answer_json["preview"]) == (["a,b", "c"], [["1,ä", "3"]])


def test_the_download_equals_the_upload(client: FlaskClient) -> None:
    raw = "a;b\r\n1;ß\r\n".encode("utf-16")
    upload(client, raw)
    with client.get("/data/users/download", headers={"Accept-Encoding": "gzip"}) as answer:
        assert (answer.status_code, answer.data) == (200, raw)
        assert answer.headers["Content-Disposition"] == "attachment; filename=users.csv"


@pytest.mark.parametrize(
    ("headers", "status"),
    [({"Range": "bytes=0-3"}, 206), ({"Range": "bytes=5-2"}, 416), ({"If-None-Match": "*"}, 304)],
)
def test_the_statuses_of_a_download_are_documented(
    client: FlaskClient, headers: dict[str, str], status: int
) -> None:
    upload(client)
    documented = client.get("/openapi.json").json["paths"]["/data/{data_name}/download"]["get"]["responses"]
    with client.get("/data/users/download", headers=headers) as answer:
        assert answer.status_code == status
    assert str(status) in documented


def test_an_existing_file_requires_replace(client: FlaskClient) -> None:
    upload(client)
    refused = upload(client, b"x\n1\n")
    replaced = upload(client, b"x\n1\n", replace="true")

    assert (refused.status_code, refused.content_type) == (409, "application/problem+json")
    assert (replaced.status_code, client.get("/data/users").json["columns"]) == (201, ["x"])


def test_a_file_can_be_deleted(client: FlaskClient) -> None:
    upload(client)
    assert client.delete("/data/users").status_code == 204
    assert client.get("/data/users").status_code == 404
    assert client.delete("/data/users").status_code == 404
    assert client.get("/data").json == []


def test_deleting_a_file_in_use_requires_force(client_with_used_file: FlaskClient) -> None:
    upload(client_with_used_file)
    refused = client_with_used_file.delete("/data/users")

    assert client_with_used_file.get("/data/users").json["used_by"] == ["Search", "Read"]
    assert (refused.status_code, refused.json["used_by"]) == (409, ["Search", "Read"])
    assert '"Search", "Read"' in refused.json["detail"]
    assert client_with_used_file.delete("/data/users?force=true").status_code == 204


# (description, form, status, field)
BAD_FORMS: list[tuple[str, dict[str, Any], int, str | None]] = [
    ("no file", {"name": "users"}, 422, "file"),
    ("no name", {"file": (io.BytesIO(USERS), "a.csv")}, 422, "name"),
    ("text instead of a file", {"name": "users", "file": "/etc/passwd"}, 422, "file"),
    ("an unknown field", {"name": "users", "file": (io.BytesIO(USERS), "a"), "mode": "x"}, 422, "mode"),
    ("an unknown file", {"name": "users", "other": (io.BytesIO(USERS), "a")}, 422, "other"),
    ("a path", {"name": "../users", "file": (io.BytesIO(USERS), "a")}, 422, "name"),
    ("a route", {"name": "upload", "file": (io.BytesIO(USERS), "a")}, 422, "name"),
    ("a NUL", {"name": "a\0b", "file": (io.BytesIO(USERS), "a")}, 422, "name"),
    ("an unknown encoding", {"name": "u", "encoding": "ebcdic", "file": (io.BytesIO(USERS), "a")}, 422, "encoding"),
    ("a long delimiter", {"name": "u", "delimiter": ",,", "file": (io.BytesIO(USERS), "a")}, 422, "delimiter"),
    ("an invalid boolean", {"name": "u", "replace": "perhaps", "file": (io.BytesIO(USERS), "a")}, 422, "replace"),
    ("two names", {"name": ["a", "b"], "file": (io.BytesIO(USERS), "a")}, 422, "name"),
    ("two files", {"name": "u", "file": [(io.BytesIO(USERS), "a"), (io.BytesIO(USERS), "b")]}, 422, "file"),
    ("an empty file", {"name": "u", "file": (io.BytesIO(b""), "a")}, 422, "file"),
    ("a ragged file", {"name": "u", "file": (io.BytesIO(b"a,b\n1\n"), "a")}, 422, "file"),
    ("a long name", {"name": "u" * 20_000, "file": (io.BytesIO(USERS), "a")}, 422, "name"),
    ("many fields", {f"f{n}": "x" for n in range(40)}, 422, None),
]  # fmt: skip


def test_an_invalid_boolean_is_refused(client: FlaskClient) -> None:
    form = {"name": "u", "replace": "perhaps", "file": (io.BytesIO(USERS), "a")}
    answer = client.post("/data/upload", data=form, content_type=MULTIPART)

    assert answer.json["detail"] == "replace: must be true or false"


def test_an_invalid_name_is_refused_with_the_rule(client: FlaskClient) -> None:
    answer = client.post(
        "/data/upload", data={"name": "my users", "file": (io.BytesIO(USERS), "a")}, content_type=MULTIPART
    )

    assert answer.json["detail"] == "name: must start with a letter and contain only letters, digits, _ and -"


@pytest.mark.parametrize(
    ("form", "status", "field"), [row[1:] for row in BAD_FORMS], ids=[row[0] for row in BAD_FORMS]
)
def test_an_invalid_form_is_refused_and_nothing_is_stored(
    client: FlaskClient, services: Services, form: dict[str, Any], status: int, field: str | None
) -> None:
    answer = client.post("/data/upload", data=form, content_type=MULTIPART)

    assert (answer.status_code, answer.content_type) == (status, "application/problem+json")
    assert [error["field"] for error in answer.json["errors"]][:1] == ([] if field is None else [field])
    assert list((services.data_dir / "files").iterdir()) == []


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b"{}", "application/json", 415),
        (b"", "", 415),
        (USERS, "text/csv", 415),
        (b"--x--", MULTIPART, 400),
        (b"nonsense", f"{MULTIPART}; boundary=x", 400),
        (b"--x--\r\n", f"{MULTIPART}; boundary=x", 422),
        (b"", f"{MULTIPART}; boundary=x", 422),
    ],
)  # fmt: skip
def test_an_invalid_body_is_refused(client: FlaskClient, body: bytes, content_type: str, status: int) -> None:
    answer = client.post("/data/upload", data=body, content_type=content_type)
    assert (answer.status_code, answer.content_type) == (status, "application/problem+json")


def test_a_file_over_the_size_limit_is_refused_before_it_is_read(
    client: FlaskClient, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "MAX_FILE_BYTES", 0)
    monkeypatch.setattr(uploads, "_FORM_BYTES", 100)
    answer = upload(client)

    assert (answer.status_code, answer.content_type) == (413, "application/problem+json")
    assert list((services.data_dir / "files").iterdir()) == []


def test_a_nearly_full_disk_is_reported(make_services: Callable[..., Services]) -> None:
    answer = upload(create_app(make_services(min_free_disk=1 << 60)).test_client())
    assert (answer.status_code, "MIN_FREE_DISK" in answer.json["detail"]) == (503, True)


UNKNOWN_FILES = ("users", "..", "%2e%2e%2fdashboard.db", "a" * 5_000, "a%00b", "ä")


@pytest.mark.parametrize(("name", "status"), [*((name, 404) for name in UNKNOWN_FILES), ("upload", 405)])
def test_an_unknown_file_is_not_found(client: FlaskClient, name: str, status: int) -> None:
    for answer in (client.get(f"/data/{name}"), client.delete(f"/data/{name}")):
        assert answer.status_code == status
        assert answer.content_type == "application/problem+json"
