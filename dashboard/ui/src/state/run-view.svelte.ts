/** One run with its record, figures, operations, events and timeline, updated by the stream. */
import { ApiError, isAbort, messageOf } from "../api/client";
import { getOps, getRun, getSnapshots } from "../api/runs";
import { getSlo } from "../api/slo";
import type { Breakdown, Op, RunDetail, RunEvent, RunRecord, SloAnswer, Snapshot } from "../api/types";
import { mergeOps } from "../model/figures/operations";
import { isLive } from "../model/runs/status";
import { DownsampledTimeline } from "../model/series/downsampled";
import { Timeline } from "../model/series/timeline";
import { preferences } from "./preferences.svelte";
import { type Subscription, stream } from "./stream.svelte";

const BATCH_DELAY_MS = 50;

interface RunSnapshot {
  run: RunRecord | null;
  breakdown: Breakdown | null;
  ops: Op[];
  events: RunEvent[];
  slo: SloAnswer | null;
}

export class RunView {
  readonly id: string;
  readonly timeline = new Timeline();
  readonly drawn = new DownsampledTimeline(this.timeline);
  state = $state<"loading" | "ready" | "missing" | "failed">("loading");
  problem = $state("");
  /** Plan, SLOs, generator and other data that does not change during the run. */
  detail = $state.raw<RunDetail | null>(null);
  /** The current record, even while the view is frozen. */
  record = $state.raw<RunRecord | null>(null);
  /** The current results of the SLOs, even while the view is frozen. */
  slo = $state.raw<SloAnswer | null>(null);
  latest = $state.raw<Snapshot | null>(null);
  /** Browser time at which `record` arrived, for extrapolating the elapsed time. */
  receivedAt = $state(0);
  /** Rendered state: replaced as a whole, at most once per frame, and not while the view is frozen. */
  shown = $state.raw<RunSnapshot>({ run: null, breakdown: null, ops: [], events: [], slo: null });
  version = $state(0);
  readonly live: boolean = $derived(this.record !== null && isLive(this.record.status));
  #next: RunSnapshot = this.shown;
  #frame = 0;
  #batch: [event: string, data: unknown][] = [];
  #batchTimer: ReturnType<typeof setTimeout> | undefined;
  #subscription: Subscription;
  #abort = new AbortController();

  constructor(id: string) {
    this.id = id;
    this.#subscription = stream.subscribe([`run:${id}`, `ops:${id}`], {
      onevent: (event, data) => this.#addToBatch(event, data),
      onreset: () => void this.load(),
    });
    void this.#subscription.opened.then(() => this.load());
  }

  /** Returns the seconds of load so far, extrapolated to `now` while the run is live. */
  elapsedAt(now: number): number | null {
    const run = this.record;
    if (!run) return null;
    if (!this.live || run.elapsed_s === null) return run.duration_s ?? run.elapsed_s;
    return run.elapsed_s + Math.max(0, now - this.receivedAt) / 1000;
  }

  close(): void {
    this.#subscription.close();
    this.#abort.abort();
    clearTimeout(this.#batchTimer);
    cancelAnimationFrame(this.#frame);
  }

  /** Loads the run. After an interruption, loads only new snapshots and the last known one, which may have changed. */
  async load(): Promise<void> {
    const { signal } = this.#abort;
    try {
      const after = Math.max(0, this.timeline.lastSeq - 1);
      const [detail, ops, columns, slo] = await Promise.all([
        getRun(this.id, signal),
        getOps(this.id, signal),
        getSnapshots(this.id, after, signal),
        getSlo(this.id, signal),
      ]);
      this.#applyBatch();
      this.timeline.merge(columns);
      this.detail = detail;
      this.#setRecord(detail.run);
      this.#next = { run: detail.run, breakdown: detail.breakdown, ops, events: detail.events, slo };
      this.slo = slo;
      this.state = "ready";
      this.#show();
    } catch (error) {
      if (isAbort(error) || signal.aborted) return;
      this.problem = messageOf(error);
      if (this.state === "loading")
        this.state = error instanceof ApiError && error.status === 404 ? "missing" : "failed";
    }
  }

  /** A push causes several messages within a few milliseconds; they are applied and drawn together. */
  #addToBatch(event: string, data: unknown): void {
    this.#batch.push([event, data]);
    this.#batchTimer ??= setTimeout(() => {
      this.#applyBatch();
      if (document.hidden) this.refresh();
      else if (!preferences.frozen) this.#show();
    }, BATCH_DELAY_MS);
  }

  #applyBatch(): void {
    clearTimeout(this.#batchTimer);
    this.#batchTimer = undefined;
    for (const [event, data] of this.#batch.splice(0)) this.#apply(event, data);
  }

  #apply(event: string, data: unknown): void {
    if (event === "run") this.#applyRun(data as RunRecord);
    else if (event === "snapshot") this.#applySnapshot(data as Snapshot);
    else if (event === "breakdown") this.#next = { ...this.#next, breakdown: data as Breakdown };
    else if (event === "slo") this.#applySlo(data as SloAnswer);
    else if (event === "event") this.#applyEvent(data as RunEvent);
    else if (event === "unmark") this.#removeEvent((data as RunEvent).n);
    else if (event === "ops")
      this.#next = { ...this.#next, ops: mergeOps(this.#next.ops, (data as { ops: Op[] }).ops) };
  }

  #applyRun(run: RunRecord): void {
    const ended = this.live && !isLive(run.status);
    this.#setRecord(run);
    this.#next = { ...this.#next, run };
    // A finished run has exact figures, a verdict and final windows, so everything is loaded again.
    if (ended) void this.load();
  }

  #applySlo(slo: SloAnswer): void {
    this.slo = slo;
    this.#next = { ...this.#next, slo };
  }

  #applySnapshot(snapshot: Snapshot): void {
    this.timeline.upsert(snapshot);
    this.latest = snapshot;
  }

  #applyEvent(event: RunEvent): void {
    const others = this.#next.events.filter((other) => other.n !== event.n);
    this.#next = { ...this.#next, events: [...others, event].sort((a, b) => a.n - b.n) };
  }

  #removeEvent(n: number): void {
    this.#next = { ...this.#next, events: this.#next.events.filter((event) => event.n !== n) };
  }

  #setRecord(run: RunRecord): void {
    this.record = run;
    this.receivedAt = Date.now();
  }

  /** Renders with the next frame. Hidden tabs have no frames and draw nothing. */
  refresh(): void {
    if (this.#frame || preferences.frozen) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      if (!preferences.frozen) this.#show();
    });
  }

  #show(): void {
    this.shown = this.#next;
    this.version += 1;
  }
}

/** The data of a run that charts and figures need. A report provides it without a server. */
export type RunData = Pick<RunView, "id" | "timeline" | "drawn" | "detail" | "shown" | "version" | "live">;

const openViews = new Map<string, { view: RunView; useCount: number }>();

/** Returns the shared view of a run. Release the view with `releaseRunView`. */
export function openRunView(id: string): RunView {
  const entry = openViews.get(id) ?? { view: new RunView(id), useCount: 0 };
  entry.useCount += 1;
  openViews.set(id, entry);
  return entry.view;
}

export function releaseRunView(view: RunView): void {
  const entry = openViews.get(view.id);
  if (entry?.view !== view) return;
  entry.useCount -= 1;
  if (entry.useCount > 0) return;
  openViews.delete(view.id);
  view.close();
}
