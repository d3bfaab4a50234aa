/** Time series of one operation, aligned with the windows of the run. Windows without requests have a rate of 0 and no latency. */
import type { OpPoint } from "../../api/types";
import { Timeline } from "./timeline";

/** Omits windows after `knownSeq` that have no point: their figures are not known yet. */
export function opTimeline(run: Timeline, series: readonly OpPoint[], knownSeq: number): Timeline {
  const points = new Map(series.map((point) => [point.seq, point]));
  const timeline = new Timeline();
  for (const [index, seq] of run.seq.entries()) {
    const point = points.get(seq);
    if (!point && seq > knownSeq) continue;
    timeline.upsert({
      seq,
      elapsed_s: run.at("elapsed_s", index),
      window_s: run.at("window_s", index),
      requests: point?.requests ?? 0,
      errors: point?.errors ?? 0,
      rps: point ? point.rps : 0,
      p50_ms: point?.p50_ms ?? null,
      p95_ms: point?.p95_ms ?? null,
      p99_ms: point?.p99_ms ?? null,
    });
  }
  return timeline;
}
