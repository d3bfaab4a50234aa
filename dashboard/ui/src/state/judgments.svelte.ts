/** The judgments of runs against their baselines, loaded once for each state of a run. */
import { SvelteMap } from "svelte/reactivity";

import { getBaselineComparison } from "../api/history";
import type { BaselineComparison, RunRecord } from "../api/types";
import type { Compared } from "../model/comparison/judgment";
import { baselines } from "./baselines.svelte";

class Judgments {
  readonly #loaded = new SvelteMap<string, BaselineComparison>();
  readonly #requested = new Set<string>();

  /** Returns the judgment of a run; null without a baseline, and until it is loaded. */
  of(run: RunRecord): Compared | null {
    const baseline = baselines.of(run);
    if (!baseline || run.total_reqs === null) return null;
    const key = [run.run_id, run.status, baseline.run_id].join(" ");
    const loaded = this.#loaded.get(key);
    if (!loaded) void this.#load(run.run_id, key);
    return loaded?.run && loaded.judgment ? { baseline: loaded.run, judgment: loaded.judgment } : null;
  }

  /** Failures are ignored: without a judgment, the page only lacks differences. */
  async #load(runId: string, key: string): Promise<void> {
    if (this.#requested.has(key)) return;
    this.#requested.add(key);
    try {
      this.#loaded.set(key, await getBaselineComparison(runId));
    } catch {
      this.#requested.delete(key);
    }
  }
}

export const judgments = new Judgments();
