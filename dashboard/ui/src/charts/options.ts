/** Converts a chart specification into uPlot options. */
import type uPlot from "uplot";

import { clock } from "../model/display/format";
import { peakOf } from "../model/start/plan";
import type { Column, Field } from "../model/series/timeline";
import { type ChartData, PLANNED, shownLength } from "./data";
import { drawAbove, drawBelow } from "./draw";
import { type Palette, withAlpha } from "./palette";
import { TIME_STEPS, WHOLE_STEPS, logEnds, roundUp, timeEnds } from "./scales";
import type { ChartSpec, SeriesSpec } from "./specs";

export interface Listeners {
  /** The time at the cursor; null if the cursor left the plot. */
  oncursor: (seconds: number | null) => void;
  /** A time span was selected by dragging. */
  onselect: (from_s: number, to_s: number) => void;
  onclear: () => void;
  /** The chart was redrawn; marks may have moved. */
  ondraw: () => void;
}

export const CHART_HEIGHT = 228;
/** Charts with this key share a cursor. */
export const CURSOR_SYNC_KEY = "run";
/** Equal margins on both sides of every chart, so that the shared cursor is at the same x position. */
const SIDE_WIDTH_PX = 48;
const MIN_DRAG_PX = 6;

/** A zoomed chart draws every window. */
const pointsOf = ({ zoomed, timeline, drawn }: ChartData) =>
  zoomed
    ? { times: timeline.columns.elapsed_s, gaps: timeline.gaps, column: (field: Field) => timeline.columns[field] }
    : drawn;

/** Fields that are read at the end of a window. The others cover the whole window. */
const AT_END: ReadonlySet<Field> = new Set(["vus", "busy_vus"]);

/** Returns the points, preceded by one at the start of the first window, so that a line covers that whole window. */
export function alignedData(spec: ChartSpec, data: ChartData): uPlot.AlignedData {
  data.drawn.update();
  const { timeline } = data;
  const points = pointsOf(data);
  const omitted = timeline.length - shownLength(data);
  const startS = Math.max(0, (timeline.at("elapsed_s", 0) ?? 0) - (timeline.at("window_s", 0) ?? 0));
  const withStart = (column: Column, start: number | null) =>
    column.length === 0 ? column : [start, ...(omitted > 0 ? column.slice(0, -omitted) : column)];
  const columns = spec.series.map(({ field }) => {
    const column = points.column(field);
    return withStart(column, AT_END.has(field) ? null : (column[0] ?? null));
  });
  return [withStart(points.times, startS), ...columns] as uPlot.AlignedData;
}

/** Returns the index of the drawn window that is nearest to `seconds`. */
export const nearestShown = (data: ChartData, seconds: number): number =>
  Math.max(0, Math.min(data.timeline.nearest(seconds), shownLength(data) - 1));

export function chartOptions(spec: ChartSpec, data: ChartData, width: number, on: Listeners): uPlot.Options {
  return {
    width,
    height: CHART_HEIGHT,
    padding: [28, spec.rightUnit ? 0 : SIDE_WIDTH_PX, 0, 0],
    legend: { show: false },
    cursor: cursorOf(data, on),
    scales: scalesOf(spec, data),
    axes: axesOf(spec, data),
    series: [{}, ...spec.series.map((series) => seriesOf(series, data))],
    bands: spec.fan ? bandsOf(spec, data) : [],
    hooks: {
      drawClear: [(u) => drawBelow(u, data)],
      draw: [
        (u) => {
          drawAbove(u, data, spec);
          on.ondraw();
        },
      ],
      setCursor: [
        (u) => {
          const left = u.cursor.left ?? -1;
          on.oncursor(left < 0 || data.timeline.length === 0 ? null : u.posToVal(left, "x"));
        },
      ],
      setSelect: [(u) => takeSelection(u, on)],
    },
  };
}

function cursorOf(data: ChartData, on: Listeners): uPlot.Cursor {
  return {
    y: false,
    move: (u, left, top) => [snapped(u, data, left), top],
    points: { size: 7, width: 1.5 },
    // Only the cursor is synchronized. A dragged range reaches the other charts through the URL.
    sync: {
      key: CURSOR_SYNC_KEY,
      setSeries: false,
      filters: { pub: (type) => type === "mousemove" || type === "mouseleave" },
    },
    drag: { x: true, y: false, setScale: false },
    bind: {
      dblclick: () => () => {
        on.onclear();
        return null;
      },
    },
  };
}

/**
 * Returns the position of the window nearest to `left`, whose values the legend shows. During a drag, returns `left`
 * unchanged, because a drag can start before the first window.
 */
function snapped(u: uPlot, data: ChartData, left: number): number {
  const isDragging = (u.cursor.event?.buttons ?? 0) !== 0;
  if (left < 0 || isDragging || data.timeline.length === 0) return left;
  const seconds = data.timeline.at("elapsed_s", nearestShown(data, u.posToVal(left, "x")));
  return u.valToPos(seconds ?? 0, "x");
}

function takeSelection(u: uPlot, { onselect }: Listeners): void {
  const { left, width } = u.select;
  if (width < MIN_DRAG_PX) return;
  const [from, to] = [u.posToVal(left, "x"), u.posToVal(left + width, "x")];
  u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
  onselect(Math.max(0, from), to);
}

/** Uses the extremes that uPlot already computed. */
function scalesOf(spec: ChartSpec, data: ChartData): uPlot.Scales {
  const leftMax = (measured: number) => {
    // A limit far above the lines would flatten them. Its label is then drawn at the top with an arrow.
    const limits = spec.limits.map(({ value }) => value).filter((value) => value <= measured * 6);
    const planned = spec.plan && !data.hidden.has(PLANNED) ? peakOf(data.plan) : 0;
    return Math.max(measured, planned, ...limits);
  };
  const ends = (low: number | null, high: number | null): [number, number] => {
    const max = leftMax(finiteOrZero(high));
    return data.log ? logEnds(finiteOrZero(low), max) : [0, roundUp(max, spec.whole ? 4 : 1)];
  };
  return {
    x: {
      time: false,
      range: () => timeEnds(data.plannedS, data.timeline.lastS, data.live, data.zoomed ? data.range : null),
    },
    y: { range: (_u, min, max) => ends(min, max), ...(data.log ? { distr: 3, log: 10 } : {}) },
    // Twice the needed height, so that the users do not overlap the rate.
    right: { range: (_u, _min, max) => [0, roundUp(Math.max(finiteOrZero(max), peakOf(data.plan)) * 2, 4)] },
  };
}

/** Returns a finite number. Without data uPlot passes null or infinity. */
const finiteOrZero = (end: number | null): number => (end !== null && Number.isFinite(end) ? end : 0);

function axesOf(spec: ChartSpec, data: ChartData): uPlot.Axis[] {
  const common = (): uPlot.Axis => ({
    stroke: () => data.palette["text-3"],
    font: `12px ${data.palette.font}`,
    grid: { stroke: () => data.palette.grid, width: 1 },
    ticks: { show: false },
  });
  const number = (value: number | null) => value?.toLocaleString("en-US") ?? "";
  const numbers = (_: uPlot, splits: (number | null)[]) => splits.map(spec.axisText ?? number);
  const whole = spec.whole && !data.log ? { incrs: WHOLE_STEPS } : {};
  const axes: uPlot.Axis[] = [
    {
      ...common(),
      grid: { show: false },
      border: { show: true, stroke: () => data.palette.control, width: 1 },
      incrs: TIME_STEPS,
      space: 64,
      size: 28,
      gap: 6,
      values: (_, splits) => splits.map(clock),
    },
    { ...common(), ...whole, size: SIDE_WIDTH_PX, gap: 6, space: 34, values: numbers },
  ];
  if (spec.rightUnit)
    axes.push({
      ...common(),
      scale: "right",
      side: 1,
      size: SIDE_WIDTH_PX,
      gap: 6,
      space: 34,
      grid: { show: false },
      incrs: WHOLE_STEPS,
      values: numbers,
    });
  return axes;
}

function seriesOf(series: SeriesSpec, data: ChartData): uPlot.Series {
  const color = () => data.palette[series.color];
  const { limit } = series;
  return {
    label: series.name,
    show: !data.hidden.has(series.field),
    scale: series.right ? "right" : "y",
    stroke: color,
    width: series.width,
    points: { show: (_u, _i, from, to) => to - from < 2 },
    spanGaps: false,
    gaps: (u, _i, from, to, nulls) => withGaps(u, data, from, to, nulls),
    ...(series.fill ? { fill: () => withAlpha(color(), series.fill ?? 0) } : {}),
    ...(limit === undefined ? {} : { fillTo: () => limit, fill: (u: uPlot) => breachFill(u, limit, data.palette) }),
  };
}

/** Fills only the area above the limit in red. */
function breachFill(u: uPlot, limit: number, palette: Palette): string | CanvasGradient {
  const { top, height } = u.bbox;
  const at = (u.valToPos(limit, "y", true) - top) / height;
  if (!Number.isFinite(at) || at <= 0 || at >= 1) return "#0000";
  const gradient = u.ctx.createLinearGradient(0, top, 0, top + height);
  const red = withAlpha(palette.bad, 0.4);
  for (const [offset, color] of [
    [0, red],
    [at, red],
    [at, "#0000"],
    [1, "#0000"],
  ] as const)
    gradient.addColorStop(offset, color);
  return gradient;
}

function bandsOf(spec: ChartSpec, data: ChartData): uPlot.Band[] {
  return spec.series.slice(1).map((series, i) => ({
    series: [i + 2, i + 1],
    fill: () => withAlpha(data.palette[series.color], [0.26, 0.2, 0.12][i] ?? 0.1),
  }));
}

/** Breaks the line where no window covers the time. uPlot only finds gaps that contain null values. */
function withGaps(u: uPlot, data: ChartData, from: number, to: number, nulls: uPlot.Series.Gaps): uPlot.Series.Gaps {
  const times = u.data[0];
  const x = (index: number) => Math.round(u.valToPos(times[index] ?? 0, "x", true));
  const uncovered = [...pointsOf(data).gaps]
    .map((gap) => gap + 1) // after the point at the start of the first window
    .filter((gap) => gap > from && gap <= to)
    .map((gap): [number, number] => [x(gap - 1), x(gap)]);
  return [...nulls, ...uncovered].sort((a, b) => a[0] - b[0]);
}
