/** Names, units and order of the figures in a comparison. */
import { type Maybe, type Formatted, bytes, count, millis, percent, rate, score } from "../display/format";

interface Metric {
  name: string;
  show: (value: Maybe) => Formatted;
}

export const METRICS: Record<string, Metric> = {
  rps: { name: "RPS, mean", show: rate },
  total_reqs: { name: "Requests", show: count },
  errors: { name: "Failed requests", show: count },
  error_rate: { name: "Errors", show: percent },
  avg_ms: { name: "Average", show: millis },
  min_ms: { name: "Minimum", show: millis },
  p50_ms: { name: "p50", show: millis },
  p75_ms: { name: "p75", show: millis },
  p90_ms: { name: "p90", show: millis },
  p95_ms: { name: "p95", show: millis },
  p99_ms: { name: "p99", show: millis },
  max_ms: { name: "Maximum", show: millis },
  success_avg_ms: { name: "Average of successful requests", show: millis },
  success_p95_ms: { name: "p95 of successful requests", show: millis },
  ttfb_ms: { name: "Time to first byte, mean", show: millis },
  apdex_score: { name: "Apdex", show: score },
  checks_rate: { name: "Checks passed", show: percent },
  iterations: { name: "Iterations", show: count },
  dropped_iterations: { name: "Dropped iterations", show: count },
  connection_reuse_rate: { name: "Connection reuse", show: percent },
  data_received_bytes: { name: "Data in", show: bytes },
  data_sent_bytes: { name: "Data out", show: bytes },
};

export const metricOf = (key: string): Metric => METRICS[key] ?? { name: key, show: count };
