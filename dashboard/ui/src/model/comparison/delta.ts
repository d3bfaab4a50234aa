/** What became of a figure against another: by how much, and whether that is good. Direction follows the metric. */
import { type Maybe, NARROW, isNumber } from "../display/format";
import type { Tone } from "../runs/status";

/** Metrics of which more is good; 0 where neither more nor less is. All others are better when there is less. */
const GOOD: Record<string, number> = {
  rps: 1,
  apdex_score: 1,
  checks_rate: 1,
  connection_reuse_rate: 1,
  total_reqs: 0,
  iterations: 0,
  data_received_bytes: 0,
  data_sent_bytes: 0,
};
const SHARES = new Set(["error_rate", "checks_rate", "connection_reuse_rate"]);

export type Direction = "better" | "worse" | "same" | "changed";

export interface Delta {
  /** "+14.4 % worse" */
  text: string;
  /** "+14.4 %" */
  size: string;
  direction: Direction;
  tone: Tone;
  rising: boolean;
}

export const goodOf = (metric: string): number => GOOD[metric] ?? -1;

/** Against `base`; null when one of the two is not known. */
export function deltaOf(metric: string, value: Maybe, base: Maybe): Delta | null {
  if (!isNumber(value) || !isNumber(base)) return null;
  const size = sizeOf(metric, value - base, base);
  const same = /^[+−]?0(\.0+)?\D*$/.test(size);
  const good = goodOf(metric);
  const direction = same ? "same" : good === 0 ? "changed" : (value - base) * good > 0 ? "better" : "worse";
  const tone = ({ better: "good", worse: "bad", same: "none", changed: "none" } as const)[direction];
  const text = same ? "same" : direction === "changed" ? size : `${size} ${direction}`;
  return { text, size: same ? "same" : size, direction, tone, rising: value > base };
}

/** Shares in points, the rest in percent; what was nothing before has no percentage. */
function sizeOf(metric: string, delta: number, base: number): string {
  if (SHARES.has(metric)) return `${signed(delta * 100, 2)}${NARROW}pt`;
  if (base === 0) return delta === 0 ? "0" : signed(delta, 1);
  return `${signed((delta / base) * 100, 1)}${NARROW}%`;
}

/** With a sign; what rounds to nothing is nothing. */
export function signed(value: number, digits: number): string {
  const text = Math.abs(value).toLocaleString("en-US", {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
  return `${value < 0 ? "−" : "+"}${text}`;
}
