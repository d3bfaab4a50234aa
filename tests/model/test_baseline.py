"""The baseline that applies to a run."""

import pytest

from dashboard.model.baseline import Baseline, Scope, applicable_baseline
from tests.factories import A_MOMENT


def pinned(*scopes: tuple[str | None, str | None]) -> list[Baseline]:
    return [
        Baseline(scope=Scope(profile=profile, env_profile=env), run_id=f"{profile}-{env}", pinned_at=A_MOMENT)
        for profile, env in scopes
    ]


BASELINES = pinned((None, None), ("smoke", None), ("smoke", "staging"), ("ramp", "staging"))


@pytest.mark.parametrize(
    ("profile", "env_profile", "run_id"),
    [
        ("smoke", "staging", "smoke-staging"),
        ("smoke", "production", "smoke-None"),
        ("smoke", None, "smoke-None"),
        ("ramp", "staging", "ramp-staging"),
        ("ramp", None, "None-None"),
        ("soak", "staging", "None-None"),
    ],
)
def test_the_most_specific_baseline_applies(profile: str, env_profile: str | None, run_id: str) -> None:
    for order in (BASELINES, BASELINES[::-1]):
        baseline = applicable_baseline(order, profile, env_profile)
        assert baseline is not None
        assert baseline.run_id == run_id


def test_no_baseline_applies_if_none_covers_the_run() -> None:
    assert applicable_baseline(pinned(("ramp", None), ("smoke", "staging")), "smoke", None) is None
