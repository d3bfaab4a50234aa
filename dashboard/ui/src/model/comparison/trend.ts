/** Direction of a figure across runs: improving, stable or degrading. */
import { desiredDirection } from "./delta";
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

export const RUN_COUNTS = ["10", "20", "50", "100", "500"];
const DEFAULT_RUN_COUNT = "50";
const MAX_RUNS = 1000;

export type TrendDirection = "improving" | "stable" | "degrading" | "too few runs";

const MIN_RUNS = 3;
/** A relative change from the first run to the last that is below this share counts as stable. */
const STABLE_SHARE = 0.1;

/** Returns the number of runs that the URL requests; the default if it is missing or invalid. */
export const runCountOf = (requested: string | undefined): string =>
  requested !== undefined && /^[1-9]\d{0,3}$/.test(requested) && Number(requested) <= MAX_RUNS
    ? requested
    : DEFAULT_RUN_COUNT;

/** Returns the relative change from first to last run. The median of pairwise slopes (Theil–Sen) ignores outliers. */
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

/** Returns how many runs have each planned load. The load of the newest run is first; only its runs are comparable. */
export function countLoads(points: readonly { load: string }[]): [string, number][] {
  const counts = new Map<string, number>();
  for (const { load } of [...points].reverse()) counts.set(load, (counts.get(load) ?? 0) + 1);
  return [...counts];
}

/** Returns the runs with the same planned load as the newest one. */
export const comparableWithNewest = <Point extends { load: string }>(points: readonly Point[]): Point[] =>
  points.filter(({ load }) => load === points.at(-1)?.load);

export function directionOf(metric: string, values: Column): TrendDirection {
  const change = changeOf(values);
  if (change === null) return "too few runs";
  const better = desiredDirection(metric);
  if (Math.abs(change) < STABLE_SHARE || better === 0) return "stable";
  return change * better > 0 ? "improving" : "degrading";
}

export const DIRECTION_TONES = {
  improving: "good",
  stable: "warn",
  degrading: "bad",
  "too few runs": "quiet",
} as const;

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? (sorted[half] ?? 0) : ((sorted[half - 1] ?? 0) + (sorted[half] ?? 0)) / 2;
}
