/** One operation in depth: its whole series, and its figures for the run or the selected range; kept true while the run is live. */
import { ApiError, isAbort, messageOf } from "../api/client";
import { getOp } from "../api/runs";
import type { Op, OpBreakdown, Range } from "../api/types";
import { opTimeline } from "../model/series/op-timeline";
import { DownsampledTimeline } from "../model/series/downsampled";
import { Timeline } from "../model/series/timeline";
import { preferences } from "./preferences.svelte";
import type { RunView } from "./run-view.svelte";
import { type Subscription, stream } from "./stream.svelte";

const MIN_PAUSE_MS = 1_000;
/** A long run's series takes the server a while: rest many times as long as the answer took. */
const PAUSES = 5;

export class OpView {
  readonly name: string;
  state = $state<"loading" | "ready" | "missing" | "failed">("loading");
  problem = $state("");
  /** Of the run or the range. */
  breakdown = $state.raw<OpBreakdown | null>(null);
  timeline = $state.raw(new Timeline());
  drawn = $state.raw(new DownsampledTimeline(this.timeline));
  version = $state(0);
  readonly #view: RunView;
  #range: Range | null = null;
  #subscription: Subscription;
  #abort = new AbortController();
  #waiting: ReturnType<typeof setTimeout> | undefined;
  #restUntil = 0;

  constructor(view: RunView, name: string) {
    this.#view = view;
    this.name = name;
    this.#subscription = stream.subscribe([`ops:${view.id}`], {
      onevent: (_, data) => {
        if ((data as { ops: Op[] }).ops.some(({ op }) => op === name)) this.#soon();
      },
      onreset: () => this.#soon(),
    });
  }

  /** Show another range; at once, since a reader asked for it. */
  show(range: Range | null): void {
    this.#range = range;
    this.#abort.abort();
    this.#abort = new AbortController();
    void this.load();
  }

  close(): void {
    clearTimeout(this.#waiting);
    this.#subscription.close();
    this.#abort.abort();
  }

  async load(): Promise<void> {
    const { signal } = this.#abort;
    const began = performance.now();
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
    this.#restUntil = performance.now() + Math.max(MIN_PAUSE_MS, PAUSES * (performance.now() - began));
  }

  #soon(): void {
    if (preferences.paused || this.#waiting !== undefined) return;
    this.#waiting = setTimeout(
      () => {
        this.#waiting = undefined;
        void this.load();
      },
      Math.max(0, this.#restUntil - performance.now()),
    );
  }
}
