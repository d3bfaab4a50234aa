"""Baselines: pinned reference runs."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from flask import Response

from dashboard.api.http.audit import describe_change
from dashboard.api.http.context import services
from dashboard.api.http.identity import identity
from dashboard.api.http.responses import data_answer, no_content
from dashboard.api.http.routes import Routes
from dashboard.api.shapes.baseline import BaselineAnswer, BaselineQuery
from dashboard.api.shapes.run import RunPath
from dashboard.model.baseline import Baseline, Scope, applicable_baseline
from dashboard.model.errors import Conflict, InvalidRequest
from dashboard.model.run import Run, RunId, iso
from dashboard.store.errors import NotPinnable

routes = Routes("baselines")


@routes.post("/runs/<run_id:run_id>/baseline", {200: BaselineAnswer}, 404, 409)
def pin_baseline(path: RunPath, query: BaselineQuery) -> Response:
    """Pin a run as the baseline of all runs, of a profile, or of a profile in an environment."""
    run = services().reader.run(path.run_id)
    scope = scope_of(query)
    check_scope(run, scope)
    if run.figures is None:
        raise Conflict(f"Run {run.run_id} has no figures to compare with. Pin another run.")
    now, who = datetime.now(UTC), identity().who
    before = pinned_run(scope)
    try:
        services().store.baselines.pin(
            Baseline(scope=scope, run_id=run.run_id, pinned_at=now, changed_by=who)
        )
    except NotPinnable as error:
        raise Conflict(str(error)) from None
    describe_change(text_of(scope), before={"run_id": before}, after={"run_id": run.run_id})
    return publish_change(scope)


@routes.delete("/runs/baseline", {204: None})
def clear_baseline(query: BaselineQuery) -> Response:
    """Remove the baseline of exactly this scope. Without a query, the scope is all runs."""
    scope = scope_of(query)
    describe_change(text_of(scope), before={"run_id": pinned_run(scope)}, after={"run_id": None})
    if services().store.baselines.unpin(scope, by=identity().who):
        publish()
    return no_content()


@routes.get("/runs/baseline", {200: BaselineAnswer})
def read_baseline(query: BaselineQuery) -> Response:
    """Return the most specific baseline that applies to a profile and environment, and all baselines."""
    return data_answer(answer_for(scope_of(query), services().store.baselines.all()))


def scope_of(query: BaselineQuery) -> Scope:
    """Return the scope in the query. Raises InvalidRequest."""
    if query.env_profile and not query.profile:
        raise InvalidRequest.field("profile", "is required with env_profile")
    return Scope(profile=query.profile, env_profile=query.env_profile)


def text_of(scope: Scope) -> str:
    """Return a scope as text."""
    return " ".join(part for part in (scope.profile, scope.env_profile) if part) or "all runs"


def pinned_run(scope: Scope) -> RunId | None:
    """Return the baseline of exactly this scope, or None."""
    pinned = services().store.baselines.all()
    return next((baseline.run_id for baseline in pinned if baseline.scope == scope), None)


def check_scope(run: Run, scope: Scope) -> None:
    """Check that the run belongs to `scope`. Raises InvalidRequest."""
    if scope.profile not in (None, run.config.profile):
        raise InvalidRequest.field(
            "profile", f"must be {run.config.profile}, the profile of run {run.run_id}"
        )
    if scope.env_profile not in (None, run.config.env_profile):
        environment = run.config.env_profile
        message = (
            f"must be {environment}, the environment of run {run.run_id}"
            if environment
            else "must be left out"
        )
        raise InvalidRequest.field("env_profile", message)


def publish_change(scope: Scope) -> Response:
    """Publish a change, and answer with the baseline that now applies."""
    publish()
    return data_answer(answer_for(scope, services().store.baselines.all()))


def publish() -> None:
    """Publish the IDs of all baselines."""
    services().hub.publish("runs", "baseline", {"run_ids": sorted(services().store.baselines.run_ids())})


def answer_for(scope: Scope, pinned: Sequence[Baseline]) -> dict[str, Any]:
    """Return the baseline that applies to `scope`, and all baselines, each with the record of its run."""
    if scope.profile is None:
        baseline = next((other for other in pinned if other.scope == scope), None)
    else:
        baseline = applicable_baseline(pinned, scope.profile, scope.env_profile)
    return {**_entry(baseline), "pinned": [_entry(other) for other in pinned]}


def _entry(baseline: Baseline | None) -> dict[str, Any]:
    if baseline is None:
        return dict.fromkeys(("run_id", "profile", "env_profile", "pinned_at", "changed_by", "run"))
    record = services().store.runs.record_json(baseline.run_id)
    return {
        "run_id": baseline.run_id,
        "profile": baseline.scope.profile,
        "env_profile": baseline.scope.env_profile,
        "pinned_at": iso(baseline.pinned_at),
        "changed_by": baseline.changed_by,
        "run": json.loads(record) if record else None,
    }
