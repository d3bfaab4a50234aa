/** Draws everything except the lines: future time, plan, limits, events, selected range, and labels at line ends. */
import type uPlot from "uplot";

import type { PlanPoint, Range } from "../api/types";
import { text } from "../model/display/format";
import { markTone } from "../model/series/marks";
import { type ChartData, PLANNED, STEERED, shownLength } from "./data";
import { type EndLabel, spreadLabels } from "./labels";
import { type Palette, withAlpha } from "./palette";
import type { ChartSpec } from "./specs";

interface Pen {
  u: uPlot;
  ctx: CanvasRenderingContext2D;
  box: { left: number; top: number; right: number; bottom: number };
  ratio: number;
  x: (seconds: number) => number;
  y: (value: number) => number;
}

function penOf(u: uPlot): Pen {
  const { left, top, width, height } = u.bbox;
  return {
    u,
    ctx: u.ctx,
    box: { left, top, right: left + width, bottom: top + height },
    ratio: devicePixelRatio,
    x: (seconds) => u.valToPos(seconds, "x", true),
    // 0 has no logarithm, so it is drawn at the lower end of the axis.
    y: (value) => u.valToPos(Math.max(value, u.scales["y"]?.min ?? 0), "y", true),
  };
}

function withSavedState(ctx: CanvasRenderingContext2D, work: () => void): void {
  ctx.save();
  work();
  ctx.restore();
}

/** Whether a position is inside the plot. Marks outside of it are not drawn. */
const isInPlot = ({ box }: Pen, at: number): boolean => at >= box.left && at <= box.right;

export function drawBelow(u: uPlot, data: ChartData): void {
  const pen = penOf(u);
  const { ctx, box } = pen;
  const shown = shownLength(data);
  if (data.zoomed || shown === 0 || (!data.live && shown === data.timeline.length)) return;
  const from = Math.max(box.left, pen.x(data.timeline.at("elapsed_s", shown - 1) ?? 0));
  withSavedState(ctx, () => {
    ctx.fillStyle = data.palette["surface-2"];
    ctx.fillRect(from, box.top, Math.max(0, box.right - from), box.bottom - box.top);
  });
}

export function drawAbove(u: uPlot, data: ChartData, spec: ChartSpec): void {
  const pen = penOf(u);
  withSavedState(pen.ctx, () => {
    if (spec.plan && !data.hidden.has(PLANNED)) drawCurve(pen, data.palette, data.plan, true);
    if (spec.plan && !data.hidden.has(STEERED)) drawCurve(pen, data.palette, data.steered, false);
    drawLimits(pen, data, spec);
    drawEvents(pen, data);
    if (data.range && !data.zoomed) drawRange(pen, data, data.range);
    if (data.live && !data.zoomed) drawEnds(pen, data, spec);
  });
}

function drawCurve(
  { ctx, x, y, ratio, box }: Pen,
  palette: Palette,
  curve: readonly PlanPoint[],
  dashed: boolean,
): void {
  withSavedState(ctx, () => {
    ctx.beginPath();
    ctx.rect(box.left, box.top, box.right - box.left, box.bottom - box.top);
    ctx.clip();
    ctx.strokeStyle = palette["m-load"];
    ctx.lineWidth = 1.5 * ratio;
    ctx.setLineDash(dashed ? [5 * ratio, 4 * ratio] : []);
    ctx.beginPath();
    for (const point of curve) ctx.lineTo(x(point.at_s), y(point.target));
    ctx.stroke();
  });
}

function drawLimits(pen: Pen, { palette }: ChartData, { limits }: ChartSpec): void {
  const { ctx, y, ratio, box } = pen;
  ctx.font = `${String(12 * ratio)}px ${palette.font}`;
  ctx.textAlign = "left";
  const labels = limits.map(({ value, label }): EndLabel => {
    const at = Math.max(y(value), box.top);
    if (y(value) >= box.top) drawLimitLine(pen, palette, at);
    const below = at - 16 * ratio < box.top;
    const text = y(value) < box.top ? `${label} ↑` : label;
    return { y: at + (below ? 15 : -6) * ratio, text, color: palette["text-2"] };
  });
  for (const label of spreadLabels(labels, 15 * ratio, box.bottom - 2 * ratio)) {
    // Series may cross the label, so they are hidden behind it.
    ctx.fillStyle = palette.surface;
    ctx.fillRect(box.left + 3 * ratio, label.y - 11 * ratio, ctx.measureText(label.text).width + 6 * ratio, 14 * ratio);
    write(ctx, label.text, box.left + 6 * ratio, label.y, label.color, palette);
  }
}

function drawLimitLine({ ctx, ratio, box }: Pen, palette: Palette, at: number): void {
  ctx.strokeStyle = palette["text-2"];
  ctx.lineWidth = 1.25 * ratio;
  ctx.setLineDash([6 * ratio, 4 * ratio]);
  ctx.beginPath();
  ctx.moveTo(box.left, at);
  ctx.lineTo(box.right, at);
  ctx.stroke();
  ctx.setLineDash([]);
}

function write(
  ctx: CanvasRenderingContext2D,
  label: string,
  x: number,
  y: number,
  color: string,
  palette: Palette,
): void {
  ctx.textBaseline = "alphabetic";
  ctx.lineJoin = "round";
  ctx.lineWidth = 4 * devicePixelRatio;
  ctx.strokeStyle = palette.surface;
  ctx.setLineDash([]);
  ctx.strokeText(label, x, y);
  ctx.fillStyle = color;
  ctx.fillText(label, x, y);
}

/** Marks are drawn above the plot: a diamond for information, a triangle for warnings and errors. */
function drawEvents(pen: Pen, { events, palette }: ChartData): void {
  const { ctx, x, ratio, box } = pen;
  for (const event of events) {
    const { elapsed_s, level } = event;
    if (elapsed_s === null || !isInPlot(pen, x(elapsed_s))) continue;
    const at = x(elapsed_s);
    const color = palette[markTone(event)];
    ctx.strokeStyle = ctx.fillStyle = color;
    ctx.lineWidth = 1.25 * ratio;
    ctx.setLineDash([ratio, 3 * ratio]);
    ctx.beginPath();
    ctx.moveTo(at, box.top - 4 * ratio);
    ctx.lineTo(at, box.bottom);
    ctx.stroke();
    ctx.setLineDash([]);
    ctx.beginPath();
    const [half, middle] = [4.5 * ratio, box.top - 10 * ratio];
    ctx.moveTo(at, middle - half);
    ctx.lineTo(at + half, level === "info" ? middle : middle + half);
    if (level === "info") ctx.lineTo(at, middle + half);
    ctx.lineTo(at - half, level === "info" ? middle : middle + half);
    ctx.fill();
  }
}

function drawRange({ ctx, x, ratio, box }: Pen, { palette }: ChartData, { from_s, to_s }: Range): void {
  const [from, to] = [Math.max(x(from_s), box.left), Math.min(x(to_s), box.right)];
  if (to <= from) return;
  ctx.fillStyle = withAlpha(palette.accent, 0.14);
  ctx.fillRect(from, box.top, to - from, box.bottom - box.top);
  ctx.fillStyle = palette.accent;
  for (const edge of [from, to]) ctx.fillRect(edge - 0.75 * ratio, box.top, 1.5 * ratio, box.bottom - box.top);
}

function drawEnds(
  { u, ctx, x, ratio, box }: Pen,
  { timeline, palette, hidden }: ChartData,
  { series, rightUnit, axisText }: ChartSpec,
): void {
  const labels: EndLabel[] = [];
  const at = x(timeline.lastS);
  for (const { field, color, right, show, end } of series) {
    const value = timeline.last(field);
    if (value === null || hidden.has(field)) continue;
    const y = u.valToPos(value, right ? "right" : "y", true);
    ctx.fillStyle = palette[color];
    ctx.beginPath();
    ctx.arc(at, y, 3 * ratio, 0, 2 * Math.PI);
    ctx.fill();
    const written = axisText ? text(show(value)) : show(value).value;
    if (!right) labels.push({ y: y + 4 * ratio, text: end(written), color: palette[color] });
  }
  ctx.font = `600 ${String(12 * ratio)}px ${palette.font}`;
  const room = (rightUnit ? box.right : u.ctx.canvas.width) - at;
  const widest = Math.max(0, ...labels.map((label) => ctx.measureText(label.text).width));
  const inside = room < widest + 14 * ratio;
  ctx.textAlign = inside ? "right" : "left";
  for (const label of spreadLabels(labels, 15 * ratio, box.bottom - 2 * ratio))
    write(ctx, label.text, at + (inside ? -10 : 10) * ratio, label.y - (inside ? 10 * ratio : 0), label.color, palette);
}
