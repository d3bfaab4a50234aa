"""The read side: live and past runs as the API and the command line show them."""

import math
import re
from collections.abc import Callable, Sequence
from typing import Any

from dashboard.model.baseline import applicable_baseline
from dashboard.model.errors import InvalidRequest, NotFound
from dashboard.model.exact import ExactLatencies
from dashboard.model.record import record_of
from dashboard.model.run import Run, RunId
from dashboard.model.slo import SloResult
from dashboard.model.slo_set import SloSet
from dashboard.model.snapshot import OVERALL, OpKey, tallies_by_name
from dashboard.model.tally import Tally, total_of
from dashboard.run_folder.files import RunFolder
from dashboard.runs.publish.console import read_page
from dashboard.runs.publish.failures import group_failures
from dashboard.runs.publish.payloads import breakdown_of, check_rows, op_breakdown_of, op_point, op_rows
from dashboard.runs.publish.publisher import event_entry
from dashboard.runs.slo.evaluate import SloEvaluator
from dashboard.runs.slo.payload import report_row, slo_payload
from dashboard.runs.slo.verdict import decide_verdict
from dashboard.runs.start.launcher import Launcher
from dashboard.store.store import Store

LATEST = "latest"
_RUN_ID = re.compile(r"[0-9a-z-]{1,64}", re.ASCII)


class RunReader:
    """Reads runs. `live_run` returns the published record of a live run."""

    def __init__(
        self,
        store: Store,
        launcher: Launcher,
        evaluator: SloEvaluator,
        live_run: Callable[[RunId], Run | None],
    ) -> None:
        self._store = store
        self._launcher = launcher
        self._evaluator = evaluator
        self._live_run = live_run

    def resolve(self, run_id: str, *, ended: bool = False) -> RunId:
        """Return a valid run id. Raises NotFound.

        `latest` resolves to the newest run that has left the queue, or with `ended` to the newest ended run.
        """
        if run_id != LATEST:
            if not _RUN_ID.fullmatch(run_id):
                raise NotFound("This run does not exist.")
            return run_id
        newest = self._store.runs.newest(ended=ended)
        if newest is None:
            raise NotFound("There are no runs yet.")
        return newest

    def run(self, run_id: str) -> Run:
        """Return the run with its newest figures. Raises NotFound."""
        resolved = self.resolve(run_id)
        run = self._live_run(resolved) or self._store.runs.get(resolved)
        if run is None:
            raise NotFound(f"Run {resolved} does not exist.")
        return run

    def baseline_of(self, run: Run) -> Run | None:
        """Return the baseline that applies to the run. None without one, or if the run is the baseline."""
        config = run.config
        pinned = applicable_baseline(self._store.baselines.all(), config.profile, config.env_profile)
        return self._store.runs.get(pinned.run_id) if pinned and pinned.run_id != run.run_id else None

    def describe(self, run_id: str) -> dict[str, Any]:
        """Return everything about a run except its time series."""
        run = self.run(run_id)
        record = record_of(run)
        context = run.context
        return {
            "run": record,
            "unit": context.plan_unit,
            "plan": [{"at_s": at_s, "target": target} for at_s, target in context.stages],
            "variables": run.config.variables,
            "auth_mode": run.config.auth_mode,
            "auth_fields": run.config.auth_fields,
            "steering_variable": run.config.steering_variable,
            "network": run.config.network,
            "meta": run.config.meta,
            "slos": [report_row(result) for result in self.results(run) if result.level == "run"],
            "notes": run.notes,
            "generator": context.generator,
            "endpoints_sha256": context.endpoints_sha256,
            "dashboard_version": context.dashboard_version,
            "keep_samples": context.keep_samples,
            "push_interval_s": context.push_interval_s,
            "events": [event_entry(number, event) for number, event in self._store.events.of_run(run.run_id)],
            "breakdown": self.breakdown(run),
        }

    def breakdown(self, run: Run) -> dict[str, Any] | None:
        """Return the breakdown of the run so far. None before the first push."""
        tallies = self._store.ranges.cumulative(run.run_id)
        if OVERALL not in tallies:
            return None
        exact = run.figures if run.percentiles_from == "exact" else None
        return breakdown_of(tallies, run.active_s, run.config.apdex_t_ms, exact, run.exact)

    def ops(self, run_id: str) -> list[dict[str, Any]]:
        """Return the operations of the run so far."""
        run = self.run(run_id)
        tallies = self._store.ranges.cumulative(run.run_id)
        return op_rows(tallies, run.active_s, run.config.apdex_t_ms, run.exact, is_whole=True)

    def checks(self, run_id: str) -> list[dict[str, Any]]:
        """Return the results of each check of each operation so far."""
        return check_rows(self._store.ranges.cumulative(self.run(run_id).run_id))

    def op(self, run_id: str, name: str, from_s: float | None, to_s: float | None) -> dict[str, Any]:
        """Return an operation over the run or a range, with its groups merged. Raises NotFound.

        A step of the setup or teardown counts only if no operation of the load has its name.
        """
        low, high = from_s or 0.0, math.inf if to_s is None else to_s
        if not low < high:
            raise InvalidRequest.field("to", "must be later than from")
        run = self.run(run_id)
        window = self._store.ranges.window(run.run_id, low, high)
        tallies = window.tallies if window else {}
        if not any(op.op == name for op in tallies) and not self._has_op(run.run_id, name):
            raise NotFound(f"Run {run.run_id} has no operation {name[:80]}.")
        tally = total_of(tallies_by_name(tallies).get(name, ()))
        series = self._store.op_series.windows(run.run_id, name, low, high)
        seconds = window.to_s - window.from_s if window else None
        known = run.exact or ExactLatencies()
        bounds = known.bounds_of(OpKey(name, "", ""))
        exact = known.operations.get(name) if from_s is None and to_s is None else None
        return {
            "run_id": run.run_id,
            "op": name,
            **op_breakdown_of(tally, seconds, run.config.apdex_t_ms, bounds, exact),
            "series": [
                op_point(point.seq, point.elapsed_s, point.window_s, point.tally, bounds) for point in series
            ],
        }

    def _has_op(self, run_id: RunId, name: str) -> bool:
        return any(op.op == name for op in self._store.ranges.cumulative(run_id))

    def window(self, run_id: str, from_s: float, to_s: float) -> dict[str, Any]:
        """Return the figures of the intervals that end in (from_s, to_s], with their actual start and end."""
        if not from_s < to_s:
            raise InvalidRequest.field("to", "must be later than from")
        run = self.run(run_id)
        window = self._store.ranges.window(run.run_id, from_s, to_s)
        low, high, resolution = (
            (window.from_s, window.to_s, window.resolution_s) if window else (from_s, to_s, 0.0)
        )
        tallies = window.tallies if window else {OVERALL: Tally()}
        seconds = high - low if window else None
        return {
            "run_id": run.run_id,
            "from_s": low,
            "to_s": high,
            "resolution_s": resolution,
            "breakdown": breakdown_of(tallies, seconds, run.config.apdex_t_ms, latencies=run.exact),
            "ops": op_rows(tallies, seconds, run.config.apdex_t_ms, run.exact),
        }

    def failures(self, run_id: str, op: str | None) -> list[dict[str, Any]]:
        """Return the kinds of failed requests, each with its count and samples."""
        run = self.run(run_id)
        return group_failures(
            self._store.ranges.cumulative(run.run_id),
            self._store.exchanges.of_run(run.run_id),
            op,
            run.account if run.status.has_ended else None,
        )

    def folder(self, run_id: RunId) -> RunFolder:
        """Return the folder of a run, whether it exists or not."""
        return self._launcher.folder(run_id)

    def slo(self, run_id: str, current: Callable[[str], SloSet] | None = None) -> dict[str, Any]:
        """Return the SLO results of a run.

        `current` returns the current SLOs of a profile. With it, the run is evaluated against those SLOs instead.
        """
        run = self.run(run_id)
        if current is None:
            return slo_payload(run, self.results(run), run.context.slo_set, run.verdict, run.verdict_reason)
        slo_set = current(run.config.profile)
        results = self._evaluator.results(run, self._store.ranges.cumulative(run.run_id), slo_set)
        verdict, reason = decide_verdict(run, results) if run.status.has_ended else (None, None)
        return slo_payload(run, results, slo_set, verdict, reason)

    def results(self, run: Run) -> Sequence[SloResult]:
        """Return the SLO results stored at the end of a run. A run without stored results is evaluated now."""
        stored = self._store.slo_results.of_run(run.run_id) if run.status.has_ended else ()
        return stored or self._evaluator.results(run, self._store.ranges.cumulative(run.run_id))

    def log(
        self,
        run_id: str,
        *,
        after: int | None = None,
        before: int | None = None,
        limit: int = 500,
        level: str | None = None,
        search: str | None = None,
    ) -> dict[str, Any]:
        """Return a page of k6's console log."""
        run = self.run(run_id)
        folder = self._launcher.folder(run.run_id)
        return read_page(folder, after=after, before=before, limit=limit, level=level, search=search)
