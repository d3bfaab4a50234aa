/** Changes of a selected range: moved, widened and narrowed inside the run. */
import type { Range } from "../../api/types";

export interface RunLength {
  /** End of the last window. */
  endS: number;
  /** Length of one window, the shortest move that has an effect. */
  windowS: number;
}

/** Returns the range moved by `seconds`, at most to the start or the end of the run. */
export function shiftRange({ from_s, to_s }: Range, seconds: number, endS: number): Range {
  const width = Math.min(to_s - from_s, endS);
  const from = Math.min(Math.max(from_s + seconds, 0), endS - width);
  return { from_s: from, to_s: from + width };
}

/** Returns the range moved by half its width, and at least by one window. */
export const moveRange = (range: Range, direction: -1 | 1, { endS, windowS }: RunLength): Range =>
  shiftRange(range, direction * Math.max((range.to_s - range.from_s) / 2, windowS), endS);

/** Returns the range with twice or half its width around the same middle. It widens by at least a window per side. */
export function scaleRange({ from_s, to_s }: Range, change: "wider" | "narrower", { endS, windowS }: RunLength): Range {
  const width = to_s - from_s;
  const margin = change === "wider" ? Math.max(width / 2, windowS) : -width / 4;
  return { from_s: Math.max(0, from_s - margin), to_s: Math.min(endS, to_s + margin) };
}

/** Returns the range after a key press; null if the key does not change a range. */
export function rangeAfterKey(range: Range | null, key: string, run: RunLength): Range | null {
  if (range === null) return null;
  if (key === "," || key === ".") return moveRange(range, key === "," ? -1 : 1, run);
  if (key === "-") return scaleRange(range, "wider", run);
  return key === "+" || key === "=" ? scaleRange(range, "narrower", run) : null;
}
