"""The end of a run: builds the final record from everything in its folder."""

import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from dashboard.engine.exitcodes import ExitStatus, final_status
from dashboard.engine.summary import K6Summary, read_summary
from dashboard.model.account import Account, IterationCounts, account_of
from dashboard.model.exact import within
from dashboard.model.figures import Figures, RunTotals, figures_of, totals_of
from dashboard.model.run import Run, RunStatus, from_iso
from dashboard.model.slo import SloResult, join_messages
from dashboard.model.snapshot import OVERALL, Interval, OpKey
from dashboard.model.tally import Tally
from dashboard.run_folder.files import AuthFile, ExitFile, PidFile, RunFolder, SecretsFile, StopFile
from dashboard.run_folder.validation import UnreadableFile
from dashboard.runs.live.aggregator import Aggregator
from dashboard.runs.live.control_watch import find_steered_load
from dashboard.runs.live.exact_figures import count_requests, exact_latencies
from dashboard.runs.live.load_clock import load_seconds
from dashboard.runs.live.observations import RunObservations
from dashboard.runs.live.requests_cut import count_requests_cut
from dashboard.runs.live.slo_watch import SLO_ABORT_PREFIX
from dashboard.runs.publish.payloads import breakdown_of, op_rows
from dashboard.runs.slo.evaluate import SloEvaluator
from dashboard.runs.slo.verdict import Evidence, find_lost_samples, with_verdict

_DATA_EXHAUSTED = re.compile(r"data file [A-Za-z][A-Za-z0-9_-]{0,63}: all rows were used")
MAX_QUOTED_CHARACTERS = 600


@dataclass(frozen=True, slots=True)
class FinishedRun:
    """The final record of a run, and the payloads that are published with it."""

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
    observations: RunObservations,
    evaluator: SloEvaluator,
    now: datetime,
) -> FinishedRun:
    """Return the final record of `run`. Secrets and data file rows in its folder are deleted."""
    _delete_secrets(folder)
    if aggregator:
        aggregator.close()
    tallies = aggregator.cumulative if aggregator else {OVERALL: Tally()}
    exit_status = read_exit_status(
        run, folder, exit_file, final_push=bool(aggregator and aggregator.final_push)
    )
    exit_status = replace(exit_status, data_exhausted=_data_exhausted_message(observations))
    status, reason, slo_abort_reason = _determine_outcome(exit_status, folder, observations)
    has_summary = run.context.keep_samples or run.context.has_own_script
    summary = read_summary(folder.summary) if has_summary else None
    if run.context.has_own_script:
        reason = _name_breached(reason, summary)
        if aggregator:
            aggregator.count_checks(summary.checks if summary else observations.checks)
    account = _close_account(run, tallies[OVERALL], exit_file, aggregator, observations)
    evidence = _collect_evidence(exit_status, count_requests(tallies), summary, account.iterations.missing)
    lost, why = find_lost_samples(status, evidence) if exit_status.spawned else (None, None)
    elapsed_s = load_seconds(aggregator.clock, summary) if aggregator else None
    ended_at = from_iso(exit_file.ended_at) if exit_file else now
    run = replace(
        run,
        load_started_at=aggregator.clock.load_started_at if aggregator else None,
        elapsed_s=elapsed_s,
    )
    run = replace(run, steered_load=find_steered_load(run, evaluator.store))
    run = replace(run, exact=exact_latencies(tallies, summary))
    figures, totals, source = _choose_figures(run, tallies, summary)
    ended = replace(
        run,
        status=status,
        exit_code=exit_status.exit_code,
        exit_reason=reason,
        ended_at=ended_at,
        figures=figures,
        totals=totals,
        account=account,
        thresholds=summary.thresholds if summary and run.context.has_own_script else (),
        percentiles_from=source,
        samples_lost=lost,
        samples_lost_reason=why,
        slo_abort_reason=slo_abort_reason,
        requests_cut=count_requests_cut(exit_status, run, ended_at, observations.peak_vus),
        generator_cpu_max=observations.cpu_max,
        teardown_failure=observations.teardown_failure,
        control=None,
    )
    results = evaluator.results(ended, tallies)
    ended = with_verdict(replace(ended, invalid_reason=evaluator.invalid_reason(ended)), results)
    return _with_payloads(ended, tallies, aggregator, results)


def _with_payloads(
    ended: Run, tallies: Mapping[OpKey, Tally], aggregator: Aggregator | None, results: tuple[SloResult, ...]
) -> FinishedRun:
    """Add the payloads to the final record."""
    active_s, apdex_t_ms = ended.active_s, ended.config.apdex_t_ms
    closing = aggregator.closing_interval() if aggregator else None
    return FinishedRun(
        ended,
        [closing] if closing else [],
        breakdown_of(tallies, active_s, apdex_t_ms, ended.figures, ended.exact),
        op_rows(tallies, active_s, apdex_t_ms, ended.exact, is_whole=True),
        closing.snapshot.seq if closing else 0,
        results,
    )


def _delete_secrets(folder: RunFolder) -> None:
    """Delete the secrets and the rows of data files, which only k6 needed."""
    folder.remove(SecretsFile)
    folder.remove(AuthFile)
    shutil.rmtree(folder.data, ignore_errors=True)


def _determine_outcome(
    exit_status: ExitStatus, folder: RunFolder, observations: RunObservations
) -> tuple[RunStatus, str | None, str | None]:
    """Return the status, its reason, and the breached SLO for which the dashboard stopped the run."""
    status, reason = final_status(exit_status)
    if not folder.path.is_dir():
        reason = "the run folder is missing"
    slo_abort_reason = _find_slo_abort_reason(folder) if status is RunStatus.STOPPED else None
    if slo_abort_reason:
        reason = f"stopped by the dashboard: {slo_abort_reason}"
    if status is RunStatus.FAILED:
        reason = with_first_error(reason, observations)
    return status, reason, slo_abort_reason


def _find_slo_abort_reason(folder: RunFolder) -> str | None:
    """Return the breached SLO for which the dashboard requested the stop."""
    try:
        stop = folder.read(StopFile)
    except UnreadableFile:
        return None
    return stop.reason if stop and stop.reason.startswith(SLO_ABORT_PREFIX) else None


def read_exit_status(
    run: Run, folder: RunFolder, exit_file: ExitFile | None, *, final_push: bool
) -> ExitStatus:
    """Read how k6 exited from the run folder; without exit.json, infer it."""
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


def _name_breached(reason: str | None, summary: K6Summary | None) -> str | None:
    """Append the breached thresholds of the script to k6's reason for failing."""
    breached = (
        [threshold.message for threshold in summary.thresholds if not threshold.passed] if summary else []
    )
    return f"{reason}: {join_messages(breached)}" if breached else reason


def _close_account(
    run: Run,
    overall: Tally,
    exit_file: ExitFile | None,
    aggregator: Aggregator | None,
    observations: RunObservations,
) -> Account:
    """Return the account with k6's own final counts. A k6 that was killed did not print them."""
    final_push = aggregator is not None and aggregator.final_push
    is_final = (
        exit_file is not None and (exit_file.exit_code is not None or final_push) and not exit_file.killed
    )
    counts = IterationCounts(
        ended=exit_file.iterations_ended if exit_file and is_final else None,
        cut=exit_file.iterations_cut if exit_file and is_final else None,
        uncaught=observations.uncaught,
    )
    idle = aggregator.idle_iterations if aggregator else None
    return account_of(overall, counts, idle, own_script=run.context.has_own_script)


def _collect_evidence(
    exit_status: ExitStatus, requests: int, summary: K6Summary | None, missing_iterations: int
) -> Evidence:
    return Evidence(
        requests=requests,
        missing_iterations=missing_iterations,
        final_push=exit_status.final_push,
        killed=exit_status.killed or exit_status.signal is not None,
        summary=summary,
    )


def _data_exhausted_message(observations: RunObservations) -> str | None:
    """Return the message of k6/lib/data/data-files.js if the run ended because a data file had no rows left."""
    matches = (_DATA_EXHAUSTED.search(message) for message in observations.errors)
    return next((match[0] for match in matches if match), None)


def with_first_error(reason: str, observations: RunObservations) -> str:
    """Append k6's own first error to the reason, since it is the most specific."""
    error = next(iter(observations.errors), None) or observations.last_output
    return f"{reason}: {error[:MAX_QUOTED_CHARACTERS]}" if error and error not in reason else reason


def _choose_figures(
    run: Run, tallies: Mapping[OpKey, Tally], summary: K6Summary | None
) -> tuple[Figures, RunTotals, str | None]:
    """Return the figures of the run with the exact latencies, and where its percentiles are from."""
    overall = tallies[OVERALL]
    figures, totals = figures_of(overall, run.active_s, run.config.apdex_t_ms), totals_of(overall)
    if summary is None or run.exact is None or not run.exact.run:
        return figures, totals, "histogram" if figures.total_reqs else None
    if summary.dropped_iterations is not None:
        totals = replace(totals, dropped_iterations=summary.dropped_iterations)
    return within(figures, run.bounds, run.exact.run), totals, "exact"
