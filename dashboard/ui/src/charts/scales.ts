/** Where axes end and where their ticks stand. Zero is always in, and ends move rarely. */
import type { Range } from "../api/types";

const STEPS = [1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10];

/** The next round number that leaves some air above `max`. */
export function roundUp(max: number, atLeast: number): number {
  const wanted = Math.max(max * 1.05, atLeast);
  const size = 10 ** Math.floor(Math.log10(wanted));
  const step = STEPS.find((candidate) => candidate * size >= wanted) ?? 10;
  return Number((step * size).toPrecision(6));
}

export const TIME_STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 28_800, 86_400];
export const WHOLE_STEPS = [1, 2, 5, 10, 20, 25, 50, 100, 200, 250, 500, 1e3, 2e3, 5e3, 1e4, 2e4, 5e4, 1e5, 1e6];

/** Ends of a long run's time axis before its planned one: few, so that a live picture seldom rescales. */
const WINDOWS_S = [300, 1_800, 7_200, 28_800];

/** The end of the time axis. A live run shows its plan ahead; one that has ended shows what there is. */
export function timeEnd(plannedS: number, lastS: number, live: boolean): number {
  if (!live) return Math.max(lastS, 1);
  if (plannedS <= lastS) return lastS;
  const window = WINDOWS_S.find((end) => end >= lastS * 1.25) ?? plannedS;
  return Math.min(window, plannedS);
}

/** Both ends of the time axis: of the run, or of the range that is looked at closely. */
export const timeEnds = (plannedS: number, lastS: number, live: boolean, close: Range | null): [number, number] =>
  close ? [close.from_s, close.to_s] : [0, timeEnd(plannedS, lastS, live)];

const MAX_DECADES = 6;

/** Powers of ten around what is drawn; what is smaller than six of them lies below the axis, as zero does. */
export function logEnds(least: number, most: number): [number, number] {
  const top = Math.ceil(Math.log10(most > 0 ? most : 1));
  const bottom = least > 0 ? Math.floor(Math.log10(least)) : top - 1;
  return [10 ** Math.max(Math.min(bottom, top - 1), top - MAX_DECADES), 10 ** top];
}
