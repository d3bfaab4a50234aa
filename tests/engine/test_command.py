"""The command line and environment of k6."""

from dataclasses import replace
from pathlib import Path

import pytest

from dashboard.engine.command import build_command, script_environment, template_environment
from tests.factories import a_run


def test_checks_are_counted_by_a_trend() -> None:
    assert script_environment(a_run(), Path("/runs/1"), ())["CHECKS"] == "trend"


def test_the_script_gets_only_listed_variables_and_no_secrets() -> None:
    environment = {"REGION": "eu", "AUTH_TOKEN": "t", "OTHER": "x"}
    assert template_environment(environment, ("REGION", "AUTH_TOKEN", "MISSING")) == {
        "REGION": "eu",
        "ENDPOINTS_ENV": "REGION",
    }
    assert template_environment(environment, ()) == {}


@pytest.mark.parametrize(
    ("users", "data_files", "environment", "expected"),
    [
        (1, None, {}, "400"),
        (50, None, {}, "400"),
        (100, None, {}, "150"),
        (124, None, {}, "101"),
        (125, None, {}, None),
        (10_000, None, {}, None),
        (1, Path("/runs/1/data"), {}, None),
        (1, None, {"GOGC": "50"}, "50"),
    ],
)
def test_the_heap_of_k6_may_grow_if_it_has_few_users_unless_gogc_is_set(
    users: int, data_files: Path | None, environment: dict[str, str], expected: str | None
) -> None:
    command = build_command(
        replace(a_run(), vus_max=users),
        k6=Path("k6"),
        script=Path("main.js"),
        folder=Path("/runs/1"),
        secret_names=(),
        environment=environment,
        data_files=data_files,
    )
    assert command.env.get("GOGC") == expected
