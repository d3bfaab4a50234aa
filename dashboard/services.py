"""Composition root: builds every object once, and starts and stops them in order."""

import json
import os
import secrets
import sys
import threading
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dashboard import __version__
from dashboard.access.access import Access
from dashboard.access.audit_log import AuditLog
from dashboard.access.token_book import TokenBook
from dashboard.data_dir import lock_data_dir, remove_server_file, write_server_file
from dashboard.data_files.files import DataFiles
from dashboard.demo.launcher import DemoProcess, DemoStartError, start_demo
from dashboard.discovery.process import DocumentImporter
from dashboard.document_edits.editor import EndpointsEditor
from dashboard.document_edits.saving import EndpointsSaver
from dashboard.endpoints.file import EndpointsFile, LoadedDocument
from dashboard.engine.k6_binary import K6Locator, K6Unavailable
from dashboard.loop import Loop
from dashboard.model.errors import Unavailable
from dashboard.model.identity import NamedToken
from dashboard.model.k6_config import PROFILES_FILE
from dashboard.model.profile_data import load_profiles
from dashboard.retention.policy import RetentionPolicy
from dashboard.retention.worker import RetentionWorker
from dashboard.runs.comparing import baseline_headline
from dashboard.runs.control.live_runs import LiveRuns
from dashboard.runs.control.marks import Marks
from dashboard.runs.control.steering import Steering
from dashboard.runs.dry.manager import DryRunManager
from dashboard.runs.publish.hub import Hub
from dashboard.runs.reader import RunReader
from dashboard.runs.run_editor import RunEditor
from dashboard.runs.slo.evaluate import SloEvaluator
from dashboard.runs.slo.tolerances import tolerances_of
from dashboard.runs.start.launcher import Launcher
from dashboard.runs.start.starter import StarterDeps
from dashboard.runs.start.target_gate import TargetGate
from dashboard.runs.supervisor import Supervisor
from dashboard.settings import ROOT, Settings
from dashboard.store.errors import StoreError
from dashboard.store.store import Store
from dashboard.transfer.run_import import RunImport
from dashboard.webhooks.wiring import make_webhooks

if TYPE_CHECKING:
    from dashboard.replica.replica import Replica

DATABASE = "dashboard.db"
FILES = "files"
WRITE_ACCESS_EVERY_S = 60.0


class DemoManager:
    """Starts the demo service on request and stops it with the server."""

    def __init__(self, log_path: Path) -> None:
        self._log_path = log_path
        self._lock = threading.Lock()
        self._process: DemoProcess | None = None

    @property
    def url(self) -> str | None:
        """URL of the demo service, or None when it is not running."""
        process = self._process
        return process.url if process and process.alive else None

    def start(self) -> str:
        """Start the demo service unless it is running. Returns its URL. Raises Unavailable."""
        with self._lock:
            if self.url is None:
                try:
                    self._process = start_demo(None, self._log_path)
                except (DemoStartError, OSError) as error:
                    raise Unavailable(str(error)) from None
            return str(self.url)

    def stop(self) -> None:
        """Stop the demo service if it is running."""
        with self._lock:
            if self._process is not None:
                self._process.stop()


class Services:
    """All objects that handlers and commands use. Before `start`, at most the demo service is running."""

    def __init__(self, settings: Settings, *, demo: bool = False) -> None:
        self.data_dir = settings.path(settings.data_dir)
        self._lock = lock_data_dir(self.data_dir)
        self.demo = DemoManager(self.data_dir / "demo.log")
        try:
            if demo:
                settings = settings.model_copy(update={"base_url": self.demo.start()})
            self.store = Store(self.data_dir / DATABASE)
        except BaseException:
            self.demo.stop()
            self._lock.release()
            raise
        self.settings = settings
        # the port of the listening socket; behind a proxy, request headers contain another port
        self.port: int | None = None
        self.data_files = DataFiles(self.data_dir / FILES, settings.min_free_disk)
        self.tokens = TokenBook(self.store, lambda: datetime.now(UTC))
        self.audit = AuditLog(self.store, lambda: datetime.now(UTC), settings.audit_retention_days)
        self.access = Access(settings, self.tokens, self.audit.count_failure)
        self.hub = Hub(secrets.token_hex(6))
        self.endpoints = EndpointsFile(settings.path(settings.endpoints_file))
        self.editor = EndpointsEditor(self.endpoints, self.store, lambda: datetime.now(UTC), self._announce)
        self.saver = EndpointsSaver(self.editor, self.store, lambda: datetime.now(UTC))
        self.profiles = load_profiles(json.loads(PROFILES_FILE.read_bytes()))
        self.k6 = K6Locator(settings.k6_bin, ROOT)
        self._launcher = Launcher(self.data_dir / "runs", ROOT)
        self.replica = self._make_replica()
        evaluator = SloEvaluator(self.store, tolerances_of(settings))
        deps = self._starter_deps(evaluator)
        self.live_runs = LiveRuns(self.store)
        self.steering = Steering(self._launcher, deps.clock, self.live_runs)
        self.supervisor = Supervisor(deps, self.live_runs, self.steering.pause)
        self.run_editor = RunEditor(self.store, self.hub, self._launcher, self.live_runs)
        self.importer = DocumentImporter()
        self.dry_runs = DryRunManager(deps, Launcher(self.data_dir / "dry", ROOT))
        self.marks = Marks(self.store, self.hub)
        self.imports = RunImport(self.store, self.data_dir / "runs", lambda: datetime.now(UTC))
        self.retention = self._make_retention_worker()
        self._retention_loop = Loop("retention", self.retention.tick)
        self._access_loop = Loop("access", self._write_access)
        self.reader = RunReader(self.store, self._launcher, evaluator, self.live_runs.run)
        self.webhooks = make_webhooks(
            settings,
            self.store,
            self.data_dir,
            self.target_gate,
            lambda: self.port,
            lambda run: baseline_headline(self.reader, run),
        )

    def start(self) -> None:
        """Adopt the runs that were live before a restart, start all loops, and locate k6 in the background."""
        self.supervisor.adopt()
        self.dry_runs.start()
        if self.replica:
            self.replica.start()
        self.webhooks.start()
        self._retention_loop.start()
        self._access_loop.start()
        threading.Thread(target=self._locate_k6, name="locate-k6", daemon=True).start()

    def write_server_file(self, host: str, port: int) -> None:
        """Write server.json, so that the command line finds this server at `host` and `port`."""
        self.port = port
        write_server_file(self.data_dir, host, port, self.access.token)

    def revoke_token(self, name: str) -> NamedToken:
        """Revoke a named token and end the event streams that it opened. Raises NotFound."""
        token = self.tokens.revoke(name)
        self.hub.end_streams_of(token.token_id)
        return token

    def target_gate(self) -> TargetGate:
        """Return the gate of all outbound requests, with the ports on which the dashboard and its runs listen now."""
        allowed, names = self.settings.allowed_targets, self.settings.dashboard_names
        ports = self.live_runs.rest_ports()
        return TargetGate(allowed=allowed, own_port=self.port, run_ports=ports, own_names=names)

    def stop(self) -> None:
        """End streams, stop loops at a committed position, close the store. k6 and the runners continue."""
        self.hub.close()
        self.dry_runs.close()
        self._retention_loop.stop()
        self._access_loop.stop()
        with suppress(StoreError):  # a full disk must not keep the dashboard from stopping
            self._write_access()
        self.supervisor.close()
        if self.replica:
            self.replica.stop()
        self.webhooks.stop()
        self.demo.stop()
        self.store.close()
        remove_server_file(self.data_dir)
        self._lock.release()

    def health(self) -> dict[str, Any]:
        """Return the response of `/health`. The status is `degraded` when a loop died or failed."""
        loops = self.live_runs.health() + (self.replica.health() if self.replica else [])
        own = (self._retention_loop, self._access_loop, self.webhooks.loop)
        loops += [loop.health() for loop in own if loop.started]
        return {
            "status": "ok" if all(loop["alive"] and not loop["errors"] for loop in loops) else "degraded",
            "version": __version__,
            "loops": loops,
            "live_runs": len(self.live_runs.health()),
            "streams": self.hub.streams,
            "replica": self.replica.status() if self.replica else None,
            "disk": self.retention.disk(),
            "modules_imported": len(sys.modules),
        }

    def _starter_deps(self, evaluator: SloEvaluator) -> StarterDeps:
        return StarterDeps(
            settings=self.settings,
            store=self.store,
            evaluator=evaluator,
            hub=self.hub,
            launcher=self._launcher,
            endpoints=self.endpoints,
            data_files=self.data_files,
            profiles=self.profiles,
            k6=self.k6,
            clock=lambda: datetime.now(UTC),
            randomness=os.urandom,
            environment=dict(os.environ),
            may_start=self.replica.check_backlog if self.replica else lambda: None,
            gate=self.target_gate,
        )

    def _make_retention_worker(self) -> RetentionWorker:
        return RetentionWorker(
            self.store,
            self.data_dir,
            retention_policy(self.settings),
            lambda run_id: self.run_editor.delete(run_id, everywhere=False),
            self._is_any_live,
            lambda: datetime.now(UTC),
        )

    def _make_replica(self) -> "Replica | None":
        settings = self.settings
        if not settings.influxdb_url:
            self.store.outbox.clear()
            return None
        from dashboard.replica.replica import Replica, ReplicaSettings

        replica_settings = ReplicaSettings(
            url=settings.influxdb_url,
            org=settings.influxdb_org,
            bucket=settings.influxdb_bucket,
            token=settings.influxdb_token.get_secret_value(),
            origin=settings.influxdb_origin,
            max_backlog=settings.influxdb_max_backlog,
        )
        return Replica(
            replica_settings,
            self.store,
            is_live=self._is_any_live,
            clock=lambda: datetime.now(UTC),
            publish=self.hub.publish,
        )

    def _write_access(self, _now: float = 0.0) -> float:
        self.tokens.write_uses()
        self.audit.write_failures()
        self.audit.delete_old()
        return WRITE_ACCESS_EVERY_S

    def _announce(self, document: LoadedDocument, who: str) -> None:
        """Publish that the endpoints file has changed, so that other pages read it again."""
        self.hub.publish("runs", "endpoints", {"sha256": document.sha256, "changed_by": who})

    def _is_any_live(self) -> bool:
        return bool(self.live_runs.runs())

    def _locate_k6(self) -> None:
        # a missing k6 is reported by the doctor and when a run is started
        with suppress(K6Unavailable):
            self.k6.locate()


def retention_policy(settings: Settings) -> RetentionPolicy:
    """Return the retention policy from the settings."""
    return RetentionPolicy(
        ten_s_days=settings.roll_up_10s_days,
        minute_days=settings.roll_up_60s_days,
        detail_days=settings.retention_detail_days,
        days=settings.retention_days,
        max_runs=settings.retention_runs,
        max_bytes=settings.retention_bytes,
    )
