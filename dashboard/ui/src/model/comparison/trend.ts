/** Where a figure is heading from run to run: improving, stable or degrading, said only when enough runs agree. */
import { goodOf } from "./delta";
import type { Column } from "../series/timeline";

export const TREND_METRICS = [
  "p95_ms",
  "p50_ms",
  "p90_ms",
  "p99_ms",
  "avg_ms",
  "ttfb_ms",
  "rps",
  "error_rate",
  "apdex_score",
  "checks_rate",
  "total_reqs",
] as const;
export type TrendMetric = (typeof TREND_METRICS)[number];

export const RUNS = ["10", "20", "50", "100", "500"];
const USUAL_RUNS = "50";
const MAX_RUNS = 1000;

export type Heading = "improving" | "stable" | "degrading" | "too few runs";

const MIN_RUNS = 3;
/** Less than this share from the first run to the last is stable. */
const STABLE = 0.1;

/** How many runs an address asks for; the usual number when it says none that can be had. */
export const runsOf = (asked: string | undefined): string =>
  asked !== undefined && /^[1-9]\d{0,3}$/.test(asked) && Number(asked) <= MAX_RUNS ? asked : USUAL_RUNS;

/** The median of all slopes between two runs: one odd run does not turn it. Times the length, as a share of the middle. */
export function changeOf(values: Column): number | null {
  const known = values
    .map((value, at) => ({ value, at }))
    .filter((point): point is { value: number; at: number } => point.value !== null);
  if (known.length < MIN_RUNS) return null;
  const slopes = known.flatMap((a, i) => known.slice(i + 1).map((b) => (b.value - a.value) / (b.at - a.at)));
  const middle = median(known.map(({ value }) => value));
  const [first, last] = [known[0], known.at(-1)];
  const rise = median(slopes) * ((last?.at ?? 0) - (first?.at ?? 0));
  if (rise === 0) return 0;
  return middle === 0 ? Math.sign(rise) : rise / middle;
}

export function headingOf(metric: string, values: Column): Heading {
  const change = changeOf(values);
  if (change === null) return "too few runs";
  const good = goodOf(metric);
  if (Math.abs(change) < STABLE || good === 0) return "stable";
  return change * good > 0 ? "improving" : "degrading";
}

export const TONE_OF = { improving: "good", stable: "warn", degrading: "bad", "too few runs": "quiet" } as const;

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? (sorted[half] ?? 0) : ((sorted[half - 1] ?? 0) + (sorted[half] ?? 0)) / 2;
}
