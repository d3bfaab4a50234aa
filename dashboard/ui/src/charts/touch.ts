/**
 * Touch on a chart. One finger that moves sideways selects a range; on a zoomed chart it moves the range, and two fingers
 * widen or narrow it. Vertical moves scroll the page.
 */
import type { Range } from "../api/types";
import { shiftRange } from "../model/series/range";

/** The time axis at the start of a gesture: its position and width on the page, and the times at its ends. */
export interface Axis {
  leftPx: number;
  widthPx: number;
  from_s: number;
  to_s: number;
}

interface TouchListeners {
  axis: () => Axis;
  /** Whether the gesture changes the range that is shown. Otherwise it selects one. */
  zoomed: () => boolean;
  endS: () => number;
  /** Called while the fingers move; null when the gesture ends or is canceled. */
  onpreview: (range: Range | null) => void;
  onselect: (range: Range) => void;
}

const MIN_MOVE_PX = 6;

const perPx = ({ widthPx, from_s, to_s }: Axis) => (to_s - from_s) / Math.max(1, widthPx);
const timeAt = (axis: Axis, x: number) => axis.from_s + (x - axis.leftPx) * perPx(axis);

/** Returns the range for fingers that moved from `start` to `now`; null if they hardly moved. */
export function rangeOfFingers(
  axis: Axis,
  zoomed: boolean,
  start: readonly number[],
  now: readonly number[],
  endS: number,
): Range | null {
  const [[a = 0, b], [x = 0, y]] = [start, now];
  if (start.every((at, i) => Math.abs(at - (now[i] ?? at)) < MIN_MOVE_PX)) return null;
  if (zoomed && b !== undefined && y !== undefined) return pinched(axis, [a, b], [x, y], endS);
  if (zoomed) return shiftRange(axis, (a - x) * perPx(axis), endS);
  const [from, to] = [timeAt(axis, Math.min(a, x)), timeAt(axis, Math.max(a, x))];
  return { from_s: Math.max(0, from), to_s: Math.min(endS, to) };
}

/** Returns the range in which each finger is still over the time where it started. */
function pinched(axis: Axis, [a, b]: [number, number], [x, y]: [number, number], endS: number): Range {
  const distance = Math.sign(b - a) * Math.max(MIN_MOVE_PX, Math.abs(y - x));
  const scale = ((b - a) * perPx(axis)) / distance;
  const from = timeAt(axis, a) - (x - axis.leftPx) * scale;
  return { from_s: Math.max(0, from), to_s: Math.min(endS, from + axis.widthPx * scale) };
}

/** Listens to the fingers on `box`, which must have a touch-action that leaves sideways moves to it. */
export function listenToTouch(box: HTMLElement, on: TouchListeners): void {
  const start = new Map<number, number>();
  const now = new Map<number, number>();
  let axis = on.axis();
  let range: Range | null = null;

  const begin = () => {
    axis = { ...on.axis(), ...(range ?? {}) };
    for (const [id, x] of now) start.set(id, x);
  };
  box.addEventListener("pointerdown", (event) => {
    if (event.pointerType !== "touch") return;
    now.set(event.pointerId, event.clientX);
    begin();
  });
  box.addEventListener("pointermove", (event) => {
    if (!now.has(event.pointerId)) return;
    now.set(event.pointerId, event.clientX);
    range = rangeOfFingers(axis, on.zoomed(), [...start.values()], [...now.values()], on.endS()) ?? range;
    if (range) on.onpreview(range);
  });
  const end = (event: PointerEvent, canceled: boolean) => {
    if (!now.delete(event.pointerId)) return;
    start.delete(event.pointerId);
    if (now.size > 0 && !canceled) return begin();
    const selected = canceled ? null : range;
    range = null;
    now.clear();
    start.clear();
    on.onpreview(null);
    if (selected) on.onselect(selected);
  };
  box.addEventListener("pointerup", (event) => end(event, false));
  box.addEventListener("pointercancel", (event) => end(event, true));
}
