"""Starting k6 for a run that has its turn: last checks, what is frozen, the order to the runner."""

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from dashboard.data_files.files import DataFiles
from dashboard.endpoints.file import EndpointsDocument, EndpointsFile
from dashboard.engine.command import build_command
from dashboard.engine.k6_binary import K6Locator, K6Unavailable
from dashboard.engine.network import network_files
from dashboard.model.errors import Unavailable
from dashboard.model.plan import Plan
from dashboard.model.profile import LoadProfile
from dashboard.model.run import Run, RunContext
from dashboard.run_folder.files import RunFolder, SecretsFile
from dashboard.runs.publish.hub import Hub
from dashboard.runs.slo.evaluate import SloEvaluator
from dashboard.runs.start.auth import Auth, auth_of
from dashboard.runs.start.launcher import Launcher
from dashboard.runs.start.network import guard_way, kept_secrets, network_of
from dashboard.runs.start.record import deadline_s, new_run, poll_ms_for, push_interval_for, stop_grace_s
from dashboard.runs.start.request import StartRequest, plan_for, target_of
from dashboard.settings import Settings
from dashboard.store.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class StarterDeps:
    """What the supervisor works with. `clock` gives UTC, `randomness` some random bytes, `environment` ours.

    `may_start` raises Unavailable when something else speaks against a run.
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    """What a wish for a run comes to. `keys` are secret files of the network by variable."""

    document: EndpointsDocument
    base_url: str
    plan: Plan
    network: dict[str, Any]
    keys: dict[str, str]
    auth: Auth
    k6_version: str


class Starter:
    """Knows how a run is begun, and nothing of who else runs."""

    def __init__(self, deps: StarterDeps) -> None:
        self._deps = deps
        self._settings = deps.settings

    def check(self) -> str:
        """The version of k6, when there is one and room on the disk. Raises Unavailable."""
        self._deps.may_start()
        free = shutil.disk_usage(self._settings.path(self._settings.data_dir)).free
        least = self._settings.min_free_disk
        if free < least:
            raise Unavailable(
                f"only {free // 2**20} MiB are free for DATA_DIR; MIN_FREE_DISK asks for {least // 2**20} MiB: "
                "delete old runs or free some space"
            )
        try:
            return self._deps.k6.locate().version
        except K6Unavailable as error:
            raise Unavailable(str(error)) from None

    def resolve(self, request: StartRequest) -> Resolved:
        """What `request` means now. Raises DashboardError."""
        document = self.document()
        base_url = target_of(request.base_url, self._settings)
        plan = plan_for(request, self._deps.profiles[request.profile], self._settings)
        network, keys = network_of(request.network, kept_secrets(self._settings))
        guard_way(base_url, network, document.hosts, plan.peak_vus, self._settings, confirmed=request.confirm)
        auth = auth_of(
            request.auth_mode,
            request.credentials,
            self._settings,
            base_url=base_url,
            interval_s=request.auth_refresh_interval,
            verify_tls=network.get("verify_tls", document.verifies_tls),
        )
        return Resolved(
            document=document,
            base_url=base_url,
            plan=plan,
            network=network,
            keys=keys,
            auth=auth,
            k6_version=self.check(),
        )

    def run_of(self, request: StartRequest, resolved: Resolved) -> Run:
        """The record of a run that is about to be."""
        return new_run(
            request,
            resolved.plan,
            resolved.document,
            self._settings,
            base_url=resolved.base_url,
            auth=resolved.auth,
            network=resolved.network,
            now=self._deps.clock(),
            randomness=self._deps.randomness(5),
            k6_version=resolved.k6_version,
        )

    def document(self) -> EndpointsDocument:
        """The endpoints file with the data files that it names. Raises NotFound or InvalidRequest with the place."""
        document = self._deps.endpoints.read()
        if document.data_files:
            document.check_data(self._deps.data_files.columns())
        return document

    def context_now(self, run: Run, document: EndpointsDocument, k6_version: str) -> RunContext:
        """The circumstances of a run that has waited: the endpoints file counts as it is now."""
        return replace(
            run.context.with_slo_set(document.slo_set(run.config.profile)),
            endpoints_sha256=document.sha256,
            k6_version=k6_version,
            push_interval_s=push_interval_for(len(document.endpoints)),
        )

    def launch(
        self, run: Run, folder: RunFolder, document: EndpointsDocument, *, dry_s: float | None = None
    ) -> int:
        """Freeze what is tested, write the order, start the runner: its process id. Raises OSError.

        With `dry_s` it is a dry run, which may take so long.
        """
        launcher = self._deps.launcher
        launcher.freeze(folder, "endpoints.json", document.raw)
        if document.data_files:
            self._deps.data_files.freeze(document.data_files, folder.data)
        for name, data in network_files(run.config.network, self._deps.environment).items():
            launcher.freeze(folder, name, data)
        held = folder.read(SecretsFile)
        grace_s = stop_grace_s(self._settings, document)
        command = build_command(
            run,
            k6=self._deps.k6.locate().path,
            script=self._settings.path(self._settings.k6_script),
            folder=folder.path,
            secret_names=tuple(held.secrets) if held else (),
            environment=self._deps.environment,
            endpoints_env=self._settings.endpoints_env,
            data_files=folder.data if document.data_files else None,
            dry=dry_s is not None,
        )
        longest_s = run.planned_s + run.context.graceful_stop_s
        launcher.write_order(
            folder,
            run.run_id,
            command,
            planned_s=run.planned_s,
            deadline_s=deadline_s(longest_s, grace_s) if dry_s is None else dry_s,
            stop_grace_s=grace_s,
            poll_ms=poll_ms_for(run.vus_max) if run.config.has_channel else None,
            drain_s=run.context.graceful_stop_s if run.config.steering_variable else None,
        )
        return launcher.start_runner(folder)
