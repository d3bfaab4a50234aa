/** Ends and ticks of axes. Axes include 0, and their ends change rarely. */
import type { Range } from "../api/types";

const STEPS = [1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10];

/** Returns the next round number that is at least 5% above `max`, and at least `atLeast`. */
export function roundUp(max: number, atLeast: number): number {
  const minimum = Math.max(max * 1.05, atLeast);
  const size = 10 ** Math.floor(Math.log10(minimum));
  const step = STEPS.find((candidate) => candidate * size >= minimum) ?? 10;
  return Number((step * size).toPrecision(6));
}

export const TIME_STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 28_800, 86_400];
export const WHOLE_STEPS = [1, 2, 5, 10, 20, 25, 50, 100, 200, 250, 500, 1e3, 2e3, 5e3, 1e4, 2e4, 5e4, 1e5, 1e6];

/** Intermediate ends of the time axis of a long run. They are few, so that a live chart is rarely rescaled. */
const INTERMEDIATE_ENDS_S = [300, 1_800, 7_200, 28_800];

/** Returns the end of the time axis. A live run includes planned time; a finished run ends with its last window. */
export function timeEnd(plannedS: number, lastS: number, live: boolean): number {
  if (!live) return Math.max(lastS, 1);
  if (plannedS <= lastS) return lastS;
  const end = INTERMEDIATE_ENDS_S.find((candidate) => candidate >= lastS * 1.25) ?? plannedS;
  return Math.min(end, plannedS);
}

/** Returns both ends of the time axis: those of the run, or those of the zoomed range. */
export const timeEnds = (plannedS: number, lastS: number, live: boolean, zoomed: Range | null): [number, number] =>
  zoomed ? [zoomed.from_s, zoomed.to_s] : [0, timeEnd(plannedS, lastS, live)];

const MAX_DECADES = 6;

/** Returns the powers of ten around the values, at most MAX_DECADES apart. Smaller values are drawn at the lower end. */
export function logEnds(min: number, max: number): [number, number] {
  const top = Math.ceil(Math.log10(max > 0 ? max : 1));
  const bottom = min > 0 ? Math.floor(Math.log10(min)) : top - 1;
  return [10 ** Math.max(Math.min(bottom, top - 1), top - MAX_DECADES), 10 ** top];
}
