"""Sequences of requests, each with values from an earlier response: every response matches the document."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import schemathesis
from hypothesis.stateful import run_state_machine_as_test
from schemathesis.specs.openapi.checks import ensure_resource_availability, use_after_free

from dashboard.app import create_app
from dashboard.services import Services
from tests.api.conftest import end_runs, settings_for
from tests.api.http.test_openapi import CHECKS, EXCLUDED
from tests.factories import an_ended_run, an_event, an_interval
from tests.fakes.fake_k6_factory import make_fake_k6

SEQUENCES, REQUESTS = 40, 8
SEQUENCE_CHECKS = [*CHECKS, ensure_resource_availability, use_after_free]
RUN_ID = "20261121-100000-abcdefgh"
# Where the parameters of paths come from: the response, and the value within it.
SOURCES = {
    "run_id": [("get", "/runs", "200", "#/0/run_id"), ("post", "/run/start", "201", "#/run_id")],
    "name": [("post", "/tokens", "201", "#/name")],
}
# The report needs the built front end, which tests may lack.
EXCLUDED_PATHS = [*EXCLUDED, "/runs/{run_id}/report"]


class NewServer:
    """A WSGI application that is replaced before each sequence, so that a repeated sequence gets the same responses."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._k6 = make_fake_k6(folder, "ok-0.2")
        self._number = 0
        self.start()

    def __call__(self, environ: Any, start_response: Any) -> Any:
        return self.app(environ, start_response)

    def start(self) -> None:
        """Start with one run."""
        self._number += 1
        settings = settings_for(
            self._folder / str(self._number), k6_bin=str(self._k6), allowed_targets="127.0.0.1"
        )
        self._services = Services(settings)
        self._services.store.runs.insert(an_ended_run(RUN_ID))
        self._services.store.append(RUN_ID, [an_interval(seq) for seq in (1, 2, 3)])
        self._services.store.events.add(RUN_ID, an_event())
        self.app = create_app(self._services)

    def stop(self) -> None:
        end_runs(self._services)
        self._services.stop()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[NewServer]:
    made = NewServer(tmp_path)
    yield made
    made.stop()


def with_links(document: dict[str, Any]) -> dict[str, Any]:
    """Return the document with links from the responses of SOURCES to every route that takes the value.

    The only valid values of run_id mean the existing run, so that most requests of a sequence concern the same run.
    """
    for methods in document["paths"].values():
        for operation in methods.values():
            for parameter in operation.get("parameters", []):
                if parameter["name"] == "run_id":
                    parameter["schema"] = {"enum": [RUN_ID, "latest"]}
    for name, sources in SOURCES.items():
        targets = [
            operation["operationId"]
            for path, methods in document["paths"].items()
            for method, operation in methods.items()
            if f"{{{name}}}" in path and path not in EXCLUDED_PATHS and method != "parameters"
        ]
        for method, path, status, pointer in sources:
            links = {
                target: {"operationId": target, "parameters": {name: f"$response.body{pointer}"}}
                for target in targets
            }
            document["paths"][path][method]["responses"][status]["links"] = links
    return document


@pytest.mark.long
def test_sequences_have_documented_responses(server: NewServer) -> None:
    document = server.app.test_client().get("/openapi.json").json or {}
    schema = schemathesis.openapi.from_dict(with_links(document))
    schema.app, schema.location = server, "/openapi.json"
    machine: Any = schema.exclude(path=EXCLUDED_PATHS).as_state_machine()
    run_state_machine_as_test(
        machine_of(machine, server),
        settings=hypothesis.settings(
            max_examples=SEQUENCES,
            stateful_step_count=REQUESTS,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(hypothesis.HealthCheck),
        ),
    )


def machine_of(machine: Any, server: NewServer) -> Any:
    class Sequence(machine):  # type: ignore[misc]
        """One sequence on a new server."""

        def setup(self) -> None:
            server.stop()
            server.start()
            super().setup()

        def get_call_kwargs(self, case: Any) -> dict[str, Any]:
            return {"headers": {"Accept-Encoding": "identity"}}

        def validate_response(self, response: Any, case: Any, *_: Any, **__: Any) -> None:
            case.validate_response(response, checks=SEQUENCE_CHECKS, recorder=self.recorder)

    return Sequence
