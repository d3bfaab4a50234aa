"""What an imported run must be before it is stored: of its shape, ended, and with figures that can be reckoned with."""

import base64
import binascii
import json
import math
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from pydantic import TypeAdapter, ValidationError

from dashboard.engine.exchanges import Exchange
from dashboard.model.events import Event
from dashboard.model.histogram import Histogram
from dashboard.model.run import Run
from dashboard.model.slo import SloResult
from dashboard.model.slo_set import SLO_KEYS
from dashboard.model.snapshot import OVERALL, OpKey, Snapshot
from dashboard.model.tally import STATUS_CLASSES, Tally
from dashboard.store.values import StoredInterval
from dashboard.transfer.import_lines import refuse
from dashboard.transfer.run_export import EVENTS, RUNS, SLO_RESULTS

MAX_TALLY_BYTES = 1024 * 1024
# Whole numbers up to here are exact in every program that reads them.
LARGEST = 1 << 53
FURTHEST_BUCKET = 2_000
MAX_TEXT = 4_096
MAX_APDEX_MS = 60_000
# What `percentiles_from` of a record may say.
PERCENTILES_FROM = (None, "exact", "histogram")
NEVER_NEGATIVE = ("planned_s", "vus_max", "elapsed_s", "vus", "requests_cut", "generator_cpu_max")
# Archives cannot hold times of other years.
FIRST_YEAR, LAST_YEAR = 1980, 2107
_RUN_ID = re.compile(r"\d{8}-\d{6}-[a-z2-7]{8}")
_SNAPSHOTS: TypeAdapter[Snapshot] = TypeAdapter(Snapshot)


def checked_run(data: object) -> Run:
    """The record of the run."""
    try:
        run = RUNS.validate_python(data)
    except ValidationError as error:
        refuse(f"the run's record is not of its shape ({_first(error)})")
    if not _RUN_ID.fullmatch(run.run_id):
        refuse("the run's id is not one of this dashboard's")
    if not run.status.has_ended:
        refuse(f"the run has not ended, it is {run.status.value}")
    negative = any((getattr(run, name) or 0) < 0 for name in NEVER_NEGATIVE)
    if negative or not 0 < run.config.apdex_t_ms <= MAX_APDEX_MS or not _is_sound(run):
        refuse("the run's record holds a figure that cannot be")
    if run.percentiles_from not in PERCENTILES_FROM:
        refuse("the run's record does not say what its percentiles are from")
    if any(
        len(text) > MAX_TEXT for text in (run.config.base_url, run.config.profile, run.config.label or "")
    ):
        refuse("the run's record holds a text that is too long")
    moments = {name: _utc(getattr(run, name)) for name in ("created_at", "started_at", "ended_at")}
    return replace(run, **moments)  # type: ignore[arg-type]


def checked_event(data: object) -> Event:
    """Something that happened to it."""
    try:
        event = EVENTS.validate_python(data)
    except ValidationError as error:
        refuse(f"an event is not of its shape ({_first(error)})")
    return replace(event, at=_utc(event.at) or event.at)


def checked_slo(data: object) -> SloResult:
    """What it was held against."""
    try:
        result = SLO_RESULTS.validate_python(data)
    except ValidationError as error:
        refuse(f"an SLO result is not of its shape ({_first(error)})")
    if result.key not in SLO_KEYS or not _is_sound(result):
        refuse("an SLO result is of no figure that is known")
    return result


def checked_exchange(data: object) -> tuple[int, str]:
    """A request and its response, as they are kept."""
    if not isinstance(data, list) or len(data) != 2 or type(data[0]) is not int or not _is_number(data[0]):
        refuse("a failing request is not of its shape")
    try:
        Exchange.model_validate(data[1])
    except ValidationError as error:
        refuse(f"a failing request is not of its shape ({_first(error)})")
    return data[0], json.dumps(data[1], separators=(",", ":"))


def checked_op(data: object) -> OpKey:
    """An operation."""
    if not isinstance(data, list) or len(data) != 3 or not all(isinstance(part, str) for part in data):
        refuse("an operation is not of its shape")
    if any(len(part) > MAX_TEXT for part in data):
        refuse("an operation's name is too long")
    return OpKey(*data)


def checked_interval(data: object, ops: list[OpKey], after: int) -> StoredInterval:
    """A snapshot and its tallies, later than `after`."""
    if not isinstance(data, dict):
        refuse("a step is not of its shape")
    try:
        snapshot = _SNAPSHOTS.validate_python(data.get("snapshot"))
    except ValidationError as error:
        refuse(f"a snapshot is not of its shape ({_first(error)})")
    values = [getattr(snapshot, name) for name in snapshot.__slots__]
    if snapshot.seq <= after or not all(map(_is_number, values)):
        refuse(f"snapshot {snapshot.seq} is out of order or holds a figure that cannot be")
    tallies = _tallies(data.get("intervals"), ops)
    overall = Tally.from_bytes(tallies[OVERALL]) if OVERALL in tallies else Tally()
    if overall.requests != snapshot.requests:
        refuse(f"snapshot {snapshot.seq} counts other requests than its operations")
    return StoredInterval(
        snapshot=snapshot, tallies=tallies, keyframe=_tallies(data.get("keyframe", []), ops)
    )


def _tallies(data: object, ops: list[OpKey]) -> dict[OpKey, bytes]:
    found: dict[OpKey, bytes] = {}
    if not isinstance(data, list):
        refuse("the tallies of a step are not a list")
    for entry in data:
        if not isinstance(entry, list) or len(entry) != 2 or type(entry[0]) is not int:
            refuse("a tally is not of its shape")
        number, text = entry
        if not 0 <= number < len(ops) or ops[number] in found or not isinstance(text, str):
            refuse("a tally is of no operation, or of one twice")
        found[ops[number]] = _blob(text)
    return found


def _blob(text: str) -> bytes:
    try:
        blob = base64.b64decode(text, validate=True)
        if len(blob) > MAX_TALLY_BYTES or not _can_be_reckoned_with(Tally.from_bytes(blob)):
            refuse("a tally holds a figure that cannot be")
    except (binascii.Error, ValueError):
        refuse("a tally cannot be read")
    return blob


def _can_be_reckoned_with(tally: Tally) -> bool:
    keys = all(len(key) == 2 and key[0] in STATUS_CLASSES and key[1] in "+-" for key in tally.durations)
    histograms = (*tally.durations.values(), *tally.trends.values())
    counts = (*tally.statuses.values(), *tally.errors.values(), *tally.counters.values())
    checks = (part for pair in tally.checks.values() for part in pair)
    return keys and all(map(_is_fine, histograms)) and all(map(_is_number, (*counts, *checks)))


def _is_fine(histogram: Histogram) -> bool:
    buckets = (*histogram.buckets.items(), *histogram.negatives.items())
    within = all(abs(index) <= FURTHEST_BUCKET and 0 < count <= LARGEST for index, count in buckets)
    return within and _is_number(histogram.total) and histogram.zero <= LARGEST


def _is_sound(value: object) -> bool:
    """No number anywhere in the record that a database or a browser cannot hold."""
    if isinstance(value, Mapping):
        return all(map(_is_sound, value.values()))
    if isinstance(value, list | tuple):
        return all(map(_is_sound, value))
    slots = getattr(type(value), "__slots__", ())
    if slots and not isinstance(value, str | datetime):
        return all(_is_sound(getattr(value, name)) for name in slots)
    return _is_number(value) if isinstance(value, int | float) else True


def _is_number(value: Any) -> bool:
    return value is None or (math.isfinite(value) and abs(value) <= LARGEST)


def _utc(moment: datetime | None) -> datetime | None:
    if moment is None:
        return None
    if moment.tzinfo is None:
        refuse("a time names no zone")
    if not FIRST_YEAR < moment.year < LAST_YEAR:
        refuse(f"a time is of the year {moment.year}")
    return moment.astimezone(UTC)


def _first(error: ValidationError) -> str:
    found = error.errors(include_url=False, include_input=False)[0]
    return f"{'.'.join(map(str, found['loc']))[:100]}: {found['msg']}"
