"""The sizes of the measurements: for the full table, or for a quick check during development."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """The sizes of all measurements. The budgets apply to those of FULL.

    pairs, pair_s: pairs of k6 runs without and with the dashboard, and the length of a run
    rates, probe_s: rates of requests to try, highest first, and the length of each try
    starts: starts of the dashboard
    prepared: numbers of endpoints and users of the runs whose preparation is measured; the budget is for the last
    rate_s: length of the runs whose rates are compared with k6's summary
    op_counts, pushes, push_rounds: numbers of operations per push, pushes per round, rounds
    history_runs, repeats: stored runs, and repetitions of each request
    streams, stream_pushes, stream_pace_s: stream clients, pushes sent to them, seconds between pushes
    long_run_s, long_run_ops: length and operations of the run whose ranges are queried
    backlog_s, backlog_run_s: length of the backlog, and of a run during its transfer to InfluxDB
    framework_pairs, framework_requests: pairs of k6 runs with and without the framework, requests per run
    idle_s, posts: seconds for which the idle runner is observed, and pushes of each size that it receives afterwards
    quiet_wait_s: maximum wait for a quiet machine before each measurement and each pair
    """

    pairs: int
    pair_s: int
    rates: tuple[int, ...] = (2_000, 1_500, 1_000, 500)
    probe_s: int = 3
    starts: int
    prepared: tuple[tuple[int, int], ...] = ((1, 1), (5_000, 1), (1, 1_000), (2_000, 30), (5_000, 1_000))
    rate_s: int
    op_counts: tuple[int, ...] = (12, 100, 1_000)
    pushes: int
    push_rounds: int
    history_runs: int
    repeats: int
    streams: int
    stream_pushes: int
    stream_pace_s: float
    long_run_s: int
    long_run_ops: int = 30
    backlog_s: float
    backlog_run_s: int
    framework_pairs: int
    framework_requests: int
    idle_s: float
    posts: int
    quiet_wait_s: float = 0.0


FULL = Scale(
    pairs=15,
    pair_s=6,
    starts=9,
    rate_s=20,
    pushes=24,
    push_rounds=4,
    history_runs=10_000,
    repeats=30,
    streams=50,
    stream_pushes=120,
    stream_pace_s=0.5,
    long_run_s=8 * 3600,
    backlog_s=24 * 3600,
    backlog_run_s=60,
    framework_pairs=11,
    framework_requests=20_000,
    idle_s=20.0,
    posts=100,
    quiet_wait_s=20.0,
)
QUICK = Scale(
    pairs=3,
    pair_s=4,
    starts=3,
    prepared=((1, 1), (5_000, 1_000)),
    rate_s=6,
    pushes=16,
    push_rounds=2,
    history_runs=2_000,
    repeats=10,
    streams=50,
    stream_pushes=20,
    stream_pace_s=0.25,
    long_run_s=1800,
    backlog_s=3600,
    backlog_run_s=10,
    framework_pairs=3,
    framework_requests=8_000,
    idle_s=4.0,
    posts=20,
)
