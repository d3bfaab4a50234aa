/** p95 of every operation in recent runs, for the sparklines of the operations table. */
import { getTrends } from "../api/history";
import type { RunRecord, TrendPoint } from "../api/types";
import { comparableWithNewest } from "../model/comparison/trend";
import { type Parameters, hrefOf } from "../model/navigation/routes";

const RUN_COUNT = 10;

export class OpTrends {
  points = $state.raw<Record<string, TrendPoint[]>>({});
  readonly #run: () => RunRecord | null;

  /** Create an instance during component initialization. If the request fails, the table has no sparklines. */
  constructor(runId: string, run: () => RunRecord | null) {
    this.#run = run;
    const endedAt = $derived(run()?.ended_at ?? null);
    $effect(() => {
      void endedAt;
      const abort = new AbortController();
      getTrends({ run_id: runId, runs: RUN_COUNT }, abort.signal).then(
        (trends) => (this.points = trends),
        () => undefined,
      );
      return () => abort.abort();
    });
  }

  of(op: string): TrendPoint[] {
    return comparableWithNewest(this.points[op] ?? []);
  }

  href(op: string): string {
    const run = this.#run();
    const cohort: Parameters = run
      ? { profile: run.profile, ...(run.env_profile === null ? { target: run.base_url } : { env: run.env_profile }) }
      : {};
    return hrefOf("trend", { op, ...cohort });
  }
}
