"""From a wish to a stored run: plan, pipeline options, circumstances."""

import platform
import sys
from datetime import datetime
from functools import cache
from typing import Any

from dashboard import __version__
from dashboard.endpoints.file import EndpointsDocument
from dashboard.model.durations import parse_duration
from dashboard.model.plan import Plan
from dashboard.model.profile import MOST_OF
from dashboard.model.run import Run, RunConfig, RunContext, RunStatus, new_run_id
from dashboard.runs.start.auth import Auth
from dashboard.runs.start.request import StartRequest, steering_variable_of
from dashboard.settings import Settings

MOST_KEPT_VU_SECONDS = 6_000
MOST_KEPT_ITERATIONS = 300_000
PUSH_S, SLOW_PUSH_S, SLOW_PUSH_OPS = 2.0, 5.0, 300
POLL_MS = ((250, 1_000), (1_000, 2_000), (MOST_OF["VUS"], 3_000))  # up to so many users
TEARDOWN_S, SETUP_S, MARGIN_S = 60.0, 60.0, 30.0


def keep_samples_for(plan: Plan, settings: Settings) -> bool:
    """Whether k6 keeps every sample, which gives exact percentiles and costs memory: for small runs."""
    return settings.k6_keep_samples == "always" or (
        settings.k6_keep_samples == "auto"
        and plan.vu_seconds <= MOST_KEPT_VU_SECONDS
        and (plan.iterations or 0) <= MOST_KEPT_ITERATIONS
        and plan.profile != "soak"
    )


def push_interval_for(operations: int) -> float:
    """Less often when there are many operations, or k6 itself stalls."""
    return SLOW_PUSH_S if operations > SLOW_PUSH_OPS else PUSH_S


def new_run(
    request: StartRequest,
    plan: Plan,
    document: EndpointsDocument,
    settings: Settings,
    *,
    base_url: str,
    auth: Auth,
    network: dict[str, Any],
    now: datetime,
    randomness: bytes,
    k6_version: str | None,
) -> Run:
    """The record of a run that is about to be, with everything that old runs cannot get later."""
    config = _config(request, plan, auth, settings, base_url, network)
    context = RunContext(
        stages=plan.stages,
        plan_unit=plan.unit,
        graceful_stop_s=plan.graceful_stop_s,
        keep_samples=keep_samples_for(plan, settings),
        push_interval_s=push_interval_for(len(document.endpoints)),
        endpoints_sha256=document.sha256,
        k6_version=k6_version,
        dashboard_version=__version__,
        generator=machine_facts(),
    ).under(document.limits(request.profile))
    return Run(
        run_id=new_run_id(now, randomness),
        status=RunStatus.QUEUED if request.queue else RunStatus.STARTING,
        config=config,
        context=context,
        created_at=now,
        planned_s=plan.planned_s,
        vus_max=plan.peak_vus,
    )


def _config(
    request: StartRequest, plan: Plan, auth: Auth, settings: Settings, base_url: str, network: dict[str, Any]
) -> RunConfig:
    return RunConfig(
        profile=request.profile,
        base_url=base_url,
        variables=plan.variables,
        auth_mode=auth.mode,
        auth_fields=auth.public,
        brokered=auth.order is not None,
        renews_token=auth.order is not None and auth.order.renews,
        auth_api_key_header=(request.auth_api_key_header or settings.auth_api_key_header)
        if auth.mode == "api_key"
        else None,
        env_profile=request.env_profile,
        label=request.label,
        meta=dict(request.meta),
        apdex_t_ms=request.apdex_t_ms or settings.apdex_t,
        network=network,
        steering_variable=steering_variable_of(request, plan),
    )


def deadline_s(longest_s: float, stop_grace_s: float) -> float:
    """When the watchdog ends a run: its latest normal end, setup, teardown, last pushes, a margin."""
    return longest_s + SETUP_S + TEARDOWN_S + stop_grace_s + MARGIN_S


def stop_grace_s(settings: Settings, document: EndpointsDocument) -> float:
    """How long k6 may take after a stop: the setting, and the limit of a teardown if there is one."""
    teardown = TEARDOWN_S if document.data.get("teardown") else 0.0
    return parse_duration(settings.k6_stop_grace) + teardown


def poll_ms_for(vus: int) -> int:
    """How often each user asks what is wanted: the more there are, the more it costs."""
    return next(ms for most, ms in POLL_MS if vus <= most)


@cache
def machine_facts() -> dict[str, Any]:
    """The machine that generates the load."""
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
