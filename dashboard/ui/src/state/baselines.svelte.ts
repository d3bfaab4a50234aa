/** Pinned baselines, updated by the stream. */
import { type PinScope, getBaselines, pin, unpin } from "../api/history";
import { hasFirstAnswer } from "../api/first-answers";
import type { Pin, RunRecord } from "../api/types";
import { stream } from "./stream.svelte";

class Baselines {
  pinned = $state.raw<Pin[]>([]);

  async start(): Promise<void> {
    const subscription = stream.subscribe(["runs"], {
      onevent: (event) => {
        if (event === "baseline") void this.load();
      },
      onreset: () => void this.load(),
    });
    if (hasFirstAnswer("/runs/baseline")) await this.load();
    await subscription.opened;
    await this.load();
  }

  /** Failures are ignored: without baselines the page only lacks deltas. */
  async load(): Promise<void> {
    this.pinned = await getBaselines().then(
      ({ pinned }) => pinned,
      () => this.pinned,
    );
  }

  /** Returns the most specific baseline that applies to a run; null if the run is that baseline. */
  of(run: Pick<RunRecord, "run_id" | "profile" | "env_profile">): RunRecord | null {
    const applicable = this.pinned.filter(
      ({ profile, env_profile }) =>
        (profile === null || profile === run.profile) && (env_profile === null || env_profile === run.env_profile),
    );
    const baseline = applicable.sort((a, b) => specificity(a) - specificity(b)).at(-1)?.run ?? null;
    return baseline?.run_id === run.run_id ? null : baseline;
  }

  isPinned(runId: string): boolean {
    return this.pinned.some(({ run_id }) => run_id === runId);
  }

  /** Returns the scopes in which a run is pinned. */
  scopesOf(runId: string): Pin[] {
    return this.pinned.filter(({ run_id }) => run_id === runId);
  }

  async pin(runId: string, scope: PinScope): Promise<void> {
    this.pinned = (await pin(runId, scope)).pinned;
  }

  async unpin(scope: PinScope): Promise<void> {
    await unpin(scope);
    await this.load();
  }
}

const specificity = ({ profile, env_profile }: Pin): number => Number(profile !== null) + Number(env_profile !== null);

export const baselines = new Baselines();
