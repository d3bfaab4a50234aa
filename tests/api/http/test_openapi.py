"""The OpenAPI document is valid, complete and true."""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import schemathesis
from flask import Flask
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from dashboard.app import DOCUMENTED, create_app
from dashboard.services import Services
from tests.api.conftest import end_runs, settings_for
from tests.api.table import API, Case
from tests.factories import an_interval, an_ended_run, an_event
from tests.fakes.fake_k6_factory import make_fake_k6

EXAMPLES = 50 if os.environ.get("CI") == "true" else 10  # of each mode: what fits and what does not
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
# The stream has no end, and the demo service is a process of its own: both have tests that know how to end them.
LEFT_OUT = ("/stream", "/demo/start")
TOLD_FOR_ALL = {200, 404}
TRIED = [route for route in API if route.rule not in LEFT_OUT]


@schemathesis.serializer("application/gzip")
def as_it_is(_: schemathesis.SerializationContext, value: Any) -> Any:
    """Bytes for a route that reads them itself."""
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "replace")


def manual() -> dict[str, str]:
    """What docs/api.md says of each route, with the words that stand above all of its section."""
    text = (Path(__file__).parents[3] / "docs" / "api.md").read_text("utf-8")
    said = {}
    for section in re.split(r"^## ", text, flags=re.MULTILINE):
        above, *entries = re.split(r"^### ", section, flags=re.MULTILINE)
        for title, words in (entry.split("\n", 1) for entry in entries):
            said[title] = above + words
    return said


def title_of(method: str, rule: str) -> str:
    """The route as the manual spells it."""
    return f"{method} " + re.sub(r"<(?:\w+:)?(\w+)>", r"<\1>", rule)


def documented(rule: str) -> str:
    """The route as the document spells it."""
    return re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule)


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """An application with runs in its history, whose runs load nothing and ask nobody."""
    folder = tmp_path_factory.mktemp("busy")
    k6 = make_fake_k6(folder, "ok-2")
    services = Services(settings_for(folder, k6_bin=str(k6), allowed_targets="127.0.0.1"))
    for minute in range(3):
        run_id = f"20261121-10{minute:02}00-abcdefgh"
        services.store.runs.insert(an_ended_run(run_id))
        services.store.append(run_id, [an_interval(seq) for seq in (1, 2, 3)])
        services.store.events.add(run_id, an_event())
    yield create_app(services)
    end_runs(services)
    services.stop()


@pytest.fixture(scope="module")
def busy_schema(busy: Flask) -> Any:
    return schemathesis.openapi.from_wsgi("/openapi.json", busy)


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
@pytest.mark.parametrize("route", TRIED, ids=lambda route: f"{route.method} {route.rule}")
def test_what_is_answered_is_what_is_documented(busy_schema: Any, route: Case, mode: GenerationMode) -> None:
    cases = busy_schema[documented(route.rule)][route.method].as_strategy(generation_mode=mode)

    @hypothesis.settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    @hypothesis.given(case=cases)
    def answers_as_documented(case: schemathesis.Case) -> None:
        case.call_and_validate(checks=CHECKS, headers={"Accept-Encoding": "identity"})

    answers_as_documented()


@pytest.fixture
def document(idle: Flask) -> dict[str, Any]:
    answer: dict[str, Any] = idle.test_client().get("/openapi.json").json
    return answer


def test_it_is_openapi_3_1_and_knows_the_ways_in(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1")
    assert set(document["components"]["securitySchemes"]) == {"token", "cookie"}


def test_every_route_is_in_it(document: dict[str, Any]) -> None:
    documented = {
        (method.upper(), path)
        for path, methods in document["paths"].items()
        for method in methods
        if method != "parameters"
    }

    assert documented == {(case.method, re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", case.rule)) for case in API}


def test_operations_have_names_of_their_own_and_words(document: dict[str, Any]) -> None:
    operations = [operation for methods in document["paths"].values() for operation in methods.values()]
    names = [operation["operationId"] for operation in operations]

    assert len(set(names)) == len(names)
    assert all(operation["summary"] for operation in operations)


def test_every_reference_leads_somewhere(document: dict[str, Any], idle: Flask) -> None:
    references = set(
        re.findall(r'"#/components/schemas/(\w+)"', idle.test_client().get("/openapi.json").text)
    )

    assert references <= set(document["components"]["schemas"])
    assert {"RunRecord", "SnapshotShape", "Problem"} <= references


def test_every_failure_is_a_problem(document: dict[str, Any]) -> None:
    for methods in document["paths"].values():
        for operation in methods.values():
            failures = {status: found for status, found in operation["responses"].items() if status >= "400"}
            assert {"401", "403", "422"} <= set(failures)
            assert all(set(found["content"]) == {"application/problem+json"} for found in failures.values())


def test_bodies_that_people_write_refuse_unknown_keys(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]

    assert schemas["StartBody"]["additionalProperties"] is False
    assert schemas["StartBody"]["required"] == ["profile"]


def test_answers_always_have_all_their_fields(document: dict[str, Any]) -> None:
    status = document["components"]["schemas"]["RunStatusAnswer"]

    assert set(status["required"]) == set(status["properties"])


def test_the_manual_names_every_route() -> None:
    assert {title_of(case.method, case.rule) for case in API} == set(manual())


def test_the_manual_tells_the_statuses_of_every_route() -> None:
    words = manual()
    for operation in (operation for routes in DOCUMENTED for operation in routes.operations):
        title = title_of(operation.method, operation.rule)
        told = {int(status) for status in re.findall(r"\b[2-5]\d\d\b", words[title])}
        assert {*operation.answers, *operation.problems} - TOLD_FOR_ALL <= told, title
