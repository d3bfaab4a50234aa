"""Live control: what is running, plan, start, stop, and one request to see whether the target answers."""

from dataclasses import asdict

from flask import Response, request

from dashboard.api.connection import connection_answer
from dashboard.api.http.context import services
from dashboard.api.http.responses import answer, no_content
from dashboard.api.http.routes import Routes
from dashboard.api.shapes.bodies import (
    ControlBody,
    LoadParameters,
    PlanBody,
    RefreshBody,
    StartBody,
    StopBody,
    TestConnectionBody,
)
from dashboard.api.shapes.general import (
    ConnectionAnswer,
    Controlled,
    PlanAnswer,
    Refreshing,
    RunState,
    RunStatusAnswer,
    Started,
    Stopping,
)
from dashboard.api.shapes.run import ControlShape, PlanPoint
from dashboard.model.control import ControlRequest
from dashboard.model.run import Run, RunStatus, iso
from dashboard.runs.start.commands import commands_for
from dashboard.runs.start.record import (
    deadline_s,
    keep_samples_for,
    push_interval_for,
    stop_grace_s,
)
from dashboard.runs.start.request import StartRequest

routes = Routes("run")


@routes.get("/run/status", {200: RunStatusAnswer})
def read_status() -> Response:
    """The newest live run, idle without one, and all that are live or wait."""
    supervisor, dry_id = services().supervisor, services().dry_runs.newest_id
    runs = [state_of(run) for run in supervisor.live()]
    newest = runs[0].model_dump() if runs else {"status": "idle"}
    queue = [state_of(run) for run in supervisor.queue()]
    held = supervisor.queue_held
    return answer(RunStatusAnswer(**newest, runs=runs, queue=queue, queue_held=held, dry_id=dry_id))


@routes.post("/run/plan", {200: PlanAnswer})
def plan_run(body: PlanBody) -> Response:
    """What a run would do: its curve of users or of a rate, its length, and the commands that do the same."""
    network = body.network.model_dump() if body.network else {}
    wish = wish_of(body, base_url=body.base_url, network=network)
    plan = services().supervisor.plan(wish)
    settings, document = services().settings, services().endpoints.read()
    limits = document.slo_set(plan.profile)
    shape = PlanAnswer(
        profile=plan.profile,
        unit=plan.unit,
        plan=[PlanPoint(at_s=point.at_s, target=point.target) for point in plan.stages],
        planned_s=plan.planned_s,
        deadline_s=deadline_s(plan.longest_s, stop_grace_s(settings, document)),
        peak_vus=plan.peak_vus,
        peak_rate=plan.peak_rate,
        iterations=plan.iterations,
        steering_variable=plan.steering_variable,
        keep_samples=keep_samples_for(plan, settings),
        push_interval_s=push_interval_for(len(document.endpoints)),
        slos=limits.run,
        slos_beside=sum(len(slos) for slos in (*limits.operations.values(), *limits.groups.values())),
        commands=commands_for(wish, plan, body.base_url or settings.base_url, request.host_url.rstrip("/")),
    )
    return answer(shape)


@routes.post("/run/start", {201: Started}, 403, 409, 503)
def start_run(body: StartBody) -> Response:
    """Start a run, or let it wait for its turn with `queue`."""
    chosen = body.model_dump(
        include={
            "base_url",
            "auth_mode",
            "auth_api_key_header",
            "auth_refresh_interval",
            "env_profile",
            "label",
            "apdex_t_ms",
            "steerable",
            "queue",
            "confirm",
        }
    )
    chosen |= {"meta": body.meta or {}, "credentials": body.credentials()}
    chosen["network"] = body.network.model_dump() if body.network else {}
    run = services().supervisor.start(wish_of(body, **chosen))
    status = "queued" if run.status is RunStatus.QUEUED else "starting"
    shape = Started.model_validate({"status": status, "profile": run.config.profile, "run_id": run.run_id})
    return answer(shape, 201, {"Location": f"/runs/{run.run_id}"})


@routes.post("/run/stop", {200: Stopping}, 404, 409)
def stop_run(body: StopBody) -> Response:
    """Stop a live run or cancel a waiting one; without an id the newest live one."""
    run_id = services().reader.resolve(body.run_id) if body.run_id else None
    run = services().supervisor.stop(run_id, immediate=body.now)
    return answer(Stopping(status=run.status.value, run_id=run.run_id))


@routes.post("/run/control", {200: Controlled}, 404, 409)
def control_run(body: ControlBody) -> Response:
    """Pause a steerable run or let it go on, or change its users or its rate, up to what was planned."""
    run_id = services().reader.resolve(body.run_id) if body.run_id else None
    wish = ControlRequest(**body.model_dump(exclude={"run_id"}))
    run_id, control = services().supervisor.steering.control(run_id, wish)
    return answer(Controlled(run_id=run_id, control=ControlShape(**asdict(control))))


@routes.post("/run/refresh-token", {200: Refreshing}, 404, 409)
def refresh_token(body: RefreshBody) -> Response:
    """A fresh token for all users of a live run; without an id of the newest live one."""
    run_id = services().reader.resolve(body.run_id) if body.run_id else None
    return answer(Refreshing(run_id=services().supervisor.steering.refresh_token(run_id)))


@routes.post("/run/continue", {204: None})
def continue_queue() -> Response:
    """After a restart of the server: let the waiting runs start."""
    services().supervisor.continue_queue()
    return no_content()


@routes.post("/run/test-connection", {200: ConnectionAnswer}, 403)
def test_connection(body: TestConnectionBody) -> Response:
    """One GET to the target, as a run would authenticate: its status and time, or why there was none."""
    return answer(connection_answer(body, services(), own_port=request.environ.get("SERVER_PORT")))


def wish_of(load: LoadParameters, **more: object) -> StartRequest:
    """The supervisor's request for `load`."""
    return StartRequest(
        profile=load.profile,
        rate=load.rate,
        vus=load.vus,
        duration=load.duration,
        ramp_duration=load.ramp_duration,
        unit=load.unit,
        stages=None if load.stages is None else tuple((one.duration, one.target) for one in load.stages),
        scenarios=load.scenarios,
        **more,  # type: ignore[arg-type]
    )


def state_of(run: Run) -> RunState:
    """A live or waiting run in short."""
    return RunState(
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
        control=ControlShape(**asdict(run.control)) if run.control else None,
    )
