"""Sorted and filtered pages, compared with a sorted and filtered list."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dashboard.model.record import record_of
from dashboard.model.run import Run, RunStatus, Verdict
from dashboard.store.store import Store
from dashboard.store.values import RunFilter, Sort
from tests.factories import A_MOMENT, a_run, an_ended_run

PROFILES, LABELS = ("smoke", "ramp"), (None, "a", "b", "Ä")
NUMBERS = st.none() | st.sampled_from([0.0, 0.1, 12.5, 12.5, 300.0]) | st.floats(0, 1e6)


@st.composite
def histories(draw: st.DrawFn) -> list[Run]:
    """Generate up to 25 runs, some created at the same time, some with equal figures, some without figures."""
    runs = []
    for number in range(draw(st.integers(0, 25))):
        created_at = A_MOMENT + timedelta(seconds=draw(st.integers(0, 20)))
        made = an_ended_run(
            f"{created_at:%Y%m%d-%H%M%S}-{number:08d}",
            created_at=created_at,
            profile=draw(st.sampled_from(PROFILES)),
            label=draw(st.sampled_from(LABELS)),
            verdict=draw(st.sampled_from([None, *Verdict])),
        )
        figures = made.figures and replace(made.figures, p95_ms=draw(NUMBERS), rps=draw(NUMBERS))
        runs.append(replace(made, figures=figures if draw(st.booleans()) else None))
    return runs


def sorted_in_python(runs: list[Run], by: str, *, descending: bool) -> list[str]:
    """Return ids: runs with a value first, in order, equal values by id; then the runs without a value."""
    records = [record_of(run) for run in runs]
    known = [record for record in records if record[by] is not None]
    unknown = [record for record in records if record[by] is None]
    known.sort(key=lambda record: (record[by], record["run_id"]), reverse=descending)
    unknown.sort(key=lambda record: str(record["run_id"]), reverse=descending)
    return [str(record["run_id"]) for record in (*known, *unknown)]


def pages(
    store: Store, run_filter: RunFilter, size: int, by: str | None, *, descending: bool
) -> list[list[str]]:
    """Return all pages. Each request names the last run of the previous page."""
    found: list[list[str]] = []
    before, value = None, None
    while True:
        sort = Sort(by=by, descending=descending, after=value) if by else None
        page = [
            json.loads(text) for text in store.lists.records(run_filter, limit=size, before=before, sort=sort)
        ]
        if not page:
            return found
        found.append([record["run_id"] for record in page])
        before, value = page[-1]["run_id"], page[-1][by] if by else None


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    runs=histories(),
    size=st.integers(1, 7),
    by=st.sampled_from([None, "p95_ms", "rps", "label", "profile", "verdict", "created_at", "duration_s"]),
    descending=st.booleans(),
    profile=st.sampled_from([None, *PROFILES]),
)
def test_pages_form_the_sorted_list(
    tmp_path_factory: pytest.TempPathFactory,
    runs: list[Run],
    size: int,
    by: str | None,
    descending: bool,
    profile: str | None,
) -> None:
    store = Store(tmp_path_factory.mktemp("list") / "d.db")
    for run in runs:
        store.runs.insert(run)
    found = pages(store, RunFilter(profile=profile), size, by, descending=descending)
    store.close()

    matching = [run for run in runs if profile in (None, run.config.profile)]
    expected = sorted_in_python(matching, by or "created_at", descending=descending or by is None)
    assert [run_id for page in found for run_id in page] == expected
    assert all(len(page) == size for page in found[:-1])


@pytest.mark.parametrize("by", [None, "p95_ms"])
def test_runs_added_or_deleted_between_pages_shift_nothing(store: Store, by: str | None) -> None:
    for minute in range(9):
        created_at = A_MOMENT.replace(minute=minute)
        store.runs.insert(an_ended_run(f"20261121-10{minute:02}00-abcdefgh", created_at=created_at))
    sort = Sort(by=by, descending=True) if by else None
    first = [json.loads(text) for text in store.lists.records(RunFilter(), limit=3, before=None, sort=sort)]
    store.runs.insert(an_ended_run("20261121-120000-abcdefgh", created_at=A_MOMENT.replace(hour=12)))
    store.runs.delete(first[-1]["run_id"])
    last = first[-1]
    next_page = Sort(by=by, descending=True, after=last[by]) if by else None
    rest = store.lists.records(RunFilter(), limit=10, before=last["run_id"], sort=next_page)

    assert [record["run_id"][11:13] for record in first] == ["08", "07", "06"]
    assert [json.loads(text)["run_id"][11:13] for text in rest] == ["05", "04", "03", "02", "01", "00"]


@pytest.mark.parametrize(
    ("run_filter", "found"),
    [
        ({"tag": "release"}, "a"),
        ({"tag": "rel"}, ""),
        ({"tag": "RELEASE"}, ""),
        ({"tag": "two\nlines"}, ""),
        ({"meta": "branch=main"}, "a"),
        ({"meta": "branch"}, "ab"),
        ({"meta": "branch=ma"}, ""),
        ({"meta": "ranch"}, ""),
        ({"meta": "tag=release"}, ""),
        ({"target": "shop.EXAMPLE"}, "b"),
        ({"target": "%"}, ""),
        ({"search": "release"}, "a"),
        ({"search": "COLD cache"}, "b"),
        ({"search": "feature/x"}, "b"),
    ],
)
def test_filter_by_tag_metadata_target_and_text(store: Store, run_filter: dict[str, Any], found: str) -> None:
    store.runs.insert(
        an_ended_run("20261121-100000-aaaaaaaa", tags=("release", "4.11"), meta={"branch": "main"})
    )
    store.runs.insert(
        an_ended_run(
            "20261121-100000-bbbbbbbb",
            meta={"branch": "feature/x"},
            base_url="https://shop.example.org",
            notes="The **cold cache** again",
        )
    )
    store.runs.insert(a_run("20261121-100000-cccccccc", RunStatus.RUNNING))
    records = store.lists.records(RunFilter(**run_filter), limit=9, before=None)

    assert sorted(json.loads(text)["run_id"][-1] for text in records) == list(found)
    assert store.lists.count(RunFilter(**run_filter)) == len(found)


def test_choices_are_the_values_of_all_runs(store: Store) -> None:
    assert store.lists.choices() == {"env_profiles": [], "tags": []}
    store.runs.insert(an_ended_run("20261121-100000-aaaaaaaa", tags=("b", "a\u2028c"), env_profile="staging"))
    store.runs.insert(
        an_ended_run("20261121-100000-bbbbbbbb", tags=("a",), meta={"tag": "no"}, env_profile="prod")
    )

    assert store.lists.choices() == {"env_profiles": ["prod", "staging"], "tags": ["a", "a\u2028c", "b"]}


def test_tags_and_notes_round_trip(store: Store) -> None:
    annotated = an_ended_run(tags=("a", "b"), notes="# Title")
    store.runs.insert(annotated)

    assert store.runs.get(annotated.run_id) == annotated
