"""k6 itself holds a run to the targets of the token that started it, even if the run waited in the queue."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from dashboard.model.errors import Forbidden
from dashboard.model.identity import LOCAL, Identity, Role, TokenLimits
from dashboard.model.run import Run
from dashboard.runs.start.request import AuthRequest, LoadRequest, StartRequest, dry_request
from dashboard.services import Services
from tests.api.conftest import settings_for, wait_until
from tests.k6.conftest import K6, CannedResponse, Recorder, foreign, recorder

__all__ = ["foreign", "recorder"]
pytestmark = pytest.mark.k6
LIMITED = Identity(who="ci", role=Role.RUNNER, limits=TokenLimits(targets=("127.0.0.1",)))
DOCUMENT: dict[str, Any] = {"endpoints": [{"name": "a", "path": "/start"}], "pacing": "100ms"}
MakeServices = Callable[[], Services]


@pytest.fixture
def make(k6_bin: Path, tmp_path: Path) -> Iterator[MakeServices]:
    """Starts the services of one data folder. A second call restarts them."""
    made: list[Services] = []

    def services() -> Services:
        if made:
            made[-1].stop()
        settings = settings_for(tmp_path, k6_bin=str(k6_bin))
        K6(program=k6_bin, folder=tmp_path).write_document(DOCUMENT)
        made.append(Services(settings))
        made[-1].start()
        return made[-1]

    yield services
    made[-1].stop()


def start(services: Services, recorder: Recorder, identity: Identity = LIMITED, **fields: Any) -> Run:
    load = LoadRequest(profile="smoke", vus=1, duration="1s")
    request = StartRequest(load=load, base_url=recorder.url, **fields)
    return services.supervisor.start(request, identity)


def ended(services: Services, run: Run) -> Run:
    wait_until(lambda: services.reader.run(run.run_id).status.has_ended, 40)
    return services.reader.run(run.run_id)


def lead_away(recorder: Recorder, foreign: Recorder) -> None:
    """Let the target redirect to a host that the token does not list."""
    location = foreign.url.replace("127.0.0.1", "localhost")
    recorder.responses["/start"] = CannedResponse(status=302, headers={"Location": f"{location}/collect"})


def test_k6_follows_no_redirect_to_another_host(
    make: MakeServices, recorder: Recorder, foreign: Recorder
) -> None:
    lead_away(recorder, foreign)
    services = make()
    run = ended(services, start(services, recorder))
    assert (len(recorder.received) > 0, foreign.received) == (True, [])
    assert run.figures is not None
    assert run.figures.status_0 == len(recorder.received)


def test_the_runs_of_others_follow_the_redirect(
    make: MakeServices, recorder: Recorder, foreign: Recorder
) -> None:
    lead_away(recorder, foreign)
    services = make()
    ended(services, start(services, recorder, LOCAL))
    assert {one.path for one in foreign.received} == {"/collect"}


def test_a_dry_run_follows_no_redirect_to_another_host(
    make: MakeServices, recorder: Recorder, foreign: Recorder
) -> None:
    lead_away(recorder, foreign)
    dry = make().dry_runs.start_dry_run(dry_request(base_url=recorder.url), LIMITED)
    wait_until(lambda: dry.state.status.has_ended, 40)
    assert ([one.path for one in recorder.received], foreign.received) == (["/start"], [])
    (entry,) = dry.to_json(0)["entries"]
    assert "localhost is not in the targets of the token" in entry["exchange"]["response"]["error"]


def test_a_queued_run_is_held_to_the_targets_after_a_restart(
    make: MakeServices, recorder: Recorder, foreign: Recorder
) -> None:
    lead_away(recorder, foreign)
    services = make()
    live = start(services, recorder, LOCAL)
    queued = start(services, recorder, queue=True)
    services = make()
    ended(services, live)
    foreign.received.clear()
    services.supervisor.continue_queue()

    assert ended(services, queued).started_at is not None
    assert foreign.received == []


def test_a_queued_run_does_not_start_when_its_route_leads_elsewhere(
    make: MakeServices, recorder: Recorder, tmp_path: Path, k6_bin: Path
) -> None:
    services = make()
    live, queued = start(services, recorder, LOCAL), start(services, recorder, queue=True)
    network = {"network": {"hosts": {"shop.invalid": "127.0.0.2"}}}
    K6(program=k6_bin, folder=tmp_path).write_document(DOCUMENT | network)
    ended(services, live)

    assert ended(services, queued).exit_reason == (
        'network.hosts.shop.invalid: 127.0.0.2 is not in the targets of the token "ci": 127.0.0.1.'
    )


@pytest.mark.parametrize("endpoint", ["http://localhost:9/token", "http://sso.invalid/token"])
def test_a_token_server_has_to_be_a_target(make: MakeServices, recorder: Recorder, endpoint: str) -> None:
    auth = AuthRequest(mode="bearer_endpoint", credentials={"auth_refresh_endpoint": endpoint})
    services = make()
    with pytest.raises(Forbidden, match="auth_refresh_endpoint: .* is not in the targets"):
        start(services, recorder, auth=auth)
    assert services.supervisor.queue() == []
