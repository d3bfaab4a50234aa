/** Live, queued and recent runs, updated by the stream. */
import { messageOf } from "../api/client";
import { hasFirstAnswer } from "../api/first-answers";
import { continueQueue, getStatus, stopRun } from "../api/run";
import { listRuns } from "../api/runs";
import type { RunRecord } from "../api/types";
import { isLive, isOver } from "../model/runs/status";
import { stream } from "./stream.svelte";

const MAX_RUNS = 60;

type RunListener = (run: RunRecord) => void;

class Runs {
  ready = $state(false);
  problem = $state<string | null>(null);
  queueHeld = $state(false);
  total = $state<number | null>(null);
  /** Newest first; ids sort by time. */
  list = $state.raw<RunRecord[]>([]);
  readonly live: RunRecord[] = $derived(this.list.filter((run) => isLive(run.status)));
  readonly queue: RunRecord[] = $derived(this.list.filter((run) => run.status === "queued").reverse());
  /** The newest ended run that is not a remote run. */
  readonly latest: RunRecord | null = $derived(
    this.list.find((run) => isOver(run.status) && run.origin === null) ?? null,
  );
  /** The run to show if the URL names none. */
  readonly current: RunRecord | null = $derived(this.live[0] ?? this.latest);
  #endListeners = new Set<RunListener>();
  #changeListeners = new Set<(run: RunRecord) => void>();

  async start(): Promise<void> {
    const subscription = stream.subscribe(["runs"], {
      onevent: (event, data) => {
        if (event === "run") this.#put(data as RunRecord);
      },
      onreset: () => void this.load(),
    });
    // The runs that the server embedded in the page are shown first. They may be outdated by the time the stream opens.
    if (hasFirstAnswer(`/runs?limit=${String(MAX_RUNS)}`)) await this.load();
    await subscription.opened;
    await this.load();
  }

  async load(): Promise<void> {
    try {
      const [status, page] = await Promise.all([getStatus(), listRuns({}, MAX_RUNS)]);
      this.queueHeld = status.queue_held;
      this.list = page.items;
      this.total = page.total;
      this.problem = null;
    } catch (error) {
      this.problem = messageOf(error);
    }
    this.ready = true;
  }

  find(runId: string): RunRecord | null {
    return this.list.find((run) => run.run_id === runId) ?? null;
  }

  stop(runId: string): Promise<unknown> {
    return stopRun(runId);
  }

  async continueQueue(): Promise<void> {
    await continueQueue();
    await this.load();
  }

  /** Calls `listener` once for each run that ends. Returns an unsubscribe function. */
  onended(listener: RunListener): () => void {
    this.#endListeners.add(listener);
    return () => this.#endListeners.delete(listener);
  }

  /** Calls `listener` for every change of a run. Returns an unsubscribe function. */
  onchange(listener: (run: RunRecord) => void): () => void {
    this.#changeListeners.add(listener);
    return () => this.#changeListeners.delete(listener);
  }

  #put(run: RunRecord): void {
    const before = this.find(run.run_id);
    if (!before && this.total !== null) this.total += 1;
    this.list = [run, ...this.list.filter((other) => other.run_id !== run.run_id)]
      .sort((a, b) => b.run_id.localeCompare(a.run_id))
      .slice(0, MAX_RUNS);
    if (before && !isOver(before.status) && isOver(run.status))
      for (const listener of this.#endListeners) listener(run);
    for (const listener of this.#changeListeners) listener(run);
  }
}

export const runs = new Runs();
