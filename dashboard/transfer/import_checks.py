"""Validation of an imported run before it is stored: correct types, an ended run, and usable numbers."""

import base64
import binascii
import json
import re
from dataclasses import replace
from datetime import UTC, datetime

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
from dashboard.transfer.import_limits import (
    MAX_INTEGER,
    MAX_TEXT_CHARS,
    check_annotations,
    check_free_form,
    check_sizes,
    is_in_range,
)
from dashboard.transfer.import_lines import reject
from dashboard.transfer.run_export import EVENTS, RUNS, SLO_RESULTS

MAX_TALLY_BYTES = 1024 * 1024
MAX_BUCKET_INDEX = 2_000
MAX_EXCHANGE_TEXT_CHARS = 128 * 1024
EVENT_LEVELS = ("info", "warning", "error")
MAX_APDEX_T_MS = 60_000
PERCENTILES_FROM = (None, "exact", "histogram")
NON_NEGATIVE = ("planned_s", "vus_max", "elapsed_s", "vus", "requests_cut", "generator_cpu_max")
# A ZIP archive cannot hold times outside these years.
MIN_YEAR, MAX_YEAR = 1980, 2107
_RUN_ID = re.compile(r"\d{8}-\d{6}-[a-z2-7]{8}")
_SNAPSHOTS: TypeAdapter[Snapshot] = TypeAdapter(Snapshot)


def validate_run(data: object) -> Run:
    """Validate the run of an export and return it. Raises InvalidRequest, like all checks of this module."""
    try:
        run = RUNS.validate_python(data)
    except ValidationError as error:
        reject(f"the run is malformed ({_first_message(error)})")
    if not _RUN_ID.fullmatch(run.run_id):
        reject("the run ID is malformed")
    if not run.status.has_ended:
        reject(f"the run has not ended; its status is {run.status.value}")
    negative = [name for name in NON_NEGATIVE if (getattr(run, name) or 0) < 0]
    if negative:
        reject(f"{negative[0]} of the run is negative")
    if not 0 < run.config.apdex_t_ms <= MAX_APDEX_T_MS:
        reject(f"apdex_t_ms of the run must be above 0 and at most {MAX_APDEX_T_MS:,}")
    if run.percentiles_from not in PERCENTILES_FROM:
        reject("percentiles_from of the run is unknown")
    check_annotations(run)
    check_sizes(replace(run, notes=None), "the run")
    check_free_form([run.context.generator, run.config.network], "the description of the run")
    moments = {name: _to_utc(getattr(run, name)) for name in ("created_at", "started_at", "ended_at")}
    return replace(run, **moments)  # type: ignore[arg-type]


def validate_event(data: object) -> Event:
    """Validate an event of the run and return it."""
    try:
        event = EVENTS.validate_python(data)
    except ValidationError as error:
        reject(f"an event is malformed ({_first_message(error)})")
    if event.level not in EVENT_LEVELS:
        reject("the level of an event is unknown")
    check_sizes(event, "an event")
    check_free_form(event.data, "the data of an event")
    return replace(event, at=_to_utc(event.at) or event.at)


def validate_slo(data: object) -> SloResult:
    """Validate an SLO result of the run and return it."""
    try:
        result = SLO_RESULTS.validate_python(data)
    except ValidationError as error:
        reject(f"an SLO result is malformed ({_first_message(error)})")
    if result.key not in SLO_KEYS:
        reject("an SLO result has an unknown key")
    check_sizes(result, "an SLO result")
    return result


def validate_exchange(data: object) -> tuple[int, str]:
    """Validate a failing request. Return its position and its exchange as JSON."""
    if not isinstance(data, list) or len(data) != 2 or type(data[0]) is not int or not is_in_range(data[0]):
        reject("a failing request is malformed")
    try:
        Exchange.model_validate(data[1])
    except ValidationError as error:
        reject(f"a failing request is malformed ({_first_message(error)})")
    check_sizes(data[1], "a failing request", MAX_EXCHANGE_TEXT_CHARS)
    return data[0], json.dumps(data[1], separators=(",", ":"))


def validate_op(data: object) -> OpKey:
    """Validate an operation and return it."""
    if not isinstance(data, list) or len(data) != 3 or not all(isinstance(part, str) for part in data):
        reject("an operation is malformed")
    if any(len(part) > MAX_TEXT_CHARS for part in data):
        reject(f"the name of an operation is longer than {MAX_TEXT_CHARS} characters")
    return OpKey(*data)


def validate_interval(data: object, ops: list[OpKey], after: int) -> StoredInterval:
    """Validate and return an interval, which has a `seq` above `after` and whose tallies belong to `ops`."""
    if not isinstance(data, dict):
        reject("an interval is malformed")
    try:
        snapshot = _SNAPSHOTS.validate_python(data.get("snapshot"))
    except ValidationError as error:
        reject(f"a snapshot is malformed ({_first_message(error)})")
    values = [getattr(snapshot, name) for name in snapshot.__slots__]
    if snapshot.seq <= after:
        reject(f"snapshot {snapshot.seq} is out of order")
    if not all(map(is_in_range, values)):
        reject(f"a number of snapshot {snapshot.seq} is out of range")
    tallies = _decode_tallies(data.get("tallies"), ops)
    overall = Tally.from_bytes(tallies[OVERALL]) if OVERALL in tallies else Tally()
    if overall.requests != snapshot.requests:
        reject(f"the request count of snapshot {snapshot.seq} differs from its tallies")
    keyframe = _decode_tallies(data.get("keyframe", []), ops)
    return StoredInterval(snapshot=snapshot, tallies=tallies, keyframe=keyframe)


def _decode_tallies(data: object, ops: list[OpKey]) -> dict[OpKey, bytes]:
    tallies: dict[OpKey, bytes] = {}
    if not isinstance(data, list):
        reject("the tallies of an interval are not a list")
    for entry in data:
        if not isinstance(entry, list) or len(entry) != 2 or type(entry[0]) is not int:
            reject("a tally is malformed")
        number, text = entry
        if not 0 <= number < len(ops) or ops[number] in tallies or not isinstance(text, str):
            reject("a tally has an unknown or repeated operation")
        tallies[ops[number]] = _decode_tally(text)
    return tallies


def _decode_tally(text: str) -> bytes:
    try:
        blob = base64.b64decode(text, validate=True)
        if len(blob) > MAX_TALLY_BYTES or not _is_valid_tally(Tally.from_bytes(blob)):
            reject("a number of a tally is out of range")
    except (binascii.Error, ValueError):
        reject("a tally cannot be decoded")
    return blob


def _is_valid_tally(tally: Tally) -> bool:
    keys = all(len(key) == 2 and key[0] in STATUS_CLASSES and key[1] in "+-" for key in tally.durations)
    histograms = (*tally.durations.values(), *tally.trends.values())
    counts = (*tally.statuses.values(), *tally.errors.values(), *tally.counters.values())
    checks = (count for pair in tally.checks.values() for count in pair)
    return keys and all(map(_is_valid_histogram, histograms)) and all(map(is_in_range, (*counts, *checks)))


def _is_valid_histogram(histogram: Histogram) -> bool:
    buckets = (*histogram.buckets.items(), *histogram.negatives.items())
    in_range = all(abs(index) <= MAX_BUCKET_INDEX and 0 < count <= MAX_INTEGER for index, count in buckets)
    return in_range and is_in_range(histogram.total) and histogram.zero <= MAX_INTEGER


def _to_utc(moment: datetime | None) -> datetime | None:
    if moment is None:
        return None
    if moment.tzinfo is None:
        reject("a time has no time zone")
    if not MIN_YEAR < moment.year < MAX_YEAR:
        reject(f"a time is in the year {moment.year}, not between {MIN_YEAR} and {MAX_YEAR}")
    return moment.astimezone(UTC)


def _first_message(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    return f"{'.'.join(map(str, first['loc']))[:100]}: {first['msg']}"
