"""What k6 is started with."""

from dataclasses import replace
from pathlib import Path

import pytest

from dashboard.engine.command import build_command, script_environment, template_environment
from tests.factories import a_run


def test_the_script_leaves_the_counting_of_checks_to_the_trend() -> None:
    assert script_environment(a_run(), Path("/runs/1"), ())["CHECKS"] == "trend"


def test_only_listed_variables_reach_the_script_and_never_a_secret() -> None:
    ours = {"REGION": "eu", "AUTH_TOKEN": "t", "OTHER": "x"}
    assert template_environment(ours, ("REGION", "AUTH_TOKEN", "MISSING")) == {
        "REGION": "eu",
        "ENDPOINTS_ENV": "REGION",
    }
    assert template_environment(ours, ()) == {}


@pytest.mark.parametrize(
    ("users", "data_files", "ours", "expected"),
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
def test_a_small_heap_may_grow_unless_the_operator_said_otherwise(
    users: int, data_files: Path | None, ours: dict[str, str], expected: str | None
) -> None:
    command = build_command(
        replace(a_run(), vus_max=users),
        k6=Path("k6"),
        script=Path("main.js"),
        folder=Path("/runs/1"),
        secret_names=(),
        environment=ours,
        data_files=data_files,
    )
    assert command.env.get("GOGC") == expected
