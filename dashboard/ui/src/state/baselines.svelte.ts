/** The pinned runs, kept true by the stream: which one counts for a run, and pinning. */
import { type PinScope, getBaselines, pin, unpin } from "../api/history";
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
    await subscription.opened;
    await this.load();
  }

  /** Without them figures stand alone: nothing else depends on it. */
  async load(): Promise<void> {
    this.pinned = await getBaselines().then(
      ({ pinned }) => pinned,
      () => this.pinned,
    );
  }

  /** The most specific one that counts for a run; none for the baseline itself. */
  of(run: Pick<RunRecord, "run_id" | "profile" | "env_profile">): RunRecord | null {
    const covering = this.pinned.filter(
      ({ profile, env_profile }) =>
        (profile === null || profile === run.profile) && (env_profile === null || env_profile === run.env_profile),
    );
    // They come with the widest scope first.
    const found = covering.sort((a, b) => width(a) - width(b)).at(-1)?.run ?? null;
    return found?.run_id === run.run_id ? null : found;
  }

  isPinned(runId: string): boolean {
    return this.pinned.some(({ run_id }) => run_id === runId);
  }

  /** The scopes that a run is pinned for. */
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

const width = ({ profile, env_profile }: Pin): number => Number(profile !== null) + Number(env_profile !== null);

export const baselines = new Baselines();
