/** One run as pages show it, live or past: its record, figures, operations, events and timeline, kept true by the stream. */
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

const GATHER_MS = 50;

interface Parts {
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
  /** Plan, limits, generator: what does not change while the run goes on. */
  detail = $state.raw<RunDetail | null>(null);
  /** The record as it is now, also while the picture is frozen. */
  record = $state.raw<RunRecord | null>(null);
  latest = $state.raw<Snapshot | null>(null);
  /** When `record` was heard, by this browser's clock: what lies between is counted on. */
  receivedAt = $state(0);
  /** The picture: changes together, at most once a frame, not while it is frozen. */
  shown = $state.raw<Parts>({ run: null, breakdown: null, ops: [], events: [], slo: null });
  version = $state(0);
  readonly live: boolean = $derived(this.record !== null && isLive(this.record.status));
  #next: Parts = this.shown;
  #frame = 0;
  #gathered: [event: string, data: unknown][] = [];
  #gathering: ReturnType<typeof setTimeout> | undefined;
  #subscription: Subscription;
  #abort = new AbortController();

  constructor(id: string) {
    this.id = id;
    this.#subscription = stream.subscribe([`run:${id}`, `ops:${id}`], {
      onevent: (event, data) => this.#gather(event, data),
      onreset: () => void this.load(),
    });
    void this.#subscription.opened.then(() => this.load());
  }

  close(): void {
    this.#subscription.close();
    this.#abort.abort();
    clearTimeout(this.#gathering);
    cancelAnimationFrame(this.#frame);
  }

  /** Everything, or after a break what is new: the snapshot before the break may have grown. */
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
      this.#takeAll();
      this.timeline.merge(columns);
      this.detail = detail;
      this.#hear(detail.run);
      this.#next = { run: detail.run, breakdown: detail.breakdown, ops, events: detail.events, slo };
      this.state = "ready";
      this.#show();
    } catch (error) {
      if (isAbort(error) || signal.aborted) return;
      this.problem = messageOf(error);
      if (this.state === "loading")
        this.state = error instanceof ApiError && error.status === 404 ? "missing" : "failed";
    }
  }

  /** One push makes several messages within some milliseconds: they are one change, drawn once. */
  #gather(event: string, data: unknown): void {
    this.#gathered.push([event, data]);
    this.#gathering ??= setTimeout(() => {
      this.#takeAll();
      if (document.hidden) this.refresh();
      else if (!preferences.paused) this.#show();
    }, GATHER_MS);
  }

  #takeAll(): void {
    clearTimeout(this.#gathering);
    this.#gathering = undefined;
    for (const [event, data] of this.#gathered.splice(0)) this.#take(event, data);
  }

  #take(event: string, data: unknown): void {
    if (event === "run") this.#takeRun(data as RunRecord);
    else if (event === "snapshot") this.#takeSnapshot(data as Snapshot);
    else if (event === "breakdown") this.#next = { ...this.#next, breakdown: data as Breakdown };
    else if (event === "slo") this.#next = { ...this.#next, slo: data as SloAnswer };
    else if (event === "event") this.#takeEvent(data as RunEvent);
    else if (event === "unmark") this.#dropEvent((data as RunEvent).n);
    else if (event === "ops")
      this.#next = { ...this.#next, ops: mergeOps(this.#next.ops, (data as { ops: Op[] }).ops) };
  }

  #takeRun(run: RunRecord): void {
    const ended = this.live && !isLive(run.status);
    this.#hear(run);
    this.#next = { ...this.#next, run };
    // The end brings exact figures, the verdict and the last windows: read them whole.
    if (ended) void this.load();
  }

  #takeSnapshot(snapshot: Snapshot): void {
    this.timeline.upsert(snapshot);
    this.latest = snapshot;
  }

  #takeEvent(event: RunEvent): void {
    const others = this.#next.events.filter((other) => other.n !== event.n);
    this.#next = { ...this.#next, events: [...others, event].sort((a, b) => a.n - b.n) };
  }

  #dropEvent(n: number): void {
    this.#next = { ...this.#next, events: this.#next.events.filter((event) => event.n !== n) };
  }

  #hear(run: RunRecord): void {
    this.record = run;
    this.receivedAt = Date.now();
  }

  /** Show what is new with the next frame: a hidden tab draws nothing. */
  refresh(): void {
    if (this.#frame || preferences.paused) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      if (!preferences.paused) this.#show();
    });
  }

  #show(): void {
    this.shown = this.#next;
    this.version += 1;
  }
}

/** What figures and charts need of a run: a report has it without a server. */
export type RunData = Pick<RunView, "id" | "timeline" | "drawn" | "detail" | "shown" | "version" | "live">;

const open = new Map<string, { view: RunView; users: number }>();

/** The view of a run, shared by all that show it. Give it back with `releaseRunView`. */
export function openRunView(id: string): RunView {
  const known = open.get(id) ?? { view: new RunView(id), users: 0 };
  known.users += 1;
  open.set(id, known);
  return known.view;
}

export function releaseRunView(view: RunView): void {
  const known = open.get(view.id);
  if (known?.view !== view) return;
  known.users -= 1;
  if (known.users > 0) return;
  open.delete(view.id);
  view.close();
}
