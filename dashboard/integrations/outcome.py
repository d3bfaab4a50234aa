"""How a run is summed up for people and for services that show a state per commit."""

from collections.abc import Mapping
from typing import Literal

from dashboard.integrations.payload import EventPayload
from dashboard.reports.texts import OUTCOMES, format_clock, format_figure

State = Literal["pending", "success", "failure", "error"]
FACTS = (
    *(("Requests", "total_reqs"), ("Throughput", "rps"), ("Errors", "error_rate")),
    *(("p50", "p50_ms"), ("p95", "p95_ms"), ("p99", "p99_ms"), ("Apdex", "apdex_score")),
)
COLORS: Mapping[State, str] = {
    "pending": "#6b7280",
    "success": "#16a34a",
    "failure": "#dc2626",
    "error": "#d97706",
}
ICONS: Mapping[State, str] = {"pending": "▶️", "success": "✅", "failure": "❌", "error": "⚠️"}


def state_of(payload: EventPayload) -> State:
    """Return the state of the run. Only a finished run with met SLOs, or without any, is a success."""
    if payload.event == "slo.breached":
        return "failure"
    if payload.ended_at is None:
        return "pending"
    if payload.status != "finished":
        return "error"
    states: dict[str, State] = {"pass": "success", "none": "success", "fail": "failure"}
    return states.get(payload.slo_verdict or "", "error")


def sentence_of(record: Mapping[str, str | None], event: str, breaches: list[str]) -> str:
    """Return the event of a run in one sentence: "ramp failed: p95 612.4 ms > 500 ms"."""
    name = record["profile"] or ""
    if event == "run.started":
        return f"{name} started against {record['base_url']}"
    if event == "slo.breached":
        return f"{name} breached {'; '.join(breaches[:5])}"
    if event == "run.invalid":
        return f"{name} is invalid: {record['invalid_reason'] or record['verdict_reason']}"
    is_judged = record["status"] == "finished" and record["verdict"] is not None
    outcome = OUTCOMES[str(record["verdict"] if is_judged else record["status"])]
    reason = record["verdict_reason"] if is_judged else record["exit_reason"]
    return f"{name}: {outcome}" + (f", {reason}" if reason else "")


def baseline_sentence(profile: str | None, env_profile: str | None, run_id: str | None) -> str:
    """Return the change of a baseline in one sentence."""
    scope = " in ".join(part for part in (profile or "all runs", env_profile) if part)
    return f"the baseline of {scope} is now run {run_id}" if run_id else f"{scope} has no baseline now"


def facts_of(payload: EventPayload) -> list[tuple[str, str]]:
    """Return the figures of an ended run with their names, formatted. Missing ones are left out."""
    if payload.ended_at is None:
        return []
    figures = [(title, name) for title, name in FACTS if getattr(payload, name) is not None]
    shown = [(title, format_figure(name, getattr(payload, name))) for title, name in figures]
    return [*shown, ("Duration", format_clock(payload.duration_s))] if shown else []


def text_of(payload: EventPayload) -> str:
    """Return the sentence about the event, followed by the one about the baseline."""
    return f"{payload.sentence}. {payload.comparison}" if payload.comparison else payload.sentence


def title_of(payload: EventPayload) -> str:
    """Return a title: the profile, with the label of the run."""
    return f"{payload.profile} · {payload.label}" if payload.label else payload.profile
