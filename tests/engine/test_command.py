"""What k6 is started with."""

from pathlib import Path

from dashboard.engine.command import script_environment, template_environment
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
