"""The end of a run: from everything that lies in its folder to its final record."""

import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import pairwise
from math import ceil
from typing import Any

from dashboard.engine.exitcodes import STOP_CODES, ExitStatus, final_status
from dashboard.engine.summary import K6Summary, read_summary
from dashboard.model.figures import Figures, RunTotals, figures_of, totals_of
from dashboard.model.run import Run, RunStatus, from_iso
from dashboard.model.slo import SloResult
from dashboard.model.snapshot import OVERALL, Interval, OpKey, Snapshot
from dashboard.model.tally import Tally
from dashboard.run_folder.files import (
    AuthFile,
    ExitFile,
    PidFile,
    RunFolder,
    SecretsFile,
    StopFile,
    UnreadableFile,
)
from dashboard.runs.live.aggregator import Aggregator
from dashboard.runs.live.slo_watch import ABORTED
from dashboard.runs.publish.console import ConsoleLine
from dashboard.runs.publish.payloads import breakdown_of, op_rows
from dashboard.runs.slo.evaluate import SloEvaluator
from dashboard.runs.slo.verdict import Evidence, lost_samples, with_verdict

CUTTING_CODES = (*STOP_CODES, 2, 108, 109)
KEPT_ERRORS = 20
_USED_UP = re.compile(r"data file [A-Za-z][A-Za-z0-9_-]{0,63}: all rows were used")
QUOTED_CHARACTERS = 600


@dataclass(slots=True)
class RunObservations:
    """What a session noticed on its way."""

    loss_logged: bool = False
    errors: list[str] = field(default_factory=list)
    last_words: str | None = None
    cpu_max: float | None = None
    most_vus: int = 0

    def read(self, lines: list[ConsoleLine]) -> None:
        """Keep the first errors of the console, and the last line that its logger did not call harmless."""
        for line in (found.line for found in lines):
            if line.level == "error" and len(self.errors) < KEPT_ERRORS:
                self.errors.append(line.message)
            if line.at is None or line.level in ("warning", "error"):
                self.last_words = line.message

    def watch(self, snapshots: list[Snapshot]) -> None:
        """The most users and the most that the generator used over the whole run."""
        for snapshot in snapshots:
            self.most_vus = max(self.most_vus, snapshot.vus or 0)
            if snapshot.generator_cpu is not None:
                self.cpu_max = max(self.cpu_max or 0.0, snapshot.generator_cpu)


@dataclass(frozen=True, slots=True)
class FinalRecord:
    """The final record and what is shown with it."""

    run: Run
    intervals: list[Interval]
    breakdown: dict[str, Any]
    ops: list[dict[str, Any]]
    seq: int
    slo_results: tuple[SloResult, ...]


def finish(
    run: Run,
    folder: RunFolder,
    exit_file: ExitFile | None,
    aggregator: Aggregator | None,
    findings: RunObservations,
    evaluator: SloEvaluator,
    now: datetime,
) -> FinalRecord:
    """Everything about the end of `run`; secrets and rows of data files in its folder are removed."""
    _clear(folder)
    tallies = aggregator.cumulative if aggregator else {OVERALL: Tally()}
    ending = read_exit_status(run, folder, exit_file, final_push=bool(aggregator and aggregator.final_push))
    ending = replace(ending, data_exhausted=_data_exhausted(findings))
    status, reason, aborted = _outcome(ending, folder, findings)
    summary = read_summary(folder.summary) if run.context.keep_samples else None
    overall = tallies[OVERALL]
    evidence = _evidence(ending, overall, summary)
    lost, why = lost_samples(status, evidence) if ending.spawned else (None, None)
    elapsed_s = aggregator.elapsed_s if aggregator and aggregator.elapsed_s else None
    ended_at = from_iso(exit_file.ended_at) if exit_file else now
    figures, totals, source = _final_figures(run, overall, elapsed_s, summary)
    ended = replace(
        run,
        status=status,
        exit_code=ending.exit_code,
        exit_reason=reason,
        ended_at=ended_at,
        elapsed_s=elapsed_s,
        figures=figures,
        totals=totals,
        percentiles_from=source,
        samples_lost=lost,
        samples_lost_reason=why,
        slo_abort_reason=aborted,
        requests_cut=_cut(ending, findings, run, ended_at),
        generator_cpu_max=findings.cpu_max,
        control=None,
    )
    results = evaluator.results(ended, tallies)
    ended = with_verdict(replace(ended, invalid_reason=evaluator.invalid_reason(ended)), results)
    return _shown(ended, tallies, aggregator, results)


def _shown(
    ended: Run, tallies: Mapping[OpKey, Tally], aggregator: Aggregator | None, results: tuple[SloResult, ...]
) -> FinalRecord:
    """The final record with what is shown beside it."""
    elapsed_s, apdex_t_ms = ended.elapsed_s, ended.config.apdex_t_ms
    closing = aggregator.closing_interval() if aggregator else None
    return FinalRecord(
        ended,
        [closing] if closing else [],
        breakdown_of(tallies, elapsed_s, apdex_t_ms, ended.figures),
        op_rows(tallies, elapsed_s, apdex_t_ms),
        closing.snapshot.seq if closing else 0,
        results,
    )


def _clear(folder: RunFolder) -> None:
    """Nobody needs the secrets and the rows any more."""
    folder.remove(SecretsFile)
    folder.remove(AuthFile)
    shutil.rmtree(folder.data, ignore_errors=True)


def _outcome(
    ending: ExitStatus, folder: RunFolder, findings: RunObservations
) -> tuple[RunStatus, str | None, str | None]:
    """How it ended, why, and the broken limit for which the dashboard ended it."""
    status, reason = final_status(ending)
    if not folder.path.is_dir():
        reason = "the folder of the run is gone"
    aborted = _slo_abort(folder) if status is RunStatus.STOPPED else None
    if aborted:
        reason = f"stopped by the dashboard: {aborted}"
    if status is RunStatus.FAILED:
        reason = with_first_error(reason, findings)
    return status, reason, aborted


def _slo_abort(folder: RunFolder) -> str | None:
    """The broken limit for which the dashboard itself asked for the end."""
    try:
        stop = folder.read(StopFile)
    except UnreadableFile:
        return None
    return stop.reason if stop and stop.reason.startswith(ABORTED) else None


def read_exit_status(run: Run, folder: RunFolder, exit_file: ExitFile | None, *, final_push: bool) -> ExitStatus:
    """What the folder tells of the end."""
    if exit_file is None:
        spawned = folder.has(PidFile) or run.started_at is not None
        return ExitStatus(final_push=final_push, spawned=spawned, stop_requested=folder.has(StopFile))
    return ExitStatus(
        exit_code=exit_file.exit_code,
        signal=exit_file.signal,
        stop_requested=exit_file.stop_requested,
        timed_out=exit_file.timed_out,
        killed=exit_file.killed,
        final_push=final_push,
        start_error=exit_file.start_error,
        spawned=exit_file.started_at is not None,
        drained=exit_file.drained is True,
    )


def _evidence(ending: ExitStatus, overall: Tally, summary: K6Summary | None) -> Evidence:
    return Evidence(
        requests=overall.requests,
        final_push=ending.final_push,
        killed=ending.killed or ending.signal is not None,
        summary=summary,
    )


def _data_exhausted(findings: RunObservations) -> str | None:
    """Which data file came to its end, when that is what ended the run (k6/lib/data.js)."""
    found = (_USED_UP.search(words) for words in findings.errors)
    return next((match[0] for match in found if match), None)


def with_first_error(reason: str, findings: RunObservations) -> str:
    """k6's own first error behind the reason, since it knows best."""
    words = next(iter(findings.errors), None) or findings.last_words
    return f"{reason}: {words[:QUOTED_CHARACTERS]}" if words and words not in reason else reason


def _final_figures(
    run: Run, overall: Tally, elapsed_s: float | None, summary: K6Summary | None
) -> tuple[Figures, RunTotals, str | None]:
    """Exact figures from the summary where they are of the same requests, else from the histograms."""
    figures = figures_of(overall, elapsed_s, run.config.apdex_t_ms)
    totals = totals_of(overall)
    if summary is None or summary.requests != figures.total_reqs or not figures.total_reqs:
        return figures, totals, "histogram" if figures.total_reqs else None
    if summary.dropped_iterations is not None:
        totals = replace(totals, dropped_iterations=summary.dropped_iterations)
    exact: Figures = replace(figures, **summary.durations)  # type: ignore[arg-type]
    return exact, totals, "exact"


def _cut(ending: ExitStatus, findings: RunObservations, run: Run, ended_at: datetime) -> int | None:
    """Requests that an end before time may have cut in flight: at most one for each user there was until then."""
    unseen = ending.spawned and ending.exit_code is None and (ending.stop_requested or not ending.final_push)
    if ending.exit_code == 108 and ending.data_exhausted:
        return None
    if ending.drained:
        return 0
    if not unseen and ending.exit_code not in CUTTING_CODES and not ending.killed:
        return None
    if run.started_at is None:
        return run.vus_max
    return max(findings.most_vus, _planned_vus(run, (ended_at - run.started_at).total_seconds()))


def _planned_vus(run: Run, until_s: float) -> int:
    """The most users that were planned up to a moment: there may be more of them than the last push told."""
    if run.context.plan_unit != "vus":
        return run.vus_max
    most = 0.0
    for (at_s, vus), (next_s, next_vus) in pairwise(run.context.stages):
        if at_s <= until_s:
            share = min(1.0, (until_s - at_s) / (next_s - at_s)) if next_s > at_s else 1.0
            most = max(most, vus, vus + (next_vus - vus) * share)
    return ceil(most)
