"""The end of a run: builds the final record from everything in its folder."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from dashboard.engine.exitcodes import ExitStatus
from dashboard.engine.summary import K6Summary, read_summary
from dashboard.model.account import Account, IterationCounts, account_of
from dashboard.model.exact import within
from dashboard.model.figures import Figures, RunTotals, figures_of, totals_of
from dashboard.model.run import Run, from_iso
from dashboard.model.slo import SloResult
from dashboard.model.snapshot import OVERALL, Interval, OpKey
from dashboard.model.tally import Tally
from dashboard.run_folder.files import AuthFile, ExitFile, RunFolder, SecretsFile
from dashboard.runs.live.aggregator import Aggregator
from dashboard.runs.live.control_watch import find_steered_load
from dashboard.runs.live.ending import RunEnding, name_breached, read_ending
from dashboard.runs.live.exact_figures import count_requests, exact_latencies
from dashboard.runs.live.load_clock import load_seconds
from dashboard.runs.live.observations import RunObservations
from dashboard.runs.live.requests_cut import count_requests_cut
from dashboard.runs.publish.payloads import breakdown_of, op_rows
from dashboard.runs.slo.evaluate import SloEvaluator
from dashboard.runs.slo.verdict import Evidence, find_lost_samples, with_verdict


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
    summary = _read_summary(run, folder)
    ending = read_ending(run, folder, exit_file, aggregator, observations)
    if run.context.has_own_script:
        ending = replace(ending, reason=name_breached(ending.reason, summary))
        if aggregator:
            aggregator.count_checks(summary.checks if summary else observations.checks)
    account = _close_account(run, tallies[OVERALL], exit_file, aggregator, observations)
    run = _with_load(run, tallies, aggregator, summary, evaluator)
    run = _with_figures(replace(run, account=account), tallies, summary, ending)
    ended_at = from_iso(exit_file.ended_at) if exit_file else now
    ended = _with_ending(run, ending, observations, ended_at)
    results = evaluator.results(ended, tallies)
    ended = with_verdict(replace(ended, invalid_reason=evaluator.invalid_reason(ended)), results)
    return _with_payloads(ended, tallies, aggregator, results)


def _read_summary(run: Run, folder: RunFolder) -> K6Summary | None:
    """Return what k6 wrote at its end. k6 writes it only when it keeps samples, or for a custom script."""
    has_summary = run.context.keep_samples or run.context.has_own_script
    return read_summary(folder.summary) if has_summary else None


def _with_load(
    run: Run,
    tallies: Mapping[OpKey, Tally],
    aggregator: Aggregator | None,
    summary: K6Summary | None,
    evaluator: SloEvaluator,
) -> Run:
    """Return the run with the facts about its load: when it ran, how it was steered, and its exact latencies."""
    clock = aggregator.clock if aggregator else None
    run = replace(
        run,
        load_started_at=clock.load_started_at if clock else None,
        elapsed_s=load_seconds(clock, summary) if clock else None,
        exact=exact_latencies(tallies, summary),
    )
    return replace(run, steered_load=find_steered_load(run, evaluator.store))


def _with_figures(
    run: Run, tallies: Mapping[OpKey, Tally], summary: K6Summary | None, ending: RunEnding
) -> Run:
    """Return the run with its figures, where they are from, and whether samples were lost."""
    figures, totals, source = _choose_figures(run, tallies, summary)
    missing = run.account.iterations.missing if run.account else 0
    evidence = _collect_evidence(ending.exit_status, count_requests(tallies), summary, missing)
    is_spawned = ending.exit_status.spawned
    lost, why = find_lost_samples(ending.status, evidence) if is_spawned else (None, None)
    return replace(
        run,
        figures=figures,
        totals=totals,
        thresholds=summary.thresholds if summary and run.context.has_own_script else (),
        percentiles_from=source,
        samples_lost=lost,
        samples_lost_reason=why,
    )


def _with_ending(run: Run, ending: RunEnding, observations: RunObservations, ended_at: datetime) -> Run:
    """Return the run with its status, and with what was observed while it ran."""
    return replace(
        run,
        status=ending.status,
        exit_code=ending.exit_status.exit_code,
        exit_reason=ending.reason,
        ended_at=ended_at,
        slo_abort_reason=ending.slo_abort_reason,
        requests_cut=count_requests_cut(ending.exit_status, run, ended_at, observations.peak_vus),
        generator_cpu_max=observations.cpu_max,
        teardown_failure=observations.teardown_failure,
        control=None,
    )


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
