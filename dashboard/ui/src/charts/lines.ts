/** Plot of lines that each have their own x values, such as two runs over elapsed time, or a figure across runs. */
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";

import type { Column } from "../model/series/timeline";
import { type Color, type Palette, withAlpha } from "./palette";
import { TIME_STEPS, roundUp } from "./scales";
import "./chart.css";

export interface Line {
  name: string;
  color: Color;
  dashed?: boolean;
  /** Emphasizes the points; the line is faint. */
  dotted?: boolean;
  x: number[];
  y: Column;
}

export interface LinesOptions {
  lines: readonly Line[];
  /** Short label of an x value. */
  axisText: (x: number) => string;
  yText: (y: number) => string;
  /** x is elapsed time in seconds. */
  elapsed: boolean;
  palette: () => Palette;
  oncursor: (x: number | null) => void;
  onselect?: ((from: number, to: number) => void) | undefined;
  sync?: string | undefined;
}

export const LINES_HEIGHT = 200;
const AXIS_WIDTH_PX = 48;
const MIN_DRAG_PX = 6;

/** Returns the index of the point nearest to `x`; -1 without points. */
export function nearestIndex(line: Pick<Line, "x">, x: number): number {
  let best = -1;
  for (const [i, at] of line.x.entries())
    if (best < 0 || Math.abs(at - x) < Math.abs((line.x[best] ?? 0) - x)) best = i;
  return best;
}

/** Returns the sorted distinct x values of all lines. */
export const xValuesOf = (lines: readonly Line[]): number[] =>
  [...new Set(lines.flatMap(({ x }) => x))].sort((a, b) => a - b);

export class LinesPlot {
  readonly #u: uPlot;
  readonly #lines: readonly Line[];
  readonly #observer: ResizeObserver;

  constructor(box: HTMLElement, options: LinesOptions) {
    this.#lines = options.lines;
    this.#u = new uPlot(uplotOptions(options, box.clientWidth), dataOf(options.lines), box);
    this.#observer = new ResizeObserver(() => this.#u.setSize({ width: box.clientWidth, height: LINES_HEIGHT }));
    this.#observer.observe(box);
  }

  /** Hides the lines with these names. */
  setHidden(hidden: ReadonlySet<string>): void {
    this.#u.batch(() => {
      for (const [i, { name }] of this.#lines.entries()) this.#u.setSeries(i + 1, { show: !hidden.has(name) }, false);
    });
  }

  redraw(): void {
    this.#u.redraw(false, true);
  }

  moveCursor(x: number): void {
    this.#u.setCursor({ left: this.#u.valToPos(x, "x"), top: 0 });
  }

  hideCursor(): void {
    this.#u.setCursor({ left: -10, top: -10 });
  }

  destroy(): void {
    this.#observer.disconnect();
    this.#u.destroy();
  }
}

const dataOf = (lines: readonly Line[]): uPlot.AlignedData =>
  lines.length === 0 ? [[]] : uPlot.join(lines.map(({ x, y }): uPlot.AlignedData => [x, y]));

function uplotOptions(
  { lines, axisText, yText, elapsed, palette, oncursor, onselect, sync }: LinesOptions,
  width: number,
): uPlot.Options {
  const xValues = { x: xValuesOf(lines) };
  const axis = (): uPlot.Axis => ({
    stroke: () => palette()["text-3"],
    font: `12px ${palette().font}`,
    grid: { stroke: () => palette().grid, width: 1 },
    ticks: { show: false },
  });
  return {
    width,
    height: LINES_HEIGHT,
    padding: [12, 24, 0, 0],
    legend: { show: false },
    cursor: {
      y: false,
      move: (u, left, top) => [snapped(u, xValues, left), top],
      points: { size: 7 },
      drag: { x: onselect !== undefined, y: false, setScale: false },
      ...(sync ? { sync: { key: sync, setSeries: false } } : {}),
    },
    scales: {
      x: { time: false, range: (_u, min, max) => (min === max ? [min - 1, max + 1] : [min, max]) },
      y: { range: (_u, _min, max) => [0, roundUp(Number.isFinite(max) ? max : 0, 0.001)] },
    },
    axes: [
      {
        ...axis(),
        grid: { show: false },
        border: { show: true, stroke: () => palette().control, width: 1 },
        space: 72,
        size: 28,
        gap: 6,
        ...(elapsed ? { incrs: TIME_STEPS } : {}),
        values: (_, splits) => splits.map(axisText),
      },
      { ...axis(), size: AXIS_WIDTH_PX, gap: 6, space: 34, values: (_, splits) => splits.map(yText) },
    ],
    series: [{}, ...lines.map((line): uPlot.Series => seriesOf(line, palette))],
    hooks: {
      setCursor: [(u) => oncursor((u.cursor.left ?? -1) < 0 ? null : u.posToVal(u.cursor.left ?? 0, "x"))],
      setSelect: [(u) => takeSelection(u, onselect)],
    },
  };
}

/** Returns the position of the point nearest to `left`, whose values the legend shows; during a drag, `left` itself. */
function snapped(u: uPlot, xValues: Pick<Line, "x">, left: number): number {
  const nearest = xValues.x[nearestIndex(xValues, u.posToVal(left, "x"))];
  const isDragging = (u.cursor.event?.buttons ?? 0) !== 0;
  return left < 0 || isDragging || nearest === undefined ? left : u.valToPos(nearest, "x");
}

function seriesOf(line: Line, palette: () => Palette): uPlot.Series {
  const color = () => palette()[line.color];
  return {
    label: line.name,
    stroke: () => (line.dotted ? withAlpha(color(), 0.45) : color()),
    width: line.dashed ? 1.25 : 2,
    ...(line.dashed ? { dash: [5, 4] } : {}),
    // uPlot inserts undefined where only other lines have a point, and the line continues there. Null breaks the line.
    points: { show: line.dotted ?? false, size: 8, stroke: color, fill: color },
  };
}

function takeSelection(u: uPlot, onselect: LinesOptions["onselect"]): void {
  const { left, width } = u.select;
  if (!onselect || width < MIN_DRAG_PX) return;
  const [from, to] = [u.posToVal(left, "x"), u.posToVal(left + width, "x")];
  u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
  onselect(Math.max(0, from), to);
}
