"""Plausible and reproducible runs and tallies to fill a database with."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from math import ceil
from random import Random

from dashboard.model.figures import figures_of, totals_of
from dashboard.model.histogram import PER_OCTAVE, Histogram
from dashboard.model.run import Run, RunConfig, RunContext, RunStatus, Verdict
from dashboard.model.snapshot import OVERALL, Interval, OpKey, Snapshot
from dashboard.model.tally import Tally, total_of
from dashboard.runs.live.window import Window, snapshot_of

FIRST_RUN_AT = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
TIME_BETWEEN_RUNS = timedelta(minutes=31)
PROFILES = ("smoke", "ramp", "soak", "stress", "spike")
OUTCOMES = ((RunStatus.FINISHED, Verdict.PASS), (RunStatus.FINISHED, Verdict.FAIL), (RunStatus.FAILED, None))
APDEX_T_MS = 500.0
PUSH_INTERVAL_S = 2.0
INTERVALS_PER_KEYFRAME = 30


def a_histogram(count: int, typical: float, random: Random) -> Histogram:
    """Return a histogram of `count` values around 2^`typical` seconds."""
    out = Histogram()
    for _ in range(count):
        exponent = random.gauss(typical, 1.0)
        index = ceil(exponent * PER_OCTAVE)
        out.buckets[index] = out.buckets.get(index, 0) + 1
        out.total += 2.0**exponent
    return out


def a_tally(requests: int, random: Random) -> Tally:
    """Return the tally of one operation in one interval, with one percent of errors."""
    failed = requests // 100
    out = Tally()
    out.add_duration("2+", a_histogram(requests - failed, -5.0, random))
    out.add_trend("http_req_waiting", a_histogram(requests, -5.2, random))
    out.add_check("status is 200", requests - failed, failed)
    out.statuses["200"] = requests - failed
    if failed:
        out.add_duration("5-", a_histogram(failed, -3.0, random))
        out.statuses["503"] = failed
        out.errors["HTTP 503"] = failed
    return out


def a_run(number: int, tally: Tally, *, seconds: float = 60.0) -> Run:
    """Return run `number` of a long history. The run has ended."""
    status, verdict = OUTCOMES[number % len(OUTCOMES)]
    created_at = FIRST_RUN_AT + TIME_BETWEEN_RUNS * number
    return Run(
        run_id=f"{created_at:%Y%m%d-%H%M%S}-{number:08d}",
        status=status,
        config=RunConfig(
            profile=PROFILES[number % len(PROFILES)],
            base_url=f"http://127.0.0.1:{8000 + number % 7}",
            variables={"VUS": "20", "DURATION": f"{seconds:g}s"},
            label=f"nightly {number}" if number % 10 == 0 else None,
            apdex_t_ms=APDEX_T_MS,
        ),
        context=RunContext(stages=((0.0, 20), (seconds, 20)), k6_version="2.2.0", slos={"p95_ms": 300.0}),
        created_at=created_at,
        planned_s=seconds,
        vus_max=20,
        started_at=created_at,
        ended_at=created_at + timedelta(seconds=seconds),
        elapsed_s=seconds,
        exit_code=0,
        exit_reason="k6 ended normally",
        verdict=verdict,
        percentiles_from="histogram",
        samples_lost=False,
        figures=figures_of(tally, seconds, APDEX_T_MS),
        totals=totals_of(tally),
    )


class SyntheticIntervals:
    """The intervals of a long run, one per push, with a keyframe every minute. They reuse `stock` sets of tallies."""

    def __init__(self, operations: int, *, stock: int = 40, requests: int = 130, seed: int = 1) -> None:
        random = Random(seed)
        self._keys = [OpKey(f"Operation{n}", f"group{n % 4}", "") for n in range(operations)]
        self._stock = [self._interval(requests, random) for _ in range(stock)]
        self._cumulative: dict[OpKey, Tally] = {}
        self._seq = 0

    @property
    def overall(self) -> Tally:
        """The cumulative tally of all operations."""
        return self._cumulative[OVERALL]

    @property
    def cumulative(self) -> Mapping[OpKey, Tally]:
        """The cumulative tallies by operation."""
        return self._cumulative

    def next(self) -> Interval:
        """Return the interval of the next push."""
        self._seq += 1
        tallies = self._stock[self._seq % len(self._stock)]
        for key, tally in tallies.items():
            self._cumulative.setdefault(key, Tally()).add(tally)
        keyframe = None
        if self._seq % INTERVALS_PER_KEYFRAME == 0:
            keyframe = {key: total_of((tally,)) for key, tally in self._cumulative.items()}
        return Interval(snapshot=self._snapshot(tallies), tallies=tallies, keyframe=keyframe)

    def _snapshot(self, tallies: dict[OpKey, Tally]) -> Snapshot:
        end_s = self._seq * PUSH_INTERVAL_S
        window = Window(start_s=end_s - PUSH_INTERVAL_S, end_s=end_s, tallies=tallies)
        return snapshot_of(
            window, seq=self._seq, vus=20, busy_vus=None, overall=self.overall, apdex_t_ms=APDEX_T_MS
        )

    def _interval(self, requests: int, random: Random) -> dict[OpKey, Tally]:
        by_op = {key: a_tally(requests, random) for key in self._keys}
        overall = total_of(by_op.values())
        overall.add_trend("iteration_duration", a_histogram(requests, -4.5, random))
        overall.counters.update(data_sent=100.0 * requests, data_received=900.0 * requests)
        return {OVERALL: overall, **by_op}
