/** Computes the figures of a range from the tallies of its windows, with the same results as the server. */
import type { Bucket, Breakdown, Figures, Totals } from "../../api/types";
import { Histogram, type PackedHistogram } from "./histogram";

/** Counts and histograms of one window. */
export interface WindowTally {
  /** Durations by status class and outcome: "2+" is an expected 2xx, "5-" a failed 5xx. */
  durations: Record<string, PackedHistogram>;
  /** Durations of responses whose status is expected but whose body is an error; also part of `durations`. */
  rejected: PackedHistogram;
  /** Counts of passed and failed checks. */
  checks: [number, number];
  /** Time to first byte: sum in seconds, count. */
  waiting: [number, number];
  iterations: number | null;
  dropped: number | null;
  received: number | null;
  sent: number | null;
  reused: number | null;
  /** Redirects that were followed. */
  hops: number;
}

const BUCKET_EDGES_MS = [50, 100, 250, 500, 1_000, 5_000];
/** First characters of the keys of `durations`. "0" means no response, "x" a status of 600 or above. */
const STATUS_CLASSES = ["0", "1", "2", "3", "4", "5", "x"];
const NO_RESPONSE = "0";

/** The exact minimum and maximum of the run in ms. No estimate lies outside them. Null if they are unknown. */
export type Bounds = readonly [number, number] | null;

export function breakdownOf(
  windows: readonly WindowTally[],
  seconds: number,
  apdexMs: number,
  bounds: Bounds = null,
): Breakdown {
  const byKey = new Map<string, Histogram>();
  for (const { durations } of windows)
    for (const [key, packed] of Object.entries(durations)) {
      const histogram = byKey.get(key) ?? new Histogram();
      histogram.add(packed);
      byKey.set(key, histogram);
    }
  const answered = [...byKey].filter(([key]) => !key.startsWith(NO_RESPONSE));
  const all = merge(answered.map(([, histogram]) => histogram));
  const rejected = new Histogram();
  for (const window of windows) rejected.add(window.rejected);
  const good = merge(answered.filter(([key]) => key.endsWith("+")).map(([, histogram]) => histogram));
  good.remove(rejected);
  const classes = STATUS_CLASSES.map((name) =>
    sum([...byKey].filter(([key]) => key.startsWith(name)).map(([, h]) => h.count)),
  );
  return {
    figures: within(figuresOf(all, good, classes, windows, seconds, apdexMs), bounds),
    totals: totalsOf(windows, all.count),
    latency_buckets: bucketsOf(all),
    timings: [],
    metrics: [],
    counters: [],
    statuses: [],
    error_messages: [],
    groups: [],
    phases: [],
    status_classes: [],
  };
}

function figuresOf(
  all: Histogram,
  good: Histogram,
  classes: number[],
  windows: readonly WindowTally[],
  seconds: number,
  apdexMs: number,
): Figures {
  const total = sum(classes);
  const errors = total - good.count;
  const hops = sum(windows.map((window) => window.hops));
  const passed = sum(windows.map(({ checks }) => checks[0]));
  const failed = sum(windows.map(({ checks }) => checks[1]));
  const waited = sum(windows.map(({ waiting }) => waiting[1]));
  const quantileMs = (histogram: Histogram, q: number) => ms(histogram.quantile(q));
  const [s0 = 0, s1 = 0, s2 = 0, s3 = 0, s4 = 0, s5 = 0, other = 0] = classes;
  return {
    total_reqs: total,
    errors,
    error_rate: ratio(errors, Math.max(errors, total - hops)),
    rps: seconds ? total / seconds : null,
    avg_ms: ms(all.mean),
    min_ms: ms(all.minEdge),
    max_ms: ms(all.maxEdge),
    p50_ms: quantileMs(all, 0.5),
    p75_ms: quantileMs(all, 0.75),
    p90_ms: quantileMs(all, 0.9),
    p95_ms: quantileMs(all, 0.95),
    p99_ms: quantileMs(all, 0.99),
    success_avg_ms: ms(good.mean),
    success_p50_ms: quantileMs(good, 0.5),
    success_p95_ms: quantileMs(good, 0.95),
    success_p99_ms: quantileMs(good, 0.99),
    ttfb_ms: ms(ratio(sum(windows.map(({ waiting }) => waiting[0])), waited)),
    apdex_score: total ? (good.countUpTo(apdexMs / 1_000) + good.countUpTo((4 * apdexMs) / 1_000)) / 2 / total : null,
    status_0: s0,
    status_1xx: s1,
    status_2xx: s2,
    status_3xx: s3,
    status_4xx: s4,
    status_5xx: s5,
    status_other: other,
    checks_passed: passed,
    checks_failed: failed,
    checks_rate: ratio(passed, passed + failed),
    hops,
  };
}

function within(figures: Figures, bounds: Bounds): Figures {
  if (bounds === null) return figures;
  const entries = Object.entries(figures).map(([name, value]: [string, number | null]) => [
    name,
    value === null || !name.endsWith("_ms") || name === "ttfb_ms"
      ? value
      : Math.min(Math.max(value, bounds[0]), bounds[1]),
  ]);
  return Object.fromEntries(entries) as Figures;
}

function totalsOf(windows: readonly WindowTally[], answered: number): Totals {
  const reused = sumKnown(windows, "reused");
  return {
    iterations: sumKnown(windows, "iterations"),
    dropped_iterations: sumKnown(windows, "dropped"),
    data_received_bytes: sumKnown(windows, "received"),
    data_sent_bytes: sumKnown(windows, "sent"),
    connection_reuse_rate: reused === null ? null : ratio(reused, answered),
  };
}

/** Returns the responses per latency bucket, rounded by the largest-remainder method so that their sum is exact. */
function bucketsOf(all: Histogram): Bucket[] {
  const total = all.count;
  const below = BUCKET_EDGES_MS.map((edge) => all.countUpTo(edge / 1_000));
  const exact = [...below, total].map((end, i) => end - (below[i - 1] ?? 0));
  const counts = exact.map(Math.trunc);
  const missing = total - sum(counts);
  const order = exact.map((_, i) => i).sort((a, b) => remainder(exact, counts, b) - remainder(exact, counts, a));
  for (const i of order.slice(0, missing)) counts[i] = (counts[i] ?? 0) + 1;
  return counts.map((count, i) => ({ le_ms: BUCKET_EDGES_MS[i] ?? null, count }));
}

const remainder = (exact: number[], counts: number[], i: number) => (exact[i] ?? 0) - (counts[i] ?? 0);

function merge(histograms: readonly Histogram[]): Histogram {
  const all = new Histogram();
  for (const histogram of histograms) all.merge(histogram);
  return all;
}

function sumKnown(
  windows: readonly WindowTally[],
  name: "iterations" | "dropped" | "received" | "sent" | "reused",
): number | null {
  const known = windows.map((window) => window[name]).filter((value) => value !== null);
  return known.length ? sum(known) : null;
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
const ratio = (part: number, whole: number) => (whole ? part / whole : null);
const ms = (seconds: number | null) => (seconds === null ? null : seconds * 1_000);
