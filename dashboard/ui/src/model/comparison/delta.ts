/** Difference between two figures and whether it is an improvement. The metric decides which direction is better. */
import { type Maybe, NARROW_SPACE, isNumber } from "../display/format";
import type { Tone } from "../runs/status";

/** 1: higher is better. 0: neutral. Metrics not listed here: lower is better. */
const BETTER_DIRECTION: Record<string, number> = {
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
  /** "+14.4% worse" */
  text: string;
  /** "+14.4%" */
  amount: string;
  direction: Direction;
  tone: Tone;
  rising: boolean;
}

export const desiredDirection = (metric: string): number => BETTER_DIRECTION[metric] ?? -1;

/** Returns the difference of `value` from `base`; null if one of them is missing. */
export function deltaOf(metric: string, value: Maybe, base: Maybe): Delta | null {
  if (!isNumber(value) || !isNumber(base)) return null;
  const amount = amountOf(metric, value - base, base);
  const same = /^[+−]?0(\.0+)?\D*$/.test(amount);
  const better = desiredDirection(metric);
  const direction = same ? "same" : better === 0 ? "changed" : (value - base) * better > 0 ? "better" : "worse";
  const tone = ({ better: "good", worse: "bad", same: "none", changed: "none" } as const)[direction];
  const text = same ? "same" : direction === "changed" ? amount : `${amount} ${direction}`;
  return { text, amount: same ? "same" : amount, direction, tone, rising: value > base };
}

/** Formats a difference of shares in percentage points, and of other metrics in percent; as a number if `base` is 0. */
function amountOf(metric: string, delta: number, base: number): string {
  if (SHARES.has(metric)) return `${withSign(delta * 100, 2)}${NARROW_SPACE}pt`;
  if (base === 0) return delta === 0 ? "0" : withSign(delta, 1);
  return `${withSign((delta / base) * 100, 1)}%`;
}

/** Formats a number with its sign. */
export function withSign(value: number, digits: number): string {
  const text = Math.abs(value).toLocaleString("en-US", {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
  return `${value < 0 ? "−" : "+"}${text}`;
}
