"""A run goes from one dashboard to another: field by field the same, or not at all."""

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
from dashboard.retention.coarser import Downsampler
from dashboard.services import Services
from dashboard.store.values import RunFilter
from dashboard.transfer import spooled
from dashboard.transfer.import_lines import MAX_LINE_BYTES
from tests.api.conftest import wait_until
from tests.factories import A_RUN_ID, a_run, an_interval, a_tally, an_ended_run, an_event
from tests.hostile import hostile_texts
from tests.reports.hours import store_run

GZIP = {"Content-Type": "application/gzip"}
Lines = list[dict[str, Any]]
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


def filled(services: Services, intervals: int = 450) -> str:
    """An ended run with everything that a run can have, keyframes and gaps included."""
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


def exported(client: FlaskClient, run_id: str = A_RUN_ID) -> bytes:
    answer = client.get(f"/runs/{run_id}/export")
    assert answer.status_code == 200
    return answer.data


def lines_of(packed: bytes) -> Lines:
    return [json.loads(line) for line in gzip.decompress(packed).splitlines()]


def packed(lines: Lines) -> bytes:
    return gzip.compress("".join(json.dumps(line) + "\n" for line in lines).encode())


def everything(client: FlaskClient) -> dict[str, Any]:
    """All that the API says about the run, but where it came from."""
    asked = (
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
    told = {path: client.get(f"/runs/{A_RUN_ID}{path}").get_data(as_text=True) for path in asked}
    whole = json.loads(told[""])
    whole["run"].pop("imported_at")
    return told | {"": whole}


@pytest.fixture
def other(make_services: Callable[..., Services]) -> Services:
    """Another dashboard, with runs of its own."""
    services = make_services()
    services.store.runs.insert(an_ended_run("20261101-101500-zzzzzzzz"))
    return services


def test_an_imported_run_is_the_original_field_by_field(
    client: FlaskClient, services: Services, other: Services
) -> None:
    run_id = filled(services)
    there = create_app(other).test_client()
    answer = there.post("/runs/import", data=exported(client), headers=GZIP)
    imported, original = other.store.runs.get(run_id), services.store.runs.get(run_id)

    assert (answer.status_code, answer.headers["Location"]) == (201, f"/runs/{run_id}")
    assert imported is not None
    assert original is not None
    assert imported.imported_at is not None
    assert asdict(replace(imported, imported_at=None)) == asdict(original)
    assert other.store.intervals.stored(run_id, after=0, limit=1_000) == services.store.intervals.stored(
        run_id, after=0, limit=1_000
    )
    assert other.store.slo_results.of_run(run_id) == services.store.slo_results.of_run(run_id) != []
    assert [(n, json.loads(body)) for n, body in other.store.exchanges.of_run(run_id)] == [(17, AN_EXCHANGE)]
    assert other.store.events.of_run(run_id) == services.store.events.of_run(run_id)
    assert everything(there) == everything(client)
    assert exported(there) != exported(client)  # it says that it was imported
    assert lines_of(exported(there))[2:] == lines_of(exported(client))[2:]


def test_no_secret_leaves_with_an_export_or_the_archive(client: FlaskClient, services: Services) -> None:
    filled(services, 3)
    archive = zipfile.ZipFile(io.BytesIO(client.get(f"/runs/{A_RUN_ID}/artifacts.zip").data))
    files = [base64.b64decode(line["data"]) for line in lines_of(exported(client)) if "data" in line]

    assert files
    assert not [part for part in files if b"hush" in part]
    assert not [name for name in archive.namelist() if b"hush" in archive.read(name)]


def test_the_archive_holds_every_export(client: FlaskClient, services: Services) -> None:
    filled(services, 3)
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
    assert lines_of(archive.read(f"{A_RUN_ID}.run.gz")) == lines_of(exported(client))
    assert archive.read("snapshots.csv") == client.get(f"/runs/{A_RUN_ID}/csv").data


def test_a_run_that_is_there_is_not_imported_over(client: FlaskClient, services: Services) -> None:
    filled(services, 3)
    before = everything(client)

    assert client.post("/runs/import", data=exported(client), headers=GZIP).status_code == 409
    assert everything(client) == before


def test_a_run_that_came_from_another_dashboard_belongs_to_the_one_that_imports_it(
    client: FlaskClient, services: Services, other: Services
) -> None:
    filled(services, 3)
    there = create_app(other).test_client()
    there.delete(f"/runs/{A_RUN_ID}")
    foreign = changed(1, "run", "origin", to="elsewhere")(lines_of(exported(client)))
    imported = there.post("/runs/import", data=packed(foreign), headers=GZIP)

    assert imported.status_code == 201
    assert there.delete(f"/runs/{imported.json['run_id']}").status_code == 204


def test_the_same_file_twice_at_once_is_imported_once(client: FlaskClient, services: Services) -> None:
    filled(services, 3)
    file = exported(client)
    client.delete(f"/runs/{A_RUN_ID}")

    def send(_: int) -> Any:
        return client.application.test_client().post("/runs/import", data=file, headers=GZIP)

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(send, range(4)))

    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    for refused in (answer.json for answer in answers if answer.status_code == 409):
        assert (refused["run_id"], refused["detail"]) == (A_RUN_ID, f"There is a run {A_RUN_ID} already.")


def changing_meanwhile(
    services: Services, monkeypatch: pytest.MonkeyPatch, change: Callable[[], object]
) -> None:
    """The first part of a run's detail has been read when the `change` comes."""
    stored_intervals = services.store.intervals.stored

    def and_then_changed(*args: Any, **more: Any) -> Any:
        found = stored_intervals(*args, **more)
        monkeypatch.setattr(services.store.intervals, "stored", stored_intervals)
        with ThreadPoolExecutor(1) as pool:
            pool.submit(change).result()
        return found

    monkeypatch.setattr(services.store.intervals, "stored", and_then_changed)


@pytest.mark.parametrize("name", ["export", "artifacts.zip"])
def test_a_run_that_is_deleted_while_it_is_packed_is_no_file_but_a_problem(
    client: FlaskClient, services: Services, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    filled(services, 3)
    changing_meanwhile(services, monkeypatch, lambda: services.store.runs.delete(A_RUN_ID))
    answer = client.get(f"/runs/{A_RUN_ID}/{name}")

    assert (answer.status_code, answer.mimetype) == (404, "application/problem+json")
    assert answer.json["detail"] == f"run {A_RUN_ID} was deleted meanwhile"


def test_a_run_that_is_made_coarser_while_it_is_packed_is_exported_as_it_was(
    client: FlaskClient, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    store_run(services.store, seconds=1_000, operations=2, run_id=A_RUN_ID)
    before = exported(client)
    coarser = Downsampler(services.store, A_RUN_ID, RetentionLevel.MINUTE, 500.0)
    changing_meanwhile(services, monkeypatch, lambda: list(coarser.slices()))

    assert lines_of(exported(client)) == lines_of(before)
    assert len(services.store.snapshots.of_run(A_RUN_ID)) < 20
    assert len(lines_of(exported(client))) < len(lines_of(before)) / 10


def test_a_run_that_is_deleted_before_it_is_packed_is_told_as_not_found(
    client: FlaskClient, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(services, 3)
    ops = services.reader.ops

    def deleted_before(run_id: str) -> Any:
        services.store.runs.delete(A_RUN_ID)
        return ops(run_id)

    monkeypatch.setattr(services.reader, "ops", deleted_before)
    answer = client.get(f"/runs/{A_RUN_ID}/artifacts.zip")

    assert (answer.status_code, answer.mimetype) == (404, "application/problem+json")


def test_a_long_export_is_packed_on_the_disk(
    client: FlaskClient, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As soon as it is longer than what is kept in memory."""
    rolled: list[bool] = []

    class Watched(SpooledTemporaryFile[bytes]):
        def write(self, part: Any) -> int:
            written = super().write(part)
            rolled.append(self._rolled)  # type: ignore[attr-defined]
            return written

    monkeypatch.setattr(spooled, "KEPT_IN_MEMORY_BYTES", 100)
    monkeypatch.setattr(spooled, "SpooledTemporaryFile", Watched)
    store_run(services.store, seconds=2_000, operations=20, run_id=A_RUN_ID)
    assert len(lines_of(exported(client))) > 1_000
    assert len(rolled) > 3
    assert all(rolled[1:])


@pytest.mark.parametrize("name", ["export", "artifacts.zip"])
def test_where_there_is_no_room_to_pack_that_is_said_and_not_that_the_database_is_broken(
    client: FlaskClient, services: Services, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    class Full(SpooledTemporaryFile[bytes]):
        def write(self, _part: Any) -> int:
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(spooled, "SpooledTemporaryFile", Full)
    filled(services, 3)
    answer = client.get(f"/runs/{A_RUN_ID}/{name}")
    assert (answer.status_code, answer.mimetype) == (503, "application/problem+json")
    assert "No space left on device" in answer.json["detail"]
    assert "database" not in answer.json["detail"]


def test_a_live_run_is_not_exported(client: FlaskClient, services: Services) -> None:
    services.store.runs.insert(a_run())

    assert client.get(f"/runs/{A_RUN_ID}/export").status_code == 409
    services.store.runs.update(a_run(status=RunStatus.FAILED))


def changed(line: int, *path: Any, to: Any) -> Callable[[Lines], Lines]:
    def change(lines: Lines) -> Lines:
        place: Any = lines[line]
        for key in path[:-1]:
            place = place[key]
        place[path[-1]] = to
        return lines

    return change


def an_odd_tally() -> str:
    """Its requests ended in a way that none can."""
    return base64.b64encode(a_tally(durations={"9?": a_tally().duration()}).to_bytes()).decode()


WRONG: list[tuple[str, Callable[[Lines], Lines]]] = [
    ("another format", changed(0, "format", to="something")),
    ("a newer version", changed(0, "version", to=2)),
    ("no version", changed(0, "version", to="1")),
    ("nothing but a head", lambda lines: lines[:1]),
    ("no end", lambda lines: lines[:-1]),
    ("more behind the end", lambda lines: [*lines, lines[-1]]),
    ("a step left out", lambda lines: [*lines[:11], *lines[12:]]),
    ("steps in disorder", lambda lines: [*lines[:11], lines[12], lines[11], *lines[13:]]),
    ("an id that leads elsewhere", changed(1, "run", "run_id", to="../../etc")),
    ("the id of a route", changed(1, "run", "run_id", to="latest")),
    ("a live run", changed(1, "run", "status", to="running")),
    ("a status that is none", changed(1, "run", "status", to="asleep")),
    ("no base for Apdex", changed(1, "run", "config", "apdex_t_ms", to=0)),
    ("a time without a zone", changed(1, "run", "created_at", to="2026-11-21T10:15:00")),
    ("a huge number in the record", changed(1, "run", "figures", "total_reqs", to=10**30)),
    ("a negative length", changed(1, "run", "elapsed_s", to=-1)),
    ("a time before all calendars", changed(1, "run", "created_at", to="0001-01-01T00:00:00+23:59")),
    ("a time that no archive can hold", changed(1, "run", "created_at", to=0)),
    ("percentiles from nowhere", changed(1, "run", "percentiles_from", to="dice")),
    ("NUL in a text", changed(1, "run", "config", "label", to="a\x00b")),
    ("half a character in a text", changed(1, "run", "config", "label", to="\ud800")),
    ("an event of no kind", changed(2, "event", "kind", to="party")),
    ("a limit on nothing", changed(4, "slo", "key", to="luck")),
    ("a failing request without a response", changed(6, "exchange", to=[1, {}])),
    ("an operation of two parts", changed(7, "op", to=["a", "b"])),
    ("a file elsewhere", lambda lines: [*lines[:-1], {"file": "../x", "data": ""}, lines[-1]]),
    ("a file that cannot be read", lambda lines: [*lines[:-1], {"file": "console.log", "data": "%"}, lines[-1]]),
    ("a line of no kind", lambda lines: [*lines[:-1], {"what": 1}, lines[-1]]),
    ("a huge count", changed(10, "step", "snapshot", "total_reqs", to=1 << 62)),
    ("a figure that is text", changed(10, "step", "snapshot", "p95_ms", to="fast")),
    ("a tally of no operation", changed(10, "step", "intervals", 0, 0, to=99)),
    ("a tally that is none", changed(10, "step", "intervals", 0, 1, to="AAAA")),
    ("an outcome that is none", changed(10, "step", "intervals", 1, 1, to=an_odd_tally())),
    ("other counts than its operations", changed(10, "step", "snapshot", "requests", to=999)),
]  # fmt: skip


@pytest.mark.parametrize(("what", "change"), WRONG, ids=[what for what, _ in WRONG])
def test_what_is_not_whole_and_sound_is_refused_and_leaves_nothing(
    client: FlaskClient, services: Services, other: Services, what: str, change: Callable[[Lines], Lines]
) -> None:
    filled(services, 4)
    there = create_app(other).test_client()
    answer = there.post("/runs/import", data=packed(change(lines_of(exported(client)))), headers=GZIP)

    assert answer.status_code == 422, answer.text
    assert "can be imported" in answer.json["detail"]
    nothing_left(other)


def nothing_left(services: Services) -> None:
    assert services.store.lists.count(RunFilter()) == 1
    assert not list((services.data_dir / "runs").glob(".*"))
    wait_until(services.store.is_tidy)
    with services.store._reading() as db:  # type: ignore[attr-defined]
        assert (
            db.execute("SELECT (SELECT count(*) FROM snapshots) + (SELECT count(*) FROM drafts)").fetchone()[
                0
            ]
            == 0
        )


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "it ends early"),
        (b"plain text", "not packed with gzip"),
        (gzip.compress(b"[" * 100_000 + b"\n"), "not JSON"),
        (gzip.compress(b'{"format": NaN}\n'), "not JSON"),
        (gzip.compress(b"\x00" * 300_000_000, compresslevel=1), "far more than a run has"),
        (gzip.compress(random.Random(1).randbytes(MAX_LINE_BYTES * 2).hex().encode()), "longer than"),
    ],
    ids=["nothing", "text", "deep", "NaN", "bomb", "long line"],
)
def test_files_that_are_no_export(client: FlaskClient, body: bytes, words: str) -> None:
    answer = client.post("/runs/import", data=body, headers=GZIP)

    assert (answer.status_code, words in answer.json["detail"]) == (422, True), answer.text


def test_nothing_may_follow_an_export(client: FlaskClient, services: Services, other: Services) -> None:
    filled(services, 3)
    answer = (
        create_app(other).test_client().post("/runs/import", data=exported(client) + b"more", headers=GZIP)
    )

    assert "follows its end" in answer.json["detail"]
    nothing_left(other)


def test_damaged_exports_never_break_the_dashboard(
    client: FlaskClient, services: Services, other: Services
) -> None:
    filled(services, 4)
    there = create_app(other).test_client()
    whole, chance = exported(client), random.Random(7)
    for _ in range(60):
        damaged = bytearray(gzip.decompress(whole))
        for _ in range(3):
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        body = gzip.compress(bytes(damaged[: chance.choice((None, chance.randrange(len(damaged))))]))
        status = there.post("/runs/import", data=body, headers=GZIP).status_code
        assert status in (201, 409, 422)
        if status == 201:  # a changed digit is a run too, and everything about it can be read
            assert there.get(f"/runs/{A_RUN_ID}").status_code in (200, 404)
            there.delete(f"/runs/{A_RUN_ID}")


def test_an_import_says_what_it_is(client: FlaskClient) -> None:
    assert client.post("/runs/import", data=b"x", headers={"Content-Type": "text/plain"}).status_code == 415
    assert client.post("/runs/import", data=b"x" * 61 * 1024 * 1024, headers=GZIP).status_code == 413
