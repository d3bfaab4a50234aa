/** Rows of request timings, and the share of each phase in the total time. */
import type { Breakdown, Distribution, Figures } from "../../api/types";

/** Returns the row of the total request duration, from the same figures as every other view. */
export const durationRow = (figures: Figures): Distribution => ({
  metric: "http_req_duration",
  unit: "ms",
  count: figures.total_reqs,
  avg: figures.avg_ms,
  min: figures.min_ms,
  med: figures.p50_ms,
  max: figures.max_ms,
  p90: figures.p90_ms,
  p95: figures.p95_ms,
  p99: figures.p99_ms,
});

/** Returns the rows of the phases with the metric names of k6. */
export const phaseRows = (timings: readonly Distribution[]): Distribution[] =>
  timings.map((row) => ({ ...row, metric: `http_req_${row.metric}` }));

const BUILT_IN_COUNTERS = new Set(["data_received", "data_sent", "iterations", "dropped_iterations", "http_reqs"]);

/** Returns the counters that the script defines. The built-in counters are shown among the totals. */
export const scriptCounters = (counters: Breakdown["counters"]): Breakdown["counters"] =>
  counters.filter(({ name }) => !BUILT_IN_COUNTERS.has(name));

export interface PhaseShare {
  name: string;
  avg: number;
  share: number;
  color: string;
}

const PHASES = ["blocked", "connecting", "tls_handshaking", "sending", "waiting", "receiving"];
const NAMES: Record<string, string> = { tls_handshaking: "TLS" };

/** Returns the share of each phase in the mean total time. Means can be added up, but percentiles cannot. */
export function phaseShares(timings: readonly Distribution[]): PhaseShare[] {
  const averages = PHASES.map((phase) => timings.find(({ metric }) => metric.endsWith(phase))?.avg ?? 0);
  const total = averages.reduce((sum, avg) => sum + avg, 0);
  return PHASES.map((phase, i) => ({
    name: NAMES[phase] ?? phase,
    avg: averages[i] ?? 0,
    share: total > 0 ? (averages[i] ?? 0) / total : 0,
    color: `var(--s${String(i + 1)})`,
  }));
}
