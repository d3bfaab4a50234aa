/** The last runs of every operation, for the lines in the table of operations: read once for a run that is shown. */
import { getTrends } from "../api/history";
import type { RunRecord, TrendPoint } from "../api/types";
import { type Parameters, hrefOf } from "../model/navigation/routes";

const RUNS = 10;

export class OpTrends {
  points = $state.raw<Record<string, TrendPoint[]>>({});
  readonly #run: () => RunRecord | null;

  /** Made while a component starts. Without an answer the table stands without lines. */
  constructor(runId: string, run: () => RunRecord | null) {
    this.#run = run;
    const over = $derived(run()?.ended_at ?? null);
    $effect(() => {
      void over;
      const abort = new AbortController();
      getTrends({ run_id: runId, runs: RUNS }, abort.signal).then(
        (found) => (this.points = found),
        () => undefined,
      );
      return () => abort.abort();
    });
  }

  of(op: string): TrendPoint[] {
    return this.points[op] ?? [];
  }

  href(op: string): string {
    const run = this.#run();
    const kind: Parameters = run
      ? { profile: run.profile, ...(run.env_profile === null ? { target: run.base_url } : { env: run.env_profile }) }
      : {};
    return hrefOf("trend", { op, ...kind });
  }
}
