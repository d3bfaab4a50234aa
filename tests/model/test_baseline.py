"""Which baseline counts for a run."""

import pytest

from dashboard.model.baseline import Baseline, Scope, applicable_baseline
from tests.factories import A_MOMENT


def pinned(*scopes: tuple[str | None, str | None]) -> list[Baseline]:
    return [
        Baseline(scope=Scope(profile=profile, env_profile=env), run_id=f"{profile}-{env}", pinned_at=A_MOMENT)
        for profile, env in scopes
    ]


EVERY = pinned((None, None), ("smoke", None), ("smoke", "staging"), ("ramp", "staging"))


@pytest.mark.parametrize(
    ("profile", "env_profile", "found"),
    [
        ("smoke", "staging", "smoke-staging"),
        ("smoke", "production", "smoke-None"),
        ("smoke", None, "smoke-None"),
        ("ramp", "staging", "ramp-staging"),
        ("ramp", None, "None-None"),
        ("soak", "staging", "None-None"),
    ],
)
def test_the_most_specific_baseline_counts(profile: str, env_profile: str | None, found: str) -> None:
    for order in (EVERY, EVERY[::-1]):
        baseline = applicable_baseline(order, profile, env_profile)
        assert baseline is not None
        assert baseline.run_id == found


def test_without_one_that_covers_the_run_there_is_none() -> None:
    assert applicable_baseline(pinned(("ramp", None), ("smoke", "staging")), "smoke", None) is None
