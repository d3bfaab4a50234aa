"""The OpenAPI document is valid, complete and correct."""

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
from tests.api.table import API_CASES, Case
from tests.factories import an_ended_run, an_event, an_interval
from tests.fakes.fake_k6_factory import make_fake_k6

EXAMPLES, LONG_EXAMPLES = 12, 50  # per mode: valid and invalid requests
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
# The stream never ends and the demo service is a separate process. Other tests cover both.
EXCLUDED = ("/stream", "/demo/start")
COMMON_STATUSES = {200, 404}
INCLUDED = [route for route in API_CASES if route.rule not in EXCLUDED]


@schemathesis.serializer("application/gzip")
def raw_bytes(_: schemathesis.SerializationContext, value: Any) -> Any:
    """Serialize the body of a route that reads its body itself."""
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "replace")


def read_manual() -> dict[str, str]:
    """Return the text of docs/api.md for each route, with the introduction of its section."""
    manual_text = (Path(__file__).parents[3] / "docs" / "api.md").read_text("utf-8")
    texts = {}
    for section in re.split(r"^## ", manual_text, flags=re.MULTILINE):
        introduction, *entries = re.split(r"^### ", section, flags=re.MULTILINE)
        for title, text in (entry.split("\n", 1) for entry in entries):
            texts[title] = introduction + text
    return texts


def title_of(method: str, rule: str) -> str:
    """Return the route as docs/api.md writes it."""
    return f"{method} " + re.sub(r"<(?:\w+:)?(\w+)>", r"<\1>", rule)


def openapi_path(rule: str) -> str:
    """Return the route as the OpenAPI document writes it."""
    return re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule)


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """An application with a history. Its runs use a fake k6 and send no requests."""
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
@pytest.mark.parametrize("route", INCLUDED, ids=lambda route: f"{route.method} {route.rule}")
def test_responses_match_the_document(
    busy_schema: Any, route: Case, mode: GenerationMode, request: pytest.FixtureRequest
) -> None:
    cases = busy_schema[openapi_path(route.rule)][route.method].as_strategy(generation_mode=mode)

    @hypothesis.settings(
        max_examples=LONG_EXAMPLES if request.config.getoption("--long") else EXAMPLES,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    @hypothesis.given(case=cases)
    def answers_as_documented(case: schemathesis.Case[Any]) -> None:
        case.call_and_validate(checks=CHECKS, headers={"Accept-Encoding": "identity"})

    answers_as_documented()


@pytest.fixture
def document(idle: Flask) -> dict[str, Any]:
    answer: dict[str, Any] = idle.test_client().get("/openapi.json").json or {}
    return answer


def test_the_document_is_openapi_3_1_with_security_schemes(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1")
    assert set(document["components"]["securitySchemes"]) == {"token", "cookie"}


def test_the_document_contains_every_route(document: dict[str, Any]) -> None:
    documented = {
        (method.upper(), path)
        for path, methods in document["paths"].items()
        for method in methods
        if method != "parameters"
    }

    assert documented == {(case.method, openapi_path(case.rule)) for case in API_CASES}


def test_operations_have_unique_names_and_summaries(document: dict[str, Any]) -> None:
    operations = [operation for methods in document["paths"].values() for operation in methods.values()]
    names = [operation["operationId"] for operation in operations]

    assert len(set(names)) == len(names)
    assert all(operation["summary"] for operation in operations)


def test_every_reference_resolves(document: dict[str, Any], idle: Flask) -> None:
    references = set(
        re.findall(r'"#/components/schemas/(\w+)"', idle.test_client().get("/openapi.json").text)
    )

    assert references <= set(document["components"]["schemas"])
    assert {"RunRecord", "SnapshotShape", "Problem"} <= references


def test_every_error_is_a_problem(document: dict[str, Any]) -> None:
    for methods in document["paths"].values():
        for operation in methods.values():
            failures = {status: found for status, found in operation["responses"].items() if status >= "400"}
            assert {"401", "403", "422"} <= set(failures)
            assert all(set(found["content"]) == {"application/problem+json"} for found in failures.values())


def test_request_bodies_refuse_unknown_fields(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]

    assert schemas["StartBody"]["additionalProperties"] is False
    assert schemas["StartBody"]["required"] == ["profile"]


def test_responses_require_all_fields(document: dict[str, Any]) -> None:
    status = document["components"]["schemas"]["RunStatusAnswer"]

    assert set(status["required"]) == set(status["properties"])


def test_the_manual_describes_every_route() -> None:
    assert {title_of(case.method, case.rule) for case in API_CASES} == set(read_manual())


def test_the_manual_lists_the_statuses_of_every_route() -> None:
    texts = read_manual()
    for operation in (operation for routes in DOCUMENTED for operation in routes.operations):
        title = title_of(operation.method, operation.rule)
        listed = {int(status) for status in re.findall(r"\b[2-5]\d\d\b", texts[title])}
        assert {*operation.answers, *operation.problems} - COMMON_STATUSES <= listed, title
