"""The account of a run: every total is the sum of its parts, and agrees with the other figures of the run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def assert_balanced(record: Mapping[str, Any]) -> None:
    """Assert that the account of an ended run adds up."""
    account = record["account"]
    if account is None:
        assert record["started_at"] is None, "a run that started has an account"
        return
    iterations, steps, requests = account["iterations"], account["steps"], account["requests"]
    ended = iterations["completed"] + iterations["thrown"]
    assert ended == (record["iterations"] or 0)
    if iterations["begun"] is not None:
        assert iterations["begun"] == ended + iterations["cut"] + iterations["missing"]
    assert not iterations["missing"] or record["samples_lost"]
    assert requests["sent"] == requests["answered"] + requests["unanswered"] == (record["total_reqs"] or 0)
    assert sum(requests["errors"].values()) == requests["unanswered"] == (record["status_0"] or 0)
    if steps is not None:
        assert steps["due"] == steps["sent"] + steps["skipped"] + steps["thrown"]
        assert sum(steps["skip_reasons"].values()) == steps["skipped"]
        assert sum(steps["throw_reasons"].values()) == steps["thrown"]
        assert steps["thrown"] <= iterations["thrown"]
