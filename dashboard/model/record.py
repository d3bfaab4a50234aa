"""The public record of a run: one flat mapping, the same in lists, the stream and exports."""

from dataclasses import asdict, fields

from dashboard.model.figures import Figures, RunTotals, apdex_grade
from dashboard.model.run import Run, RunStatus, iso

FIGURE_NAMES = tuple(field.name for field in fields(Figures))
TOTAL_NAMES = tuple(field.name for field in fields(RunTotals))


def record_of(run: Run) -> dict[str, object]:
    """Return the JSON-ready record of `run`. Unknown figures are None."""
    return _outcome(run) | _load(run) | _figures(run) | _evidence(run) | _annotations(run)


def _outcome(run: Run) -> dict[str, object]:
    return {
        "run_id": run.run_id,
        "status": run.status.value,
        "exit_code": run.exit_code,
        "exit_reason": run.exit_reason,
        "verdict": run.verdict.value if run.verdict else None,
        "verdict_reason": run.verdict_reason,
    }


def _load(run: Run) -> dict[str, object]:
    """Return what was requested, and when it ran."""
    return {
        "profile": run.config.profile,
        "env_profile": run.config.env_profile,
        "label": run.config.label,
        "group_id": run.config.group_id,
        "base_url": run.config.base_url,
        "created_at": iso(run.created_at),
        "started_at": iso(run.started_at),
        "load_started_at": iso(run.load_started_at),
        "ended_at": iso(run.ended_at),
        "time_zero": run.time_zero,
        "elapsed_s": run.elapsed_s,
        "duration_s": run.duration_s,
        "planned_s": run.planned_s,
        "vus": run.vus,
        "vus_max": run.vus_max,
        "prepared_vus": run.prepared_vus if run.status is RunStatus.STARTING else None,
    }


def _figures(run: Run) -> dict[str, object]:
    figures = {name: getattr(run.figures, name) if run.figures else None for name in FIGURE_NAMES}
    totals = {name: getattr(run.totals, name) if run.totals else None for name in TOTAL_NAMES}
    return figures | totals


def _evidence(run: Run) -> dict[str, object]:
    """Return the facts that determine how far the figures can be trusted."""
    return {
        "apdex_grade": apdex_grade(run.figures.apdex_score if run.figures else None),
        "apdex_t_ms": run.config.apdex_t_ms,
        "percentiles_from": run.percentiles_from,
        "samples_lost": run.samples_lost,
        "samples_lost_reason": run.samples_lost_reason,
        "steered": run.steered,
        "steering_note": run.steering_note,
        "control": asdict(run.control) if run.control else None,
        "requests_cut": run.requests_cut,
        "slo_abort_reason": run.slo_abort_reason,
        "invalid_reason": run.invalid_reason,
        "generator_cpu_max": run.generator_cpu_max,
        "account": asdict(run.account) if run.account else None,
        "thresholds": [asdict(threshold) for threshold in run.thresholds],
        "k6_version": run.context.k6_version,
    }


def _annotations(run: Run) -> dict[str, object]:
    """Return where the run comes from, and what people did with it."""
    return {
        "retention_level": run.retention_level.value,
        "imported_at": iso(run.imported_at),
        "tags": list(run.tags),
        "noted": run.notes is not None,
        "origin": run.origin,
        "started_by": run.started_by,
        "stopped_by": run.stopped_by,
        "changed_by": run.changed_by,
    }
