"""Runs as JSON text: no loss, and compatibility with other versions."""

import json
from dataclasses import fields, replace
from datetime import UTC

from hypothesis import given
from hypothesis import strategies as st

from dashboard.model.events import Event, EventKind
from dashboard.model.figures import Figures, RunTotals
from dashboard.model.run import Run, RunConfig, RunContext, RunStatus, Verdict
from dashboard.store import codec
from tests.factories import a_run, an_ended_run, an_event
from tests.strategies import texts

number = st.floats(allow_nan=False, allow_infinity=False)
optional_text = st.none() | texts
measured = st.none() | number | st.integers(0, 1 << 53)
time = st.datetimes(timezones=st.just(UTC))
json_values = st.recursive(
    st.none() | st.booleans() | number | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=5,
)
configs = st.builds(
    RunConfig,
    profile=texts,
    base_url=texts,
    variables=st.dictionaries(texts, texts, max_size=3),
    auth_api_key_header=optional_text,
    env_profile=optional_text,
    label=optional_text,
    group_id=optional_text,
    meta=st.dictionaries(texts, texts, max_size=3),
    apdex_t_ms=number,
)
contexts = st.builds(
    RunContext,
    stages=st.lists(st.tuples(number, st.integers(0, 1000)), max_size=4).map(tuple),
    keep_samples=st.booleans(),
    push_interval_s=number,
    endpoints_sha256=optional_text,
    k6_version=optional_text,
    generator=st.dictionaries(texts, json_values, max_size=3),
    slos=st.dictionaries(texts, number, max_size=3),
)
runs = st.builds(
    Run,
    run_id=texts,
    status=st.sampled_from(RunStatus),
    config=configs,
    context=contexts,
    created_at=time,
    planned_s=number,
    vus_max=st.integers(0, 1000),
    started_at=st.none() | time,
    ended_at=st.none() | time,
    elapsed_s=st.none() | number,
    exit_code=st.none() | st.integers(0, 255),
    exit_reason=optional_text,
    verdict=st.none() | st.sampled_from(Verdict),
    samples_lost=st.none() | st.booleans(),
    figures=st.none() | st.builds(Figures, **{field.name: measured for field in fields(Figures)}),
    totals=st.none() | st.builds(RunTotals, **{field.name: measured for field in fields(RunTotals)}),
)


@given(runs)
def test_run_round_trip(run: Run) -> None:
    assert codec.run_from_json(codec.run_to_json(run)) == run


@given(runs)
def test_record_is_ascii_json(run: Run) -> None:
    text = codec.record_to_json(run)
    assert text.isascii()
    assert json.loads(text)["run_id"] == run.run_id


@given(
    st.builds(
        Event,
        kind=st.sampled_from(EventKind),
        at=time,
        level=texts,
        message=texts,
        elapsed_s=st.none() | number,
        data=st.dictionaries(texts, json_values, max_size=3),
    )
)
def test_event_round_trip(event: Event) -> None:
    assert codec.event_from_json(codec.event_to_json(event)) == event


def test_missing_keys_of_an_older_version_read_as_defaults() -> None:
    body = json.loads(codec.run_to_json(an_ended_run(requests_cut=3, group_id="g")))
    del body["requests_cut"], body["totals"], body["config"]["group_id"], body["context"]["slos"]
    del body["figures"]["success_p99_ms"]
    run = codec.run_from_json(json.dumps(body))
    assert (run.requests_cut, run.totals, run.config.group_id, run.context.slos) == (None, None, None, {})
    assert run.figures is not None
    assert run.figures.success_p99_ms is None
    assert run.figures.p99_ms is not None


def test_unknown_keys_of_another_version_are_ignored() -> None:
    body = json.loads(codec.run_to_json(a_run()))
    body["weather"] = body["config"]["weather"] = body["context"]["weather"] = "fine"
    assert codec.run_from_json(json.dumps(body)) == a_run()


def test_times_keep_their_microseconds() -> None:
    run = replace(a_run(), started_at=a_run().created_at.replace(microsecond=123_456))
    assert codec.run_from_json(codec.run_to_json(run)).started_at == run.started_at


def test_event_of_an_older_version_is_read() -> None:
    body = json.loads(codec.event_to_json(an_event()))
    del body["data"], body["elapsed_s"]
    assert codec.event_from_json(json.dumps(body)) == an_event(data={}, elapsed_s=None)
