"""What k6 is started with."""

from pathlib import Path

from dashboard.engine.command import script_environment
from tests.factories import a_run


def test_the_script_leaves_the_counting_of_checks_to_the_trend() -> None:
    assert script_environment(a_run(), Path("/runs/1"), ())["CHECKS"] == "trend"
