"""Baselines: the runs that others are measured against."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from flask import Response

from dashboard.api.http.context import services
from dashboard.api.http.responses import data_answer, no_content
from dashboard.api.http.routes import Routes
from dashboard.api.shapes.comparison import BaselineAnswer, BaselineQuery
from dashboard.api.shapes.queries import RunPath
from dashboard.model.baseline import Baseline, Scope, applying
from dashboard.model.errors import Conflict, InvalidRequest
from dashboard.model.run import Run, iso
from dashboard.store.errors import NotPinnable

routes = Routes("baselines")


@routes.post("/runs/<run_id:run_id>/baseline", {200: BaselineAnswer}, 404, 409)
def pin_baseline(path: RunPath, query: BaselineQuery) -> Response:
    """Pin a run as the baseline of all runs, of a profile, or of a profile in one environment."""
    run = services().reader.run(path.run_id)
    scope = scope_of(query)
    refuse_foreign(run, scope)
    if run.figures is None:
        raise Conflict(f"run {run.run_id} measured nothing: there would be nothing to compare with")
    try:
        services().store.baselines.pin(Baseline(scope=scope, run_id=run.run_id, pinned_at=datetime.now(UTC)))
    except NotPinnable as error:
        raise Conflict(str(error)) from None
    return told(scope)


@routes.delete("/runs/baseline", {204: None})
def clear_baseline(query: BaselineQuery) -> Response:
    """Take the baseline of exactly this scope away; without a query the one of all runs."""
    if services().store.baselines.unpin(scope_of(query)):
        publish()
    return no_content()


@routes.get("/runs/baseline", {200: BaselineAnswer})
def read_baseline(query: BaselineQuery) -> Response:
    """The baseline that counts for a profile and environment: the most specific one. And all there are."""
    return data_answer(answer_for(scope_of(query), services().store.baselines.all()))


def scope_of(query: BaselineQuery) -> Scope:
    """What the query names."""
    if query.env_profile and not query.profile:
        raise InvalidRequest.field(
            "profile", "is needed with env_profile: environments are those of a profile"
        )
    return Scope(profile=query.profile, env_profile=query.env_profile)


def refuse_foreign(run: Run, scope: Scope) -> None:
    """A run stands for its own profile and environment only."""
    if scope.profile not in (None, run.config.profile):
        raise InvalidRequest.field("profile", f"run {run.run_id} is of profile {run.config.profile}")
    if scope.env_profile not in (None, run.config.env_profile):
        own = run.config.env_profile or "none"
        raise InvalidRequest.field("env_profile", f"run {run.run_id} is of environment {own}")


def told(scope: Scope) -> Response:
    """The answer to a change, which every open page hears of."""
    publish()
    return data_answer(answer_for(scope, services().store.baselines.all()))


def publish() -> None:
    """Pages read the baselines again."""
    services().hub.publish("runs", "baseline", {"run_ids": sorted(services().store.baselines.run_ids())})


def answer_for(scope: Scope, pinned: Sequence[Baseline]) -> dict[str, Any]:
    """The baseline that counts for `scope`, with its record, and all of them."""
    if scope.profile is None:
        found = next((one for one in pinned if one.scope == scope), None)
    else:
        found = applying(pinned, scope.profile, scope.env_profile)
    return {**_entry(found), "pinned": [_entry(one) for one in pinned]}


def _entry(baseline: Baseline | None) -> dict[str, Any]:
    if baseline is None:
        return dict.fromkeys(("run_id", "profile", "env_profile", "pinned_at", "run"))
    record = services().store.runs.record_json(baseline.run_id)
    return {
        "run_id": baseline.run_id,
        "profile": baseline.scope.profile,
        "env_profile": baseline.scope.env_profile,
        "pinned_at": iso(baseline.pinned_at),
        "run": json.loads(record) if record else None,
    }
