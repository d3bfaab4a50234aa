/** Difference between two figures and whether it is an improvement. The metric decides which direction is better. */
import { type Maybe, NARROW_SPACE, isNumber } from "../display/format";
import type { Tone } from "../runs/status";
import { SHARES, isNoise } from "./noise";

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

export type Direction = "better" | "worse" | "same" | "changed";

export interface Delta {
  /** "14.4% slower" */
  text: string;
  /** "+14.4%" */
  amount: string;
  direction: Direction;
  tone: Tone;
  rising: boolean;
}

/** A change within the noise band. */
export const SAME = "≈ same";

export const desiredDirection = (metric: string): number => BETTER_DIRECTION[metric] ?? -1;

/** Returns the difference of `value` from `base`; null if one is missing. `exact`: not estimated from histograms. */
export function deltaOf(metric: string, value: Maybe, base: Maybe, exact = false): Delta | null {
  if (!isNumber(value) || !isNumber(base)) return null;
  const amount = amountOf(metric, value - base, base);
  const same = isNoise(metric, value, base, exact);
  const better = desiredDirection(metric);
  const direction = same ? "same" : better === 0 ? "changed" : (value - base) * better > 0 ? "better" : "worse";
  const tone = ({ better: "good", worse: "bad", same: "none", changed: "none" } as const)[direction];
  const text = same ? SAME : textOf(metric, amount, direction);
  return { text, amount: same ? SAME : amount, direction, tone, rising: value > base };
}

/** Returns "14.4% slower" for a latency, "−9.1% worse" for other figures, and only the amount for neutral ones. */
function textOf(metric: string, amount: string, direction: Direction): string {
  if (direction === "changed") return amount;
  if (!metric.endsWith("_ms") || !amount.endsWith("%")) return `${amount} ${direction}`;
  return `${amount.slice(1)} ${direction === "worse" ? "slower" : "faster"}`;
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
