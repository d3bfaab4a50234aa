"""Creates the record of a new run: its plan, the k6 options derived from it, and the machine that runs it."""

import platform
import sys
from datetime import datetime
from functools import cache
from typing import Any

from dashboard import __version__
from dashboard.endpoints.file import LoadedDocument
from dashboard.model.durations import parse_duration
from dashboard.model.plan import Plan
from dashboard.model.profile import MAX_COUNTS
from dashboard.model.run import Run, RunConfig, RunContext, RunStatus, new_run_id
from dashboard.runs.start.load import choose_steering_variable
from dashboard.runs.start.resolved import ResolvedRequest
from dashboard.settings import Settings

MAX_EXACT_VU_SECONDS = 6_000
MAX_EXACT_ITERATIONS = 300_000
PUSH_INTERVAL_S, SLOW_PUSH_INTERVAL_S, MAX_OPS_FOR_FAST_PUSH = 2.0, 5.0, 300
# (up to this many users, interval)
POLL_INTERVALS_MS = ((250, 1_000), (1_000, 2_000), (MAX_COUNTS["VUS"], 3_000))
MAX_TEARDOWN_S, MAX_SETUP_S, DEADLINE_MARGIN_S = 60.0, 60.0, 30.0


def keep_samples_for(plan: Plan, settings: Settings) -> bool:
    """Return whether k6 keeps every sample. Exact percentiles cost memory, so by default only small runs have them."""
    return settings.k6_keep_samples == "always" or (
        settings.k6_keep_samples == "auto"
        and plan.vu_seconds <= MAX_EXACT_VU_SECONDS
        and (plan.iterations or 0) <= MAX_EXACT_ITERATIONS
        and plan.profile != "soak"
    )


def push_interval_for(operations: int) -> float:
    """Return the seconds between pushes. k6 stalls when it pushes many operations often."""
    return SLOW_PUSH_INTERVAL_S if operations > MAX_OPS_FOR_FAST_PUSH else PUSH_INTERVAL_S


def new_run(
    resolved: ResolvedRequest,
    settings: Settings,
    *,
    queued: bool,
    now: datetime,
    randomness: bytes,
    started_by: str,
) -> Run:
    """Create the record of a run that is about to be queued or started."""
    plan, document = resolved.plan, resolved.document
    context = RunContext(
        stages=plan.stages,
        plan_unit=plan.unit,
        planned_iterations=plan.iterations if plan.unit == "rate" else None,
        iterations_at_end=plan.iterations_at_end,
        first_start_s=plan.first_start_s,
        graceful_stop_s=plan.graceful_stop_s,
        keep_samples=keep_samples_for(plan, settings),
        push_interval_s=push_interval_for(len(document.endpoints)),
        endpoints_sha256=document.sha256,
        k6_version=resolved.k6_version,
        dashboard_version=__version__,
        generator=machine_info(),
        script_endpoints=_script_endpoints(document, settings),
        token_targets=resolved.token_targets,
    ).with_slo_set(document.slo_set(plan.profile))
    return Run(
        run_id=new_run_id(now, randomness),
        status=RunStatus.QUEUED if queued else RunStatus.STARTING,
        config=_config(resolved, settings),
        context=context,
        created_at=now,
        planned_s=plan.planned_s,
        vus_max=plan.peak_vus,
        started_by=started_by,
    )


def _script_endpoints(document: LoadedDocument, settings: Settings) -> tuple[str, ...] | None:
    return tuple(endpoint.name for endpoint in document.endpoints) if settings.has_own_script else None


def _config(resolved: ResolvedRequest, settings: Settings) -> RunConfig:
    request, auth = resolved.request, resolved.auth
    return RunConfig(
        profile=request.load.profile,
        base_url=resolved.base_url,
        variables=resolved.plan.variables,
        auth_mode=auth.mode,
        auth_fields=auth.public_fields,
        has_token_request=auth.token_request is not None,
        renews_token=auth.token_request is not None and auth.token_request.renews,
        auth_api_key_header=auth.api_key_header,
        env_profile=request.labels.env_profile,
        label=request.labels.label,
        meta=dict(request.labels.meta),
        apdex_t_ms=request.apdex_t_ms or settings.apdex_t,
        network=resolved.network,
        steering_variable=choose_steering_variable(request, resolved.plan),
    )


def deadline_for(longest_s: float, stop_grace_s: float) -> float:
    """Return the seconds until the watchdog stops a run: longest planned length, setup, teardown, stop and margin."""
    return longest_s + MAX_SETUP_S + MAX_TEARDOWN_S + stop_grace_s + DEADLINE_MARGIN_S


def stop_grace_for(settings: Settings, document: LoadedDocument) -> float:
    """Return the seconds that k6 may take to stop: the setting, plus the time limit of a teardown if there is one."""
    teardown_s = MAX_TEARDOWN_S if document.data.get("teardown") else 0.0
    return parse_duration(settings.k6_stop_grace) + teardown_s


def poll_interval_for(vus: int) -> int:
    """Return the milliseconds between polls of a user. More users poll less often, because each poll costs CPU."""
    return next(interval_ms for max_vus, interval_ms in POLL_INTERVALS_MS if vus <= max_vus)


@cache
def machine_info() -> dict[str, Any]:
    """Describe the machine that generates the load."""
    import psutil

    return {
        "host": platform.node(),
        "system": f"{platform.system()} {platform.release()}",
        "cpu_model": _cpu_model(),
        "cores": psutil.cpu_count() or 1,
        "memory_bytes": psutil.virtual_memory().total,
        "python": platform.python_version(),
    }


def _cpu_model() -> str:
    if sys.platform == "linux":
        try:
            with open("/proc/cpuinfo", encoding="utf-8") as file:
                lines = [line for line in file if line.startswith("model name")]
            return lines[0].partition(":")[2].strip() if lines else platform.machine()
        except OSError:
            pass
    return platform.processor() or platform.machine()
