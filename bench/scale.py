"""How much is measured: the full table, or a quick look while working on the code."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """The sizes of all measurements; the budgets are meant for those of FULL.

    pairs, pair_s: runs of k6 without and with the dashboard · starts: of the program
    op_counts, pushes, push_rounds: pushes with so many operations, of which so many are measured so many times
    history_runs: stored runs · repeats: of each request
    streams, stream_pushes, stream_pace_s: listeners, what they are sent and how fast
    long_run_s: length of the run that ranges are asked of
    backlog_s, backlog_beside_s: length of the run that waits for InfluxDB, and of the one beside it
    framework_pairs, framework_requests: runs of k6 with the framework and without, and the requests of each
    idle_s, posts: how long the runner is watched idle, and what it is sent then
    calm_s: how long to wait for a quiet moment before each measurement and each pair
    """

    pairs: int
    pair_s: int
    rates: tuple[int, ...] = (2_000, 1_500, 1_000, 500)
    probe_s: int = 3
    starts: int
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
    backlog_beside_s: int
    framework_pairs: int
    framework_requests: int
    idle_s: float
    posts: int
    calm_s: float = 0.0


FULL = Scale(
    pairs=15,
    pair_s=6,
    starts=9,
    pushes=24,
    push_rounds=4,
    history_runs=10_000,
    repeats=30,
    streams=50,
    stream_pushes=120,
    stream_pace_s=0.5,
    long_run_s=8 * 3600,
    backlog_s=24 * 3600,
    backlog_beside_s=60,
    framework_pairs=11,
    framework_requests=20_000,
    idle_s=20.0,
    posts=100,
    calm_s=20.0,
)
QUICK = Scale(
    pairs=3,
    pair_s=4,
    starts=3,
    pushes=16,
    push_rounds=2,
    history_runs=2_000,
    repeats=10,
    streams=50,
    stream_pushes=20,
    stream_pace_s=0.25,
    long_run_s=1800,
    backlog_s=3600,
    backlog_beside_s=10,
    framework_pairs=3,
    framework_requests=8_000,
    idle_s=4.0,
    posts=20,
)
