/** The period that a page shows: the run so far, the whole run, or a selected range. */
import { isAbort, messageOf } from "../api/client";
import { getWindow } from "../api/runs";
import type { Breakdown, Op, Range, RangeAnswer } from "../api/types";
import { clock } from "../model/display/format";
import type { RunData } from "./run-view.svelte";

export class Period {
  readonly view: RunData;
  readonly #range: () => Range | null;
  readonly #fetchWindow: typeof getWindow;
  answer = $state.raw<RangeAnswer | null>(null);
  loading = $state(false);
  problem = $state<string | null>(null);
  #attempts = $state(0);
  readonly range: Range | null = $derived.by(() => this.#range());

  readonly breakdown: Breakdown | null = $derived.by(() =>
    this.range ? (this.answer?.breakdown ?? null) : this.view.shown.breakdown,
  );
  readonly ops: Op[] = $derived.by(() => (this.range ? (this.answer?.ops ?? []) : this.view.shown.ops));

  readonly label: string = $derived.by(() => {
    if (!this.range) return this.view.live ? "run so far" : "whole run";
    const { from_s, to_s } = this.answer ?? this.range;
    return `${clock(from_s)} – ${clock(to_s)}`;
  });

  /** Create an instance during component initialization. `fetchWindow` returns the figures of a range. */
  constructor(view: RunData, range: () => Range | null, fetchWindow = getWindow) {
    this.#fetchWindow = fetchWindow;
    this.view = view;
    this.#range = range;
    $effect(() => {
      void this.#attempts;
      const range = this.range;
      const abort = new AbortController();
      if (range) void this.#load(range, abort.signal);
      else this.answer = null;
      return () => abort.abort();
    });
  }

  retry(): void {
    this.#attempts += 1;
  }

  async #load({ from_s, to_s }: Range, signal: AbortSignal): Promise<void> {
    this.loading = true;
    try {
      this.answer = await this.#fetchWindow(this.view.id, from_s, to_s, signal);
      this.problem = null;
    } catch (error) {
      if (isAbort(error)) return;
      this.answer = null;
      this.problem = messageOf(error);
    }
    this.loading = false;
  }
}
