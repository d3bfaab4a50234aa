"""Run control: status, plan, start, stop, steering, and the connection test."""

from flask import Response, request

from dashboard.api.connection import connection_answer
from dashboard.api.http.audit import describe_change
from dashboard.api.http.context import services
from dashboard.api.http.identity import identity
from dashboard.api.http.responses import answer, no_content
from dashboard.api.http.routes import Routes
from dashboard.api.shapes.bodies import (
    MAX_START_BYTES,
    ControlBody,
    PlanBody,
    RefreshBody,
    StartBody,
    StopBody,
    TestConnectionBody,
)
from dashboard.api.shapes.connection import ConnectionAnswer
from dashboard.api.shapes.live_run import (
    ControlAnswer,
    ControlShape,
    LiveRunShape,
    RefreshTokenAnswer,
    RunStatusAnswer,
    StartAnswer,
    StopAnswer,
)
from dashboard.api.shapes.plan import PlanAnswer, PlanPointShape
from dashboard.model.audit import describe_run
from dashboard.model.control import ControlRequest
from dashboard.model.run import Run, RunStatus, iso
from dashboard.runs.start.preview import preview_run

routes = Routes("run")


@routes.get("/run/status", {200: RunStatusAnswer})
def read_status() -> Response:
    """Return the newest live run, or `idle` without one, and all live and queued runs."""
    supervisor, dry_id = services().supervisor, services().dry_runs.newest_id
    runs = [live_run_of(run) for run in services().live_runs.runs()]
    newest = runs[0].model_dump() if runs else {"status": "idle"}
    queue = [live_run_of(run) for run in supervisor.queue()]
    held = supervisor.queue_held
    return answer(RunStatusAnswer(**newest, runs=runs, queue=queue, queue_held=held, dry_id=dry_id))


@routes.post("/run/plan", {200: PlanAnswer})
def plan_run(body: PlanBody) -> Response:
    """Return what a run would do: its curve of users or of a rate, its length, and the equivalent commands."""
    preview = preview_run(
        body.to_request(),
        services().endpoints.read(),
        services().profiles,
        services().settings,
        origin=request.url_root.rstrip("/"),
    )
    plan = preview.plan
    shape = PlanAnswer(
        profile=plan.profile,
        unit=plan.unit,
        plan=[PlanPointShape(at_s=point.at_s, target=point.target) for point in plan.stages],
        planned_s=plan.planned_s,
        deadline_s=preview.deadline_s,
        peak_vus=plan.peak_vus,
        peak_rate=plan.peak_rate,
        iterations=plan.iterations,
        steering_variable=plan.steering_variable,
        keep_samples=preview.keep_samples,
        push_interval_s=preview.push_interval_s,
        slos=preview.slo_set.run,
        other_slo_count=preview.other_slo_count,
        commands=preview.commands,
    )
    return answer(shape)


@routes.post("/run/start", {201: StartAnswer}, 403, 409, 503, max_body_bytes=MAX_START_BYTES)
def start_run(body: StartBody) -> Response:
    """Start a run, or queue it with `queue`."""
    run = services().supervisor.start(body.to_request(), identity())
    describe_change(run.run_id, after=describe_run(run))
    status = "queued" if run.status is RunStatus.QUEUED else "starting"
    shape = StartAnswer.model_validate(
        {"status": status, "profile": run.config.profile, "run_id": run.run_id}
    )
    return answer(shape, 201, {"Location": f"/runs/{run.run_id}"})


@routes.post("/run/stop", {200: StopAnswer}, 404, 409)
def stop_run(body: StopBody) -> Response:
    """Stop a live run or cancel a queued run. Without an ID, stop the newest live run."""
    run_id = services().reader.resolve(body.run_id) if body.run_id else None
    run = services().supervisor.stop(run_id, immediate=body.now, by=identity().who)
    describe_change(run.run_id, after={"status": run.status.value, "now": body.now})
    return answer(StopAnswer(status=run.status.value, run_id=run.run_id))


@routes.post("/run/control", {200: ControlAnswer}, 404, 409)
def control_run(body: ControlBody) -> Response:
    """Pause or resume a steerable run, or change its users or its rate up to the planned value."""
    run_id = services().reader.resolve(body.run_id) if body.run_id else None
    change = ControlRequest(**body.model_dump(exclude={"run_id"}))
    run_id, control = services().steering.control(run_id, change, identity())
    requested = body.model_dump(exclude={"run_id"}, exclude_none=True)
    describe_change(run_id, after=requested)
    return answer(ControlAnswer(run_id=run_id, control=ControlShape.model_validate(control)))


@routes.post("/run/refresh-token", {200: RefreshTokenAnswer}, 404, 409)
def refresh_token(body: RefreshBody) -> Response:
    """Request a new token for all users of a live run, by default of the newest one."""
    run_id = services().reader.resolve(body.run_id) if body.run_id else None
    run_id = services().steering.refresh_token(run_id)
    describe_change(run_id)
    return answer(RefreshTokenAnswer(run_id=run_id))


@routes.post("/run/continue", {204: None})
def continue_queue() -> Response:
    """Resume the queue, which is on hold after a restart of the dashboard."""
    services().supervisor.continue_queue()
    return no_content()


@routes.post("/run/test-connection", {200: ConnectionAnswer}, 403)
def test_connection(body: TestConnectionBody) -> Response:
    """Send one GET to the target, authenticated like a run. Returns status and time, or why there was no response."""
    describe_change(body.base_url or services().settings.base_url)
    return answer(connection_answer(body, services(), identity()))


def live_run_of(run: Run) -> LiveRunShape:
    """Return the summary of a live or queued run."""
    return LiveRunShape(
        run_id=run.run_id,
        status=run.status.value,
        profile=run.config.profile,
        base_url=run.config.base_url,
        label=run.config.label,
        started_at=iso(run.started_at),
        elapsed_s=run.elapsed_s,
        planned_s=run.planned_s,
        vus=run.vus,
        total_reqs=run.figures.total_reqs if run.figures else None,
        control=ControlShape.model_validate(run.control) if run.control else None,
    )
