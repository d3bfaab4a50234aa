"""Export and import: a run moves between dashboards unchanged, or not at all."""

import base64
import errno
import gzip
import io
import json
import random
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from tempfile import SpooledTemporaryFile
from typing import Any

import pytest
from flask.testing import FlaskClient

from dashboard.app import create_app
from dashboard.model.run import RetentionLevel, RunStatus
from dashboard.model.slo import SloResult
from dashboard.model.snapshot import OpKey
from dashboard.model.tally import Tally
from dashboard.retention.downsampler import Downsampler
from dashboard.services import Services
from dashboard.store.values import RunFilter
from dashboard.transfer import spooled
from dashboard.transfer.import_lines import MAX_LINE_BYTES
from tests.api.conftest import app, client, make_services, services, wait_until
from tests.factories import A_RUN_ID, a_run, a_tally, an_ended_run, an_event, an_interval
from tests.hostile import hostile_texts
from tests.reports.synthetic_runs import store_run

__all__ = ["app", "client", "make_services", "services"]
GZIP = {"Content-Type": "application/gzip"}
JsonLines = list[dict[str, Any]]
AN_EXCHANGE: dict[str, Any] = {
    "op": "List",
    "group": "catalog",
    "phase": "",
    "at_ms": 1_795_256_100_000,
    "vu": 1,
    "iteration": 2,
    "expected": False,
    "request": {
        "method": "GET",
        "url": "http://127.0.0.1:8000/",
        "headers": {},
        "body": None,
        "body_bytes": None,
        "cut": False,
        "omitted": None,
    },
    "response": {
        "status": 500,
        "headers": {},
        "body": hostile_texts()[5],
        "body_bytes": 20,
        "cut": False,
        "omitted": None,
        "duration_ms": 12.5,
        "error": None,
    },
    "checks": [{"check": "status is 200", "pass": False}],
}


def store_full_run(services: Services, intervals: int = 450) -> str:
    """Store an ended run with every kind of data, including keyframes and missing values."""
    services.store.runs.insert(an_ended_run(label=hostile_texts()[3], meta={"commit": "abc"}))
    ops = {
        OpKey("List", "catalog", ""): a_tally(),
        OpKey(hostile_texts()[7], "", "setup"): a_tally(failed=(0.0, 3.1)),
    }
    total: dict[OpKey, Tally] = {}
    for seq in range(1, intervals + 1):
        interval = an_interval(seq, ops, vus=None if seq == 3 else 2, requests=8, total_reqs=8 * seq)
        for op, tally in interval.tallies.items():
            total.setdefault(op, Tally()).add(tally)
        keyframe = (
            {op: Tally.from_bytes(tally.to_bytes()) for op, tally in total.items()} if seq % 30 == 0 else None
        )
        services.store.append(A_RUN_ID, [replace(interval, keyframe=keyframe)])
    results = [
        SloResult(key="p95_ms", value=82.4, limit=500.0, passed=True),
        SloResult(
            level="operation", name="List", key="error_rate", value=None, limit=0.1, passed=None, note="why"
        ),
    ]
    services.store.append(A_RUN_ID, [], slo_results=results)
    services.store.exchanges.put(A_RUN_ID, {17: json.dumps(AN_EXCHANGE)})
    services.store.events.add(A_RUN_ID, an_event("deployed"))
    services.store.events.add(A_RUN_ID, an_event("ended", elapsed_s=None))
    folder = services.reader.folder(A_RUN_ID).path
    folder.mkdir(parents=True)
    (folder / "console.log").write_bytes(b'time="2026-11-21T10:15:00Z" level=info msg="hello"\n' * 5_000)
    (folder / "endpoints.json").write_text(
        '{"endpoints": [{"name": "List", "headers": {"Authorization": "hush"}}]}'
    )
    (folder / "run.json").write_text('{"bearer": "hush"}')
    return A_RUN_ID


def export_of(client: FlaskClient, run_id: str = A_RUN_ID) -> bytes:
    answer = client.get(f"/runs/{run_id}/export")
    assert answer.status_code == 200
    return bytes(answer.data)


def lines_of(packed: bytes) -> JsonLines:
    return [json.loads(line) for line in gzip.decompress(packed).splitlines()]


def pack(lines: JsonLines) -> bytes:
    return gzip.compress("".join(json.dumps(line) + "\n" for line in lines).encode())


def api_responses(client: FlaskClient) -> dict[str, Any]:
    """Return every response of the API about the run, without the time of its import."""
    paths = (
        "",
        "/slo",
        "/failures",
        "/snapshots",
        "/ops",
        "/window?from=100&to=500",
        "/op?name=List",
        "/log?limit=5000",
        "/csv",
        "/junit.xml",
    )
    texts = {path: client.get(f"/runs/{A_RUN_ID}{path}").get_data(as_text=True) for path in paths}
    whole = json.loads(texts[""])
    whole["run"].pop("imported_at")
    return texts | {"": whole}


@pytest.fixture
def other(make_services: Callable[..., Services]) -> Services:
    """A second dashboard, which has a run already."""
    services = make_services()
    services.store.runs.insert(an_ended_run("20261101-101500-zzzzzzzz"))
    return services


def test_an_imported_run_equals_the_original_field_by_field(
    client: FlaskClient, services: Services, other: Services
) -> None:
    run_id = store_full_run(services)
    other_client = create_app(other).test_client()
    answer = other_client.post("/runs/import", data=export_of(client), headers=GZIP)
    imported, original = other.store.runs.get(run_id), services.store.runs.get(run_id)

    assert (answer.status_code, answer.headers["Location"]) == (201, f"/runs/{run_id}")
    assert imported is not None
    assert original is not None
    assert imported.imported_at is not None
    assert asdict(replace(imported, imported_at=None)) == asdict(original)
    assert other.store.intervals.read(run_id, after=0, limit=1_000) == services.store.intervals.read(
        run_id, after=0, limit=1_000
    )
    assert other.store.slo_results.of_run(run_id) == services.store.slo_results.of_run(run_id) != []
    assert [(n, json.loads(body)) for n, body in other.store.exchanges.of_run(run_id)] == [(17, AN_EXCHANGE)]
    assert other.store.events.of_run(run_id) == services.store.events.of_run(run_id)
    assert api_responses(other_client) == api_responses(client)
    assert export_of(other_client) != export_of(client)  # it contains imported_at
    assert lines_of(export_of(other_client))[2:] == lines_of(export_of(client))[2:]


def test_exports_and_archives_contain_no_secret(client: FlaskClient, services: Services) -> None:
    store_full_run(services, 3)
    archive = zipfile.ZipFile(io.BytesIO(client.get(f"/runs/{A_RUN_ID}/artifacts.zip").data))
    files = [base64.b64decode(line["data"]) for line in lines_of(export_of(client)) if "data" in line]

    assert files
    assert not [part for part in files if b"hush" in part]
    assert not [name for name in archive.namelist() if b"hush" in archive.read(name)]


def test_the_archive_contains_every_export(client: FlaskClient, services: Services) -> None:
    store_full_run(services, 3)
    archive = zipfile.ZipFile(io.BytesIO(client.get("/runs/latest/artifacts.zip").data))

    assert set(archive.namelist()) >= {
        *(
            "summary.json",
            "summary.md",
            "junit.xml",
            "badge.svg",
            "snapshots.csv",
            "operations.csv",
            "run.json",
        ),
        *("console.log", "endpoints.json", f"{A_RUN_ID}.run.gz"),
    }
    assert archive.testzip() is None
    assert archive.read("summary.json")
    assert json.loads(archive.read("run.json"))["run"]["run_id"] == A_RUN_ID
    assert lines_of(archive.read(f"{A_RUN_ID}.run.gz")) == lines_of(export_of(client))
    assert archive.read("snapshots.csv") == client.get(f"/runs/{A_RUN_ID}/csv").data


def test_an_existing_run_is_not_overwritten(client: FlaskClient, services: Services) -> None:
    store_full_run(services, 3)
    before = api_responses(client)

    assert client.post("/runs/import", data=export_of(client), headers=GZIP).status_code == 409
    assert api_responses(client) == before


def test_an_imported_remote_run_belongs_to_the_importing_dashboard(
    client: FlaskClient, services: Services, other: Services
) -> None:
    store_full_run(services, 3)
    other_client = create_app(other).test_client()
    other_client.delete(f"/runs/{A_RUN_ID}")
    foreign = change_value(1, "run", "origin", to="elsewhere")(lines_of(export_of(client)))
    imported = other_client.post("/runs/import", data=pack(foreign), headers=GZIP)

    assert imported.status_code == 201
    assert other_client.delete(f"/runs/{imported.json['run_id']}").status_code == 204


def test_concurrent_imports_of_the_same_file_import_it_once(client: FlaskClient, services: Services) -> None:
    store_full_run(services, 3)
    file = export_of(client)
    client.delete(f"/runs/{A_RUN_ID}")

    def send(_: int) -> Any:
        return client.application.test_client().post("/runs/import", data=file, headers=GZIP)

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(send, range(4)))

    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    for refused in (answer.json for answer in answers if answer.status_code == 409):
        assert (refused["run_id"], refused["detail"]) == (A_RUN_ID, f"Run {A_RUN_ID} already exists.")


def change_during_export(
    services: Services, monkeypatch: pytest.MonkeyPatch, change: Callable[[], object]
) -> None:
    """Call `change` once, after the first intervals of the run have been read."""
    read_intervals = services.store.intervals.read

    def read_and_change(*args: Any, **more: Any) -> Any:
        found = read_intervals(*args, **more)
        monkeypatch.setattr(services.store.intervals, "read", read_intervals)
        with ThreadPoolExecutor(1) as pool:
            pool.submit(change).result()
        return found

    monkeypatch.setattr(services.store.intervals, "read", read_and_change)


@pytest.mark.parametrize("name", ["export", "artifacts.zip"])
def test_a_run_deleted_during_its_export_gives_404_and_no_file(
    client: FlaskClient, services: Services, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    store_full_run(services, 3)
    change_during_export(services, monkeypatch, lambda: services.store.runs.delete(A_RUN_ID))
    answer = client.get(f"/runs/{A_RUN_ID}/{name}")

    assert (answer.status_code, answer.mimetype) == (404, "application/problem+json")
    assert answer.json["detail"] == f"Run {A_RUN_ID} was deleted during the export."


def test_a_run_that_is_downsampled_during_its_export_is_exported_unchanged(
    client: FlaskClient, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    store_run(services.store, seconds=1_000, operations=2, run_id=A_RUN_ID)
    before = export_of(client)
    coarser = Downsampler(services.store, A_RUN_ID, RetentionLevel.MINUTE, 500.0)
    change_during_export(services, monkeypatch, lambda: list(coarser.slices()))

    assert lines_of(export_of(client)) == lines_of(before)
    assert len(services.store.snapshots.of_run(A_RUN_ID)) < 20
    assert len(lines_of(export_of(client))) < len(lines_of(before)) / 10


def test_a_run_deleted_before_its_archive_is_built_gives_404(
    client: FlaskClient, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    store_full_run(services, 3)
    ops = services.reader.ops

    def ops_after_deletion(run_id: str) -> Any:
        services.store.runs.delete(A_RUN_ID)
        return ops(run_id)

    monkeypatch.setattr(services.reader, "ops", ops_after_deletion)
    answer = client.get(f"/runs/{A_RUN_ID}/artifacts.zip")

    assert (answer.status_code, answer.mimetype) == (404, "application/problem+json")


def test_an_export_above_the_memory_limit_is_built_on_disk(
    client: FlaskClient, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    rolled: list[bool] = []

    class WatchedFile(SpooledTemporaryFile[bytes]):
        def write(self, part: Any) -> int:
            written = super().write(part)
            rolled.append(self._rolled)  # type: ignore[attr-defined]
            return written

    monkeypatch.setattr(spooled, "MAX_MEMORY_BYTES", 100)
    monkeypatch.setattr(spooled, "SpooledTemporaryFile", WatchedFile)
    store_run(services.store, seconds=2_000, operations=20, run_id=A_RUN_ID)
    assert len(lines_of(export_of(client))) > 1_000
    assert len(rolled) > 3
    assert all(rolled[1:])


@pytest.mark.parametrize("name", ["export", "artifacts.zip"])
def test_a_full_disk_during_an_export_is_reported_as_such(
    client: FlaskClient, services: Services, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    class FullDiskFile(SpooledTemporaryFile[bytes]):
        def write(self, _part: Any) -> int:
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(spooled, "SpooledTemporaryFile", FullDiskFile)
    store_full_run(services, 3)
    answer = client.get(f"/runs/{A_RUN_ID}/{name}")
    assert (answer.status_code, answer.mimetype) == (503, "application/problem+json")
    assert "No space left on device" in answer.json["detail"]
    assert "database" not in answer.json["detail"]


def test_a_live_run_cannot_be_exported(client: FlaskClient, services: Services) -> None:
    services.store.runs.insert(a_run())

    assert client.get(f"/runs/{A_RUN_ID}/export").status_code == 409
    services.store.runs.update(a_run(status=RunStatus.FAILED))


def change_value(line: int, *path: Any, to: Any) -> Callable[[JsonLines], JsonLines]:
    def change(lines: JsonLines) -> JsonLines:
        place: Any = lines[line]
        for key in path[:-1]:
            place = place[key]
        place[path[-1]] = to
        return lines

    return change


def nested_objects(depth: int) -> dict[str, Any]:
    value: dict[str, Any] = {}
    for _ in range(depth):
        value = {"a": value}
    return value


def a_tally_with_an_unknown_outcome() -> str:
    return base64.b64encode(a_tally(durations={"9?": a_tally().duration()}).to_bytes()).decode()


MALFORMED: list[tuple[str, Callable[[JsonLines], JsonLines]]] = [
    ("another format", change_value(0, "format", to="something")),
    ("a newer version", change_value(0, "version", to=2)),
    ("no version", change_value(0, "version", to="1")),
    ("only the first line", lambda lines: lines[:1]),
    ("no end", lambda lines: lines[:-1]),
    ("a line after the end", lambda lines: [*lines, lines[-1]]),
    ("a missing interval", lambda lines: [*lines[:11], *lines[12:]]),
    ("intervals out of order", lambda lines: [*lines[:11], lines[12], lines[11], *lines[13:]]),
    ("an id that is a path", change_value(1, "run", "run_id", to="../../etc")),
    ("the id of a route", change_value(1, "run", "run_id", to="latest")),
    ("a live run", change_value(1, "run", "status", to="running")),
    ("an unknown status", change_value(1, "run", "status", to="asleep")),
    ("an Apdex threshold of 0", change_value(1, "run", "config", "apdex_t_ms", to=0)),
    ("a time without a time zone", change_value(1, "run", "created_at", to="2026-11-21T10:15:00")),
    ("a huge number in the record", change_value(1, "run", "figures", "total_reqs", to=10**30)),
    ("a negative length", change_value(1, "run", "elapsed_s", to=-1)),
    ("a time before the year 1", change_value(1, "run", "created_at", to="0001-01-01T00:00:00+23:59")),
    ("a time that a ZIP archive cannot hold", change_value(1, "run", "created_at", to=0)),
    ("an unknown source of percentiles", change_value(1, "run", "percentiles_from", to="dice")),
    ("NUL in a text", change_value(1, "run", "config", "label", to="a\x00b")),
    ("a lone surrogate in a text", change_value(1, "run", "config", "label", to="\ud800")),
    ("an unknown kind of event", change_value(2, "event", "kind", to="party")),
    ("an SLO of an unknown figure", change_value(4, "slo", "key", to="luck")),
    ("a failing request without a response", change_value(6, "exchange", to=[1, {}])),
    ("an operation with two parts", change_value(7, "op", to=["a", "b"])),
    ("a file outside the run folder", lambda lines: [*lines[:-1], {"file": "../x", "data": ""}, lines[-1]]),
    ("a file that is not base64", lambda lines: [*lines[:-1], {"file": "console.log", "data": "%"}, lines[-1]]),
    ("an unknown kind of line", lambda lines: [*lines[:-1], {"what": 1}, lines[-1]]),
    ("a huge count", change_value(10, "interval", "snapshot", "total_reqs", to=1 << 62)),
    ("a figure that is text", change_value(10, "interval", "snapshot", "p95_ms", to="fast")),
    ("a tally of an unknown operation", change_value(10, "interval", "tallies", 0, 0, to=99)),
    ("an invalid tally", change_value(10, "interval", "tallies", 0, 1, to="AAAA")),
    ("an unknown outcome", change_value(10, "interval", "tallies", 1, 1, to=a_tally_with_an_unknown_outcome())),
    ("a tag that is too long", change_value(1, "run", "tags", to=["x" * 65])),
    ("too many tags", change_value(1, "run", "tags", to=[f"t{n}" for n in range(100_000)])),
    ("an escape code in a tag", change_value(1, "run", "tags", to=["\x1b[2Jx"])),
    ("a tag of two lines", change_value(1, "run", "tags", to=["a\nb"])),
    ("a blank tag", change_value(1, "run", "tags", to=[" "])),
    ("notes that are too long", change_value(1, "run", "notes", to="x" * 20_001)),
    ("notes of 3 MB", change_value(1, "run", "notes", to="x" * 3_000_000)),
    ("an escape code in the notes", change_value(1, "run", "notes", to="a\x1b]0;b\x07")),
    ("a label that is too long", change_value(1, "run", "config", "label", to="x" * 201)),
    ("an escape code in the label", change_value(1, "run", "config", "label", to="\x1b[31m")),
    ("a C1 escape code in the label", change_value(1, "run", "config", "label", to="\x9b31m")),
    ("too much metadata", change_value(1, "run", "config", "meta", to={f"k{n}": "v" for n in range(33)})),
    ("a metadata value that is too long", change_value(1, "run", "config", "meta", to={"k": "v" * 513})),
    ("an escape code in a metadata key", change_value(1, "run", "config", "meta", to={"\x1bk": "v"})),
    ("an environment that is too long", change_value(1, "run", "config", "env_profile", to="x" * 129)),
    ("a target that is too long", change_value(1, "run", "config", "base_url", to="http://h/" + "x" * 2_048)),
    ("a reason that is too long", change_value(1, "run", "exit_reason", to="x" * 5_000)),
    (
        "a huge description",
        change_value(1, "run", "context", "generator", to=dict.fromkeys(map(str, range(9_000)), "x")),
    ),
    ("10^400 in the record", change_value(1, "run", "figures", "total_reqs", to=10**400)),
    ("10^400 as a duration", change_value(1, "run", "planned_s", to=10**400)),
    ("10^400 as a time", change_value(1, "run", "created_at", to=10**400)),
    ("10^400 in the generator", change_value(1, "run", "context", "generator", to={"cores": 10**400})),
    ("10^400 as a version", change_value(0, "version", to=10**400)),
    ("10^400 in the data of an event", change_value(2, "event", "data", to={"a": [10**400]})),
    ("10^400 as a position of an event", change_value(2, "event", "elapsed_s", to=10**400)),
    ("an unknown level of an event", change_value(2, "event", "level", to="party")),
    ("an event that is too long", change_value(2, "event", "message", to="x" * 5_000)),
    ("huge data of an event", change_value(2, "event", "data", to={"a": ["x" * 4_000] * 20})),
    ("10^400 as an SLO", change_value(4, "slo", "limit", to=10**400)),
    ("an SLO note that is too long", change_value(5, "slo", "note", to="x" * 5_000)),
    ("10^400 as a position of a failing request", change_value(6, "exchange", 0, to=10**400)),
    ("10^400 as a status", change_value(6, "exchange", 1, "response", "status", to=10**400)),
    ("a body that is too long", change_value(6, "exchange", 1, "response", "body", to="x" * 200_000)),
    ("10^400 in a snapshot", change_value(10, "interval", "snapshot", "p95_ms", to=10**400)),
    ("10^400 as an operation", change_value(10, "interval", "tallies", 0, 0, to=10**400)),
    ("10^400 as the number of lines", change_value(-1, "end", "ops", to=10**400)),
    ("a list as the name of a file", lambda lines: [*lines[:-1], {"file": [], "data": ""}, lines[-1]]),
    ("a huge console.json", lambda lines: [*lines[:-1], {"file": "console.json", "data": "AAAA" * 2_000}, lines[-1]]),
    ("a line that is nested too deeply", change_value(1, "run", "context", "generator", to=nested_objects(60))),
    ("a line that is nested beyond the stack", change_value(1, "run", "context", "generator", to=nested_objects(900))),
    ("a surrogate in a line with data", lambda lines: [*lines[:2], {"op": ["\ud800", "", ""], "data": 1}, *lines[2:]]),
    ("a line of 5 MB", change_value(1, "run", "context", "generator", to={"a": "x" * 5_000_000})),
    ("a request count that differs from the tallies", change_value(10, "interval", "snapshot", "requests", to=999)),
]  # fmt: skip


@pytest.mark.parametrize(("what", "change"), MALFORMED, ids=[what for what, _ in MALFORMED])
def test_a_malformed_export_is_rejected_and_leaves_nothing_behind(
    client: FlaskClient,
    services: Services,
    other: Services,
    what: str,
    change: Callable[[JsonLines], JsonLines],
) -> None:
    store_full_run(services, 4)
    other_client = create_app(other).test_client()
    answer = other_client.post("/runs/import", data=pack(change(lines_of(export_of(client)))), headers=GZIP)

    assert answer.status_code == 422, answer.text
    assert "cannot be imported" in answer.json["detail"]
    assert_nothing_left(other)


def assert_nothing_left(services: Services) -> None:
    assert services.store.lists.count(RunFilter()) == 1
    assert not list((services.data_dir / "runs").glob(".*"))
    wait_until(lambda: not services.store.is_cleanup_pending())
    with services.store._database.reading() as db:
        for table in ("snapshots", "drafts"):
            assert db.execute(f"SELECT count(*) FROM {table}").fetchone()[0] == 0


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "it is truncated"),
        (b"plain text", "not gzip-compressed"),
        (gzip.compress(b"[" * 100_000 + b"\n"), "not JSON"),
        (gzip.compress(b'{"format": NaN}\n'), "not JSON"),
        (gzip.compress(b"\x00" * 300_000_000, compresslevel=1), "more than 100 times its size"),
        (gzip.compress(random.Random(1).randbytes(MAX_LINE_BYTES * 2).hex().encode()), "longer than"),
    ],
    ids=["empty", "text", "deep", "NaN", "bomb", "long line"],
)
def test_other_files_are_rejected(client: FlaskClient, body: bytes, reason: str) -> None:
    answer = client.post("/runs/import", data=body, headers=GZIP)

    assert (answer.status_code, reason in answer.json["detail"]) == (422, True), answer.text


def test_data_after_the_end_of_an_export_is_rejected(
    client: FlaskClient, services: Services, other: Services
) -> None:
    store_full_run(services, 3)
    answer = (
        create_app(other).test_client().post("/runs/import", data=export_of(client) + b"more", headers=GZIP)
    )

    assert "more data after its end" in answer.json["detail"]
    assert_nothing_left(other)


def test_a_damaged_export_never_causes_a_server_error(
    client: FlaskClient, services: Services, other: Services
) -> None:
    store_full_run(services, 4)
    other_client = create_app(other).test_client()
    whole, chance = export_of(client), random.Random(7)
    for _ in range(60):
        damaged = bytearray(gzip.decompress(whole))
        for _ in range(3):
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        body = gzip.compress(bytes(damaged[: chance.choice((None, chance.randrange(len(damaged))))]))
        answer = other_client.post("/runs/import", data=body, headers=GZIP)
        assert answer.status_code < 500
        if answer.status_code == 201:  # damage can change a digit and leave a valid export
            run = answer.headers["Location"]
            assert other_client.get(run).status_code == 200
            assert other_client.delete(run).status_code == 204


def test_an_import_needs_its_content_type_and_has_a_size_limit(client: FlaskClient) -> None:
    assert client.post("/runs/import", data=b"x", headers={"Content-Type": "text/plain"}).status_code == 415
    assert client.post("/runs/import", data=b"x" * 61 * 1024 * 1024, headers=GZIP).status_code == 413
