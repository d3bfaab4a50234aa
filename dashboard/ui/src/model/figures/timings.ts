/** Request timings as rows, and the share of the whole that each phase takes. */
import type { Breakdown, Distribution, Figures } from "../../api/types";

/** The duration of requests beside its phases, from the figures that every view shows. */
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

/** Phases under k6's own names. */
export const phaseRows = (timings: readonly Distribution[]): Distribution[] =>
  timings.map((row) => ({ ...row, metric: `http_req_${row.metric}` }));

const TOLD = new Set(["data_received", "data_sent", "iterations", "dropped_iterations", "http_reqs"]);

/** Counters of the script itself: k6's own stand among the totals already. */
export const ownCounters = (counters: Breakdown["counters"]): Breakdown["counters"] =>
  counters.filter(({ name }) => !TOLD.has(name));

export interface Part {
  name: string;
  avg: number;
  share: number;
  color: string;
}

const PHASES = ["blocked", "connecting", "tls_handshaking", "sending", "waiting", "receiving"];
const WORDS: Record<string, string> = { tls_handshaking: "TLS" };

/** Mean time of each phase. Means may be added up; percentiles may not. */
export function partsOf(timings: readonly Distribution[]): Part[] {
  const averages = PHASES.map((phase) => timings.find(({ metric }) => metric.endsWith(phase))?.avg ?? 0);
  const total = averages.reduce((sum, avg) => sum + avg, 0);
  return PHASES.map((phase, i) => ({
    name: WORDS[phase] ?? phase,
    avg: averages[i] ?? 0,
    share: total > 0 ? (averages[i] ?? 0) / total : 0,
    color: `var(--s${String(i + 1)})`,
  }));
}
