"""A run as points of the five measurements: the same facts give the same points, however often they are sent."""

import base64
import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from dashboard.model.events import Event
from dashboard.model.figures import Figures, figures_of
from dashboard.model.record import FIGURE_NAMES, record_of
from dashboard.model.run import Run
from dashboard.model.slo import SloResult
from dashboard.model.snapshot import OVERALL, OpKey, Snapshot
from dashboard.model.tally import Tally
from dashboard.replica.lines import Field, line

START, FINAL, SLO, SNAPSHOT, OP = "k6_run_start", "k6_run_final", "k6_run_slo", "k6_snapshot", "k6_op"


def start_line(run: Run, body: str, origin: str) -> str:
    """The run began: what was asked for, and the whole of it as JSON in `body`."""
    fields = _plain(record_of(run)) | {"body": body}
    return line(START, tags_of(run, origin), fields, milliseconds(run.created_at))


def final_line(
    run: Run,
    body: str,
    events: Iterable[tuple[int, Event]],
    slos: Iterable[SloResult],
    origin: str,
    sent_ms: int,
) -> str:
    """The run ended. `sent_ms` tells readers what changed since they looked."""
    told = [{**asdict(event), "at": event.at.isoformat()} for _, event in events]
    judged = [asdict(result) for result in slos]
    more: dict[str, Field] = {"body": body, "events": json.dumps(told), "slos": json.dumps(judged)}
    more["sent_ms"] = float(sent_ms)
    return line(FINAL, tags_of(run, origin), _plain(record_of(run)) | more, milliseconds(run.created_at))


def slo_lines(run: Run, slos: Iterable[SloResult], origin: str) -> Iterator[str]:
    """What the run was held against; `pass` is missing when the figure is."""
    for result in slos:
        tags = {**tags_of(run, origin), "level": result.level, "name": result.name, "metric": result.key}
        passed = None if result.passed is None else float(result.passed)
        fields: dict[str, Field] = {"value": result.value, "threshold": result.limit, "pass": passed}
        yield line(SLO, tags, fields | {"reason": result.words}, milliseconds(run.created_at))


def snapshot_lines(
    run: Run, snapshot: Snapshot, tallies: Iterable[tuple[OpKey, bytes]], origin: str
) -> Iterator[str]:
    """One snapshot, and an interval for each operation that was called in it."""
    tags, at_ms = tags_of(run, origin), snapshot_ms(run, snapshot.elapsed_s)
    overall: dict[str, Field] = {}
    for key, blob in tallies:
        tally = base64.b64encode(blob).decode()
        if key == OVERALL:
            overall["tally"] = tally
            continue
        figures = figures_of(Tally.from_bytes(blob), snapshot.window_s, run.config.apdex_t_ms)
        counted = {"seq": snapshot.seq, "window_s": snapshot.window_s, **_figures(figures), "tally": tally}
        yield line(OP, {**tags, "op": key.op, "group": key.group, "phase": key.phase}, counted, at_ms)
    yield line(SNAPSHOT, tags, asdict(snapshot) | overall, at_ms)


def tags_of(run: Run, origin: str) -> dict[str, str | None]:
    """What never changes about a run: a point that is sent again must meet the same series."""
    return {
        "run_id": run.run_id,
        "profile": run.config.profile,
        "env_profile": run.config.env_profile,
        "origin": origin,
    }


def milliseconds(moment: datetime) -> int:
    """Unix milliseconds."""
    return round(moment.timestamp() * 1000)


def snapshot_ms(run: Run, elapsed_s: float) -> int:
    """When a snapshot was taken, by the clock of the run's start."""
    return milliseconds((run.started_at or run.created_at) + timedelta(seconds=elapsed_s))


def _figures(figures: Figures) -> dict[str, Field]:
    return {name: getattr(figures, name) for name in FIGURE_NAMES}


def _plain(record: dict[str, Any]) -> dict[str, Field]:
    return {name: value for name, value in record.items() if isinstance(value, float | int | bool | str)}
