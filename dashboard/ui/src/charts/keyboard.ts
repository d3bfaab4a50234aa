/** Keys of a chart: they move the cursor, and select, move, widen, narrow and clear a range. */
import type { Range } from "../api/types";
import { rangeAfterKey } from "../model/series/range";
import { type ChartData, shownLength } from "./data";
import { type KeyboardCursor, moveCursor, selectionOf } from "./keyboard-cursor";
import type { Plot } from "./plot";

/** Each selection changes the URL and loads figures, so it waits for a pause in the key presses. */
const SELECT_DELAY_MS = 400;

interface Chart {
  plot: () => Plot | null;
  data: () => Pick<ChartData, "timeline" | "live" | "range">;
  onselect: (range: Range) => void;
  onclear: () => void;
}

export class ChartKeyboard {
  readonly #chart: Chart;
  #cursor: KeyboardCursor | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(chart: Chart) {
    this.#chart = chart;
  }

  /** `index` is that of the window at the mouse cursor; null without one. */
  press(event: KeyboardEvent, index: number | null): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { timeline, range } = this.#chart.data();
    const run = { endS: timeline.lastS, windowS: timeline.windowS };
    const changed = rangeAfterKey(range, event.key, run);
    if (event.key === "Escape") this.#clear(event);
    else if (changed) this.#chart.onselect(timeline.align(changed));
    else if (!this.#move(event, index)) return;
    if (event.key !== "Escape") event.preventDefault();
  }

  leave(): void {
    if (this.#cursor) this.#chart.plot()?.hideCursor();
    this.#cursor = null;
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #clear(event: KeyboardEvent): void {
    if (this.#chart.data().range === null) return;
    event.stopPropagation();
    this.#chart.onclear();
  }

  #move({ key, shiftKey }: KeyboardEvent, index: number | null): boolean {
    const data = this.#chart.data();
    const length = shownLength(data);
    const next = moveCursor(this.#cursor ?? { index: index ?? length - 1, anchor: null }, key, shiftKey, length);
    if (!next) return false;
    this.#cursor = next;
    const plot = this.#chart.plot();
    plot?.moveCursor(next.index);
    const selection = selectionOf(next, data.timeline.columns.elapsed_s);
    plot?.highlight(selection);
    this.stop();
    if (selection)
      this.#timer = setTimeout(() => {
        plot?.highlight(null);
        this.#chart.onselect(selection);
      }, SELECT_DELAY_MS);
    return true;
  }
}
