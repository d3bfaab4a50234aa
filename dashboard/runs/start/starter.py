"""Starts k6 for an admitted run: the last checks, copies of the inputs, the launch spec and the runner."""

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from secrets import token_hex

from dashboard.data_files.files import DataFiles
from dashboard.endpoints.file import EndpointsFile, LoadedDocument, load_document
from dashboard.engine.command import build_command
from dashboard.engine.k6_binary import K6Locator, K6Unavailable
from dashboard.engine.network import network_files
from dashboard.model.errors import FieldProblems, Unavailable
from dashboard.model.identity import LOCAL, Identity
from dashboard.model.profile import LoadProfile
from dashboard.model.run import Run, RunContext
from dashboard.run_folder.files import AuthFile, RunFolder, SecretsFile
from dashboard.run_folder.validation import UnreadableFile
from dashboard.runs.publish.hub import Hub
from dashboard.runs.slo.evaluate import SloEvaluator
from dashboard.runs.start.auth import check_auth, resolve_auth
from dashboard.runs.start.launcher import Launcher
from dashboard.runs.start.load import plan_load
from dashboard.runs.start.network import network_secrets, resolve_network
from dashboard.runs.start.record import deadline_for, poll_interval_for, push_interval_for, stop_grace_for
from dashboard.runs.start.request import StartRequest
from dashboard.runs.start.resolved import ResolvedRequest
from dashboard.runs.start.stored_secrets import check_stored_variables, target_of
from dashboard.runs.start.target_gate import TargetGate
from dashboard.runs.start.targets import check_targets, require_confirmation, rerouted_by, resolve_target
from dashboard.settings import Settings
from dashboard.store.store import Store

ENDPOINTS = "endpoints.json"
SETUP_KEY = "SETUP_KEY"
SETUP_KEY_BYTES = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class StarterDeps:
    """The dependencies of starting and supervising runs.

    `clock` returns the time in UTC, `randomness(n)` returns n random bytes.
    `environment` contains the variables of this process. `may_start` raises Unavailable when no run may start now.
    """

    settings: Settings
    store: Store
    evaluator: SloEvaluator
    hub: Hub
    launcher: Launcher
    endpoints: EndpointsFile
    data_files: DataFiles
    profiles: Mapping[str, LoadProfile]
    k6: K6Locator
    clock: Callable[[], datetime]
    randomness: Callable[[int], bytes]
    environment: Mapping[str, str]
    may_start: Callable[[], None]
    gate: Callable[[], TargetGate]


class Starter:
    """Resolves and launches one run. The supervisor decides when."""

    def __init__(self, deps: StarterDeps) -> None:
        self._deps = deps
        self._settings = deps.settings

    def check_ready(self) -> str:
        """Return the version of k6. Raises Unavailable without k6, without disk space, or when no run may start."""
        self._deps.may_start()
        free = shutil.disk_usage(self._settings.path(self._settings.data_dir)).free
        required = self._settings.min_free_disk
        if free < required:
            raise Unavailable(
                f"DATA_DIR has {free // 2**20} MiB free, less than MIN_FREE_DISK ({required // 2**20} MiB). "
                "Delete old runs or free some disk space."
            )
        try:
            return self._deps.k6.locate().version
        except K6Unavailable as error:
            raise Unavailable(str(error)) from None

    def resolve(self, request: StartRequest, identity: Identity = LOCAL) -> ResolvedRequest:
        """Resolve `request` against settings, endpoints and secrets. Raises DashboardError.

        `identity` is the client. The targets of its token limit where requests go.
        """
        settings, problems = self._settings, FieldProblems()
        document = self.read_document(request.endpoints)
        with problems.collect():
            base_url = resolve_target(request.base_url, settings)
        with problems.collect():
            plan = plan_load(request.load, self._deps.profiles[request.load.profile], settings)
        with problems.collect():
            network, secrets = resolve_network(
                request.network, network_secrets(settings, request.network.proxy)
            )
        with problems.collect():
            check_auth(request.auth, settings)
        problems.check()
        gate = self._deps.gate().limited_to(identity.limits.targets, identity.who)
        check_targets(gate, base_url, network, document.hosts)
        if not request.confirm:
            require_confirmation(base_url, network, document.hosts, plan.peak_vus)
        verify_tls = network.get("verify_tls", document.verifies_tls)
        # Whoever may start a run cannot change the network of the endpoints file, but that of their own endpoints.
        request_hosts = {} if request.endpoints is None else document.hosts
        rerouted = rerouted_by(base_url, network, request_hosts, verify_tls=verify_tls)
        target = target_of(settings, base_url, rerouted)
        check_stored_variables(document, settings, self._deps.environment, target)
        return ResolvedRequest(
            request=request,
            document=document,
            base_url=base_url,
            plan=plan,
            network=network,
            network_secrets=secrets,
            token_targets=identity.limits.targets,
            auth=resolve_auth(request.auth, settings, gate, target, verify_tls=verify_tls),
            k6_version=self.check_ready(),
        )

    def read_document(self, text: str | None = None) -> LoadedDocument:
        """Read `text`, or else the endpoints file, and check its data files.

        Raises NotFound, or InvalidRequest with the field.
        """
        document = self._deps.endpoints.read() if text is None else load_document(text.encode())
        if document.data_files:
            document.check_data(self._deps.data_files.columns())
        return document

    def check_queued(self, run: Run, folder: RunFolder, document: LoadedDocument) -> None:
        """Check the addresses of a queued run again: settings and endpoints file may have changed.

        Raises Forbidden, AddressRefused, Unavailable.
        """
        gate = self._gate_of(run)
        check_targets(gate, run.config.base_url, run.config.network, document.hosts)
        try:
            auth = folder.read(AuthFile)
        except UnreadableFile as error:
            raise Unavailable(f"The credentials cannot be read: {error}.") from None
        if auth is not None:
            gate.check_url("the token server", auth.url)

    def current_context(self, run: Run, document: LoadedDocument, k6_version: str) -> RunContext:
        """Return the context of a queued run that starts now, with the current endpoints file."""
        return replace(
            run.context.with_slo_set(document.slo_set(run.config.profile)),
            endpoints_sha256=document.sha256,
            k6_version=k6_version,
            push_interval_s=push_interval_for(len(document.endpoints)),
        )

    def keep_document(self, folder: RunFolder, document: LoadedDocument) -> None:
        """Store the endpoints that a queued run brings along. Raises OSError."""
        self._deps.launcher.write_input(folder, ENDPOINTS, document.raw)

    def queued_document(self, folder: RunFolder) -> LoadedDocument:
        """Return the endpoints that a queued run brought along, or else those of the endpoints file."""
        kept = folder.path / ENDPOINTS
        return self.read_document(kept.read_text("utf-8") if kept.exists() else None)

    def launch(
        self, run: Run, folder: RunFolder, document: LoadedDocument, *, dry_limit_s: float | None = None
    ) -> int:
        """Copy the inputs, write the launch spec and start the runner. Returns its process id. Raises OSError.

        `dry_limit_s` makes it a dry run with this time limit.
        """
        launcher = self._deps.launcher
        self._write_inputs(run, folder, document)
        if document.has_setup:
            _add_setup_key(folder)
        stored = folder.read(SecretsFile)
        grace_s = stop_grace_for(self._settings, document)
        command = build_command(
            run,
            k6=self._deps.k6.locate().path,
            script=self._settings.path(self._settings.k6_script),
            folder=folder.path,
            secret_names=tuple(stored.secrets) if stored else (),
            environment=self._deps.environment,
            endpoints_env=self._settings.endpoints_env,
            gate=self._gate_of(run).variables(),
            data_files=folder.data if document.data_files else None,
            dry=dry_limit_s is not None,
        )
        longest_s = run.planned_s + run.context.graceful_stop_s
        launcher.write_launch_spec(
            folder,
            run.run_id,
            command,
            planned_s=run.planned_s,
            deadline_s=deadline_for(longest_s, grace_s) if dry_limit_s is None else dry_limit_s,
            stop_grace_s=grace_s,
            poll_ms=poll_interval_for(run.vus_max) if run.config.has_channel else None,
            drain_s=run.context.graceful_stop_s if run.config.steering_variable else None,
        )
        return launcher.start_runner(folder)

    def _gate_of(self, run: Run) -> TargetGate:
        """Return the current gate, with the token targets that were stored when the run was requested."""
        return self._deps.gate().limited_to(run.context.token_targets, run.started_by)

    def _write_inputs(self, run: Run, folder: RunFolder, document: LoadedDocument) -> None:
        launcher = self._deps.launcher
        launcher.write_input(folder, ENDPOINTS, document.raw)
        if document.data_files:
            self._deps.data_files.link_rows(document.data_files, folder.data)
        for name, data in network_files(run.config.network, self._deps.environment).items():
            launcher.write_input(folder, name, data)


def _add_setup_key(folder: RunFolder) -> None:
    """Add the secret with which the script encrypts the results of the setup. Only this k6 receives it."""
    stored = folder.read(SecretsFile)
    others = stored.secrets if stored else {}
    folder.write(SecretsFile({**others, SETUP_KEY: token_hex(SETUP_KEY_BYTES)}))
