/** Time series and figures of one operation, updated while the run is live. */
import { ApiError, isAbort, messageOf } from "../api/client";
import { getOp } from "../api/runs";
import type { Op, OpBreakdown, Range } from "../api/types";
import { opTimeline } from "../model/series/op-timeline";
import { DownsampledTimeline } from "../model/series/downsampled";
import { Timeline } from "../model/series/timeline";
import { preferences } from "./preferences.svelte";
import type { RunView } from "./run-view.svelte";
import { type Subscription, stream } from "./stream.svelte";

const MIN_LOAD_INTERVAL_MS = 1_000;
/** Between two fetches, wait this multiple of the response time: the series of a long run is expensive to fetch. */
const LOAD_TIME_FACTOR = 5;

export class OpView {
  readonly name: string;
  state = $state<"loading" | "ready" | "missing" | "failed">("loading");
  problem = $state("");
  /** Figures of the run or of the selected range. */
  breakdown = $state.raw<OpBreakdown | null>(null);
  timeline = $state.raw(new Timeline());
  drawn = $state.raw(new DownsampledTimeline(this.timeline));
  version = $state(0);
  readonly #view: RunView;
  #range: Range | null = null;
  #subscription: Subscription;
  #abort = new AbortController();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #nextLoadAt = 0;

  constructor(view: RunView, name: string) {
    this.#view = view;
    this.name = name;
    this.#subscription = stream.subscribe([`ops:${view.id}`], {
      onevent: (_, data) => {
        if ((data as { ops: Op[] }).ops.some(({ op }) => op === name)) this.#schedule();
      },
      onreset: () => this.#schedule(),
    });
  }

  /** Loads the figures of a range immediately, or those of the run if `range` is null. */
  show(range: Range | null): void {
    this.#range = range;
    this.#abort.abort();
    this.#abort = new AbortController();
    void this.load();
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#subscription.close();
    this.#abort.abort();
  }

  async load(): Promise<void> {
    const { signal } = this.#abort;
    const startedAt = performance.now();
    const known = this.#view.timeline.lastSeq;
    try {
      const range = this.#range;
      const [whole, part] = await Promise.all([
        getOp(this.#view.id, this.name, null, signal),
        range ? getOp(this.#view.id, this.name, range, signal) : null,
      ]);
      this.timeline = opTimeline(this.#view.timeline, whole.series, known);
      this.drawn = new DownsampledTimeline(this.timeline);
      this.breakdown = part ?? whole;
      this.version += 1;
      this.state = "ready";
    } catch (error) {
      if (isAbort(error) || signal.aborted) return;
      this.problem = messageOf(error);
      if (this.state === "loading")
        this.state = error instanceof ApiError && error.status === 404 ? "missing" : "failed";
    }
    this.#nextLoadAt =
      performance.now() + Math.max(MIN_LOAD_INTERVAL_MS, LOAD_TIME_FACTOR * (performance.now() - startedAt));
  }

  #schedule(): void {
    if (preferences.frozen || this.#timer !== undefined) return;
    this.#timer = setTimeout(
      () => {
        this.#timer = undefined;
        void this.load();
      },
      Math.max(0, this.#nextLoadAt - performance.now()),
    );
  }
}
