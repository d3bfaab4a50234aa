/** A uPlot instance for one chart specification. It reads current values from `data` at each redraw. */
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";

import type { Range, RunEvent } from "../api/types";
import { clock } from "../model/display/format";
import type { ChartData } from "./data";
import { CHART_HEIGHT, CURSOR_SYNC_KEY, alignedData, chartOptions, nearestShown } from "./options";
import type { ChartSpec } from "./specs";
import { type Axis, listenToTouch } from "./touch";
import "./chart.css";

export interface Mark {
  n: number;
  /** x position in the container. */
  left: number;
  level: RunEvent["level"];
  label: string;
}

export interface PlotListeners {
  oncursor: (index: number | null) => void;
  onselect: (from_s: number, to_s: number) => void;
  onclear: () => void;
  onmarks: (marks: Mark[]) => void;
  /** Fingers move over the chart; null when they are gone. */
  onpreview: (range: Range | null) => void;
}

export class Plot {
  readonly #u: uPlot;
  readonly #data: ChartData;
  readonly #spec: ChartSpec;
  readonly #observer: ResizeObserver;

  constructor(box: HTMLElement, spec: ChartSpec, data: ChartData, on: PlotListeners) {
    this.#data = data;
    this.#spec = spec;
    const pill = document.createElement("div");
    pill.className = "time-pill";
    pill.hidden = true;
    const options = chartOptions(spec, data, box.clientWidth, {
      ...on,
      oncursor: (seconds) => {
        const index = seconds === null ? null : nearestShown(data, seconds);
        pill.hidden = index === null;
        pill.textContent = index === null ? "" : clock(data.timeline.at("elapsed_s", index));
        pill.style.transform = `translateX(calc(${String(this.#u.cursor.left ?? 0)}px - 50%))`;
        on.oncursor(index);
      },
      ondraw: () => {
        if (data.events.length > 0) on.onmarks(this.#marks());
      },
    });
    this.#u = new uPlot(options, alignedData(spec, data), box);
    this.#u.over.append(pill);
    listenToTouch(this.#u.over, {
      axis: () => this.#axis(),
      zoomed: () => data.zoomed,
      endS: () => data.timeline.lastS,
      onpreview: on.onpreview,
      onselect: (range) => {
        const { from_s, to_s } = data.zoomed ? data.timeline.align(range) : range;
        on.onselect(from_s, to_s);
      },
    });
    this.#observer = new ResizeObserver(() => this.#u.setSize({ width: box.clientWidth, height: CHART_HEIGHT }));
    this.#observer.observe(box);
  }

  get canvas(): HTMLCanvasElement {
    return this.#u.ctx.canvas;
  }

  /** Draws the changed `data`. */
  update(): void {
    this.#u.setData(alignedData(this.#spec, this.#data));
  }

  /** Shows and hides series according to `data.hidden`. */
  applyHidden(): void {
    this.#u.batch(() => {
      for (const [i, { field }] of this.#spec.series.entries())
        this.#u.setSeries(i + 1, { show: !this.#data.hidden.has(field) }, false);
    });
  }

  /** Redraws with other colors. */
  redraw(): void {
    this.#u.redraw(false, true);
  }

  /** Moves the cursor to a window, in all synchronized charts. */
  moveCursor(index: number): void {
    const seconds = this.#data.timeline.at("elapsed_s", index) ?? 0;
    const left = this.#u.valToPos(seconds, "x");
    const { width, height } = this.#u.over.getBoundingClientRect();
    this.#u.setCursor({ left, top: 0 });
    if (this.#u.cursor.sync) this.#u.cursor.sync.values = [seconds, 0];
    uPlot.sync(CURSOR_SYNC_KEY).pub("mousemove", this.#u, left, 0, width, height, index);
  }

  hideCursor(): void {
    this.#u.setCursor({ left: -10, top: -10 });
    uPlot.sync(CURSOR_SYNC_KEY).pub("mousemove", this.#u, -10, -10, 0, 0, 0);
  }

  /** Highlights a range while it is being selected; null removes the highlight. */
  highlight(range: Range | null): void {
    const [from, to] = range ? [range.from_s, range.to_s].map((seconds) => this.#u.valToPos(seconds, "x")) : [0, 0];
    const { height } = this.#u.over.getBoundingClientRect();
    this.#u.setSelect({ left: from ?? 0, width: (to ?? 0) - (from ?? 0), top: 0, height }, false);
  }

  destroy(): void {
    this.#observer.disconnect();
    this.#u.destroy();
  }

  #axis(): Axis {
    const { left, width } = this.#u.over.getBoundingClientRect();
    const { min, max } = this.#u.scales["x"] ?? {};
    return { leftPx: left, widthPx: width, from_s: min ?? 0, to_s: max ?? 0 };
  }

  /** Positions come from the canvas, because reading them from the DOM would force a layout at each redraw. */
  #marks(): Mark[] {
    const [offsetLeft, offsetWidth] = [this.#u.bbox.left / devicePixelRatio, this.#u.bbox.width / devicePixelRatio];
    const marks = this.#data.events.map(({ n, elapsed_s, level, message }) => ({
      n,
      left: offsetLeft + this.#u.valToPos(elapsed_s ?? 0, "x"),
      level,
      label: `${clock(elapsed_s)} ${message}`,
    }));
    return marks.filter(({ left }) => left >= offsetLeft && left <= offsetLeft + offsetWidth);
  }
}
