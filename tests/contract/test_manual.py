"""Every example of docs/api.md works: with stored runs, with a real k6, or with a real InfluxDB."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests
from _pytest.mark import ParameterSet

from dashboard.api.discover import POSTMAN_COLLECTION
from dashboard.app import create_app
from dashboard.model.baseline import Baseline, Scope
from dashboard.model.figures import figures_of
from dashboard.model.run import RunId, RunStatus
from dashboard.model.snapshot import OpKey
from dashboard.model.tally import total_of
from dashboard.services import Services
from tests.api.conftest import end_runs, serve_app, settings_for, wait_until
from tests.api.table import API_CASES
from tests.conftest import ROOT, skip_or_fail
from tests.contract.manual import Example, assert_shown, execute, read_examples
from tests.factories import A_MOMENT, LIST_PRODUCTS, a_run, a_tally, an_ended_run, an_event, an_interval
from tests.fakes.fake_k6_factory import make_fake_k6
from tests.fakes.token_server import TOKEN_PATH, FakeTokenServer
from tests.support.influxd import BUCKET, ORG, TOKEN, Influxd
from tests.webhooks.samples import a_webhook, add_dead_delivery

EXAMPLES = list(read_examples())
OLDER, NEWER = "20261121-101500-abcdefgh", "20261122-090000-abcdefgh"
EVENTS = 4
PARAMETER = re.compile(r"<[^>]+>")
CONSOLE = '{"level":"error","msg":"Request Failed","time":"2026-11-22T09:00:04.5Z"}\n'


def examples_of(kind: str) -> list[ParameterSet]:
    """Return the examples of a kind: `k6` for a live k6, `influx` for InfluxDB, `stored` for stored runs only."""
    return [pytest.param(example, id=example.entry) for example in EXAMPLES if kind_of(example) == kind]


def kind_of(example: Example) -> str:
    if example.section == "Live control" or "/k6/" in example.entry:
        return "k6"
    return "influx" if example.section == "InfluxDB" else "stored"


@dataclass
class ExampleServer:
    """A real server, and the working folder of the commands."""

    services: Services
    folder: Path
    url: str
    tokens: str = ""

    def run_example(self, example: Example) -> None:
        """Execute the example and check its response."""
        answer = execute(example, self.folder, server=self.url, target=self.target, token="any")
        assert_shown(example, answer)

    @property
    def target(self) -> str:
        return self.services.demo.start()


@contextmanager
def example_server(folder: Path, **changes: Any) -> Iterator[ExampleServer]:
    """Run a real server with changed settings."""
    services = Services(settings_for(folder, **changes))
    (folder / "users.csv").write_text("user,password\nann,secret\nbob,hidden\n")
    (folder / "commands.txt").write_text("curl http://127.0.0.1:8000/api/products")
    (folder / "collection.json").write_bytes(POSTMAN_COLLECTION.read_bytes())
    try:
        services.start()
        with serve_app(create_app(services)) as url:
            yield ExampleServer(services, folder, url)
    finally:
        end_runs(services)
        services.stop()


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ExampleServer]:
    folder = tmp_path_factory.mktemp("stored")
    with example_server(folder, k6_bin=str(make_fake_k6(folder, "ok"))) as server:
        yield server


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory, k6_bin: Path) -> Iterator[ExampleServer]:
    with (
        closing(FakeTokenServer()) as token_server,
        example_server(tmp_path_factory.mktemp("live"), k6_bin=str(k6_bin)) as server,
    ):
        server.tokens = token_server.url
        yield server


@pytest.fixture(scope="module")
def replicating(tmp_path_factory: pytest.TempPathFactory, influxd_bin: Path) -> Iterator[ExampleServer]:
    folder = tmp_path_factory.mktemp("replicating")
    influxd = Influxd(influxd_bin, folder / "influxd")
    settings = {"influxdb_url": influxd.url, "influxdb_org": ORG, "influxdb_bucket": BUCKET}
    try:
        influxd.start()
        with example_server(
            folder, k6_bin=str(make_fake_k6(folder, "ok")), influxdb_token=TOKEN, **settings
        ) as made:
            store(made.services, OLDER)
            yield made
    finally:
        influxd.kill()


def store(services: Services, run_id: RunId) -> None:
    """Store an ended run with all data that the examples read, unless it exists."""
    if services.store.runs.get(run_id):
        return
    ops = {LIST_PRODUCTS: a_tally(), OpKey("Checkout", "orders", ""): a_tally(failed=(0.4,))}
    figures = figures_of(total_of([*ops.values()] * 3), 30.0, 500.0)
    annotations: dict[str, Any] = {"verdict_reason": "p95 402.6 ms < 500 ms", "tags": ("release 4.11",)}
    intervals = [
        an_interval(seq, ops, requests=7, errors=1, rps=3.5, total_reqs=7 * seq, total_errors=seq)
        for seq in (1, 2, 3)
    ]
    # inserted live and ended with its intervals, like a real run, so that trends contain it from then on
    services.store.runs.insert(a_run(run_id))
    services.store.append(run_id, intervals, run=an_ended_run(run_id, figures=figures, **annotations))
    wait_until(lambda: not services.store.is_cleanup_pending())
    for _ in range(EVENTS):
        services.store.events.add(run_id, an_event())
    folder = services.settings.path(services.settings.data_dir) / "runs" / run_id
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "console.log").write_text(CONSOLE)


def start_steerable_run(server: ExampleServer) -> None:
    """Start a steerable run with refreshable tokens, unless one is live."""
    if not is_steerable_run_live(server):
        end_live_runs(server)
        load = {"profile": "soak", "base_url": server.target, "vus": 20, "duration": "5m", "steerable": True}
        auth = {"auth_mode": "bearer_endpoint", "auth_refresh_endpoint": server.tokens + TOKEN_PATH}
        requests.post(f"{server.url}/run/start", json=load | auth, timeout=20).raise_for_status()
    wait_until(lambda: is_steerable_run_live(server), 15)
    wait_until(lambda: requests.get(f"{server.url}/k6/v1/status", timeout=20).ok, 15)


def is_steerable_run_live(server: ExampleServer) -> bool:
    live = server.services.live_runs.runs()
    return any(run.control and run.status is RunStatus.RUNNING for run in live)


def finish_dry_run(server: ExampleServer) -> None:
    """Run a dry run to its end."""
    requests.post(f"{server.url}/run/dry", json={"base_url": server.target}, timeout=20)
    latest = f"{server.url}/run/dry/latest"
    wait_until(lambda: requests.get(latest, timeout=20).json()["status"] == "finished", 30)


def export_and_delete(server: ExampleServer) -> None:
    """Export the newest run and delete it."""
    (server.folder / "run.gz").write_bytes(
        requests.get(f"{server.url}/runs/{NEWER}/export", timeout=20).content
    )
    server.services.run_editor.delete(NEWER)


def set_mark(server: ExampleServer) -> None:
    mark = {"text": "deployed v2", "elapsed_s": 1}
    while len(server.services.store.events.of_run(NEWER)) <= EVENTS:
        requests.post(f"{server.url}/runs/{NEWER}/marks", json=mark, timeout=20).raise_for_status()


def unpin_baseline(server: ExampleServer) -> None:
    server.services.store.baselines.unpin(Scope(profile="smoke"))


def pin_baseline(server: ExampleServer) -> None:
    server.services.store.baselines.pin(
        Baseline(scope=Scope(profile="smoke"), run_id=OLDER, pinned_at=A_MOMENT)
    )


def upload_file(server: ExampleServer) -> None:
    example = next(example for example in EXAMPLES if example.entry == "POST /data/upload")
    execute(example, server.folder, server=server.url)


def delete_upload(server: ExampleServer) -> None:
    requests.delete(f"{server.url}/data/users", timeout=20)


def end_live_runs(server: ExampleServer) -> None:
    end_runs(server.services)


def wait_for_replication(server: ExampleServer) -> None:
    status = f"{server.url}/influx/status"
    wait_until(lambda: requests.get(status, timeout=20).json()["backlog_runs"] == 0, 30)


def require_built_report(_: ExampleServer) -> None:
    if not (ROOT / "dashboard" / "static" / "report.html").is_file():
        skip_or_fail("built report", "bin/dashboard builds it")


def restart_steerable_run(server: ExampleServer) -> None:
    """Start a new steerable run, because an earlier one may be stopping."""
    end_live_runs(server)
    start_steerable_run(server)


def without_tokens(server: ExampleServer) -> None:
    for token in server.services.tokens.listed():
        server.services.revoke_token(token.name)


def with_token(server: ExampleServer) -> None:
    """Create the token of the manual."""
    without_tokens(server)
    example = next(example for example in EXAMPLES if example.entry == "POST /tokens")
    execute(example, server.folder, server=server.url)


def with_one_change(server: ExampleServer) -> None:
    """Reduce the audit log to one entry, because an export of several lines is not valid JSON."""
    server.services.store.audit.delete_before("9999")
    with_token(server)


def with_webhook(server: ExampleServer) -> None:
    """Store the only webhook, with a delivery that was given up."""
    repository = server.services.store.webhooks
    for webhook in repository.all():
        server.services.webhooks.book.delete(webhook.webhook_id)
    repository.put(a_webhook(webhook_id="wh_abcdefghijkl", url="http://127.0.0.1:9/hook"))
    add_dead_delivery(server.services.store, "wh_abcdefghijkl", NEWER)


BEFORE: dict[str, Callable[[ExampleServer], None]] = {
    "GET /audit": with_token,
    "GET /audit/export": with_one_change,
    "GET /tokens": with_token,
    "POST /tokens": without_tokens,
    "DELETE /tokens/<name>": with_token,
    "GET /run/status": start_steerable_run,
    "POST /run/start": end_live_runs,
    "POST /run/stop": start_steerable_run,
    "POST /run/control": restart_steerable_run,
    "POST /run/refresh-token": start_steerable_run,
    "GET /k6/<path>": start_steerable_run,
    "GET /run/dry/<dry_id>": finish_dry_run,
    "DELETE /run/dry/<dry_id>": finish_dry_run,
    "DELETE /runs/<run_id>": unpin_baseline,
    "DELETE /runs/<run_id>/marks/<n>": set_mark,
    "GET /runs/baseline": pin_baseline,
    "GET /runs/<run_id>/baseline": pin_baseline,
    "POST /runs/import": export_and_delete,
    "GET /runs/<run_id>/report": require_built_report,
    "POST /influx/verify": wait_for_replication,
    "POST /data/upload": delete_upload,
    "GET /data": upload_file,
    "GET /data/<data_name>": upload_file,
    "GET /data/<data_name>/download": upload_file,
    "DELETE /data/<data_name>": upload_file,
}


def save_endpoint(server: ExampleServer) -> None:
    """Save an endpoint, so that the file has versions. A save that changes nothing adds none."""
    body = {"mode": "merge", "endpoints": [{"name": "Health", "group": "system", "path": "/health"}]}
    requests.post(f"{server.url}/endpoints/save", json=body, timeout=20).raise_for_status()


BEFORE |= {example.entry: save_endpoint for example in EXAMPLES if " /endpoints/versions" in example.entry}
BEFORE |= {example.entry: with_webhook for example in EXAMPLES if example.section == "Webhooks"}


def prepare(server: ExampleServer, example: Example) -> None:
    if example.entry in BEFORE:
        BEFORE[example.entry](server)


@pytest.mark.parametrize("example", examples_of("stored"))
def test_an_example_about_stored_runs(stored: ExampleServer, example: Example) -> None:
    store(stored.services, OLDER)
    store(stored.services, NEWER)
    prepare(stored, example)
    stored.run_example(example)


@pytest.mark.k6
@pytest.mark.parametrize("example", examples_of("k6"))
def test_an_example_about_a_live_k6(live: ExampleServer, example: Example) -> None:
    prepare(live, example)
    live.run_example(example)


@pytest.mark.influx
@pytest.mark.parametrize("example", examples_of("influx"))
def test_an_example_about_influxdb(replicating: ExampleServer, example: Example) -> None:
    prepare(replicating, example)
    replicating.run_example(example)


def test_every_route_has_an_example() -> None:
    routes = {f"{case.method} {re.sub(PARAMETER, r'<_>', case.rule)}" for case in API_CASES}

    assert routes == {re.sub(PARAMETER, r"<_>", example.entry) for example in EXAMPLES}
