/** One operation over time, on the run's own windows: where it was not called its rate is 0 and its latency is missing. */
import type { OpPoint } from "../../api/types";
import { Timeline } from "./timeline";

/** Windows after `knownSeq` are left out unless they have a point: of those nothing is known yet. */
export function opTimeline(run: Timeline, series: readonly OpPoint[], knownSeq: number): Timeline {
  const points = new Map(series.map((point) => [point.seq, point]));
  const timeline = new Timeline();
  for (const [place, seq] of run.seq.entries()) {
    const point = points.get(seq);
    if (!point && seq > knownSeq) continue;
    timeline.upsert({
      seq,
      elapsed_s: run.at("elapsed_s", place),
      window_s: run.at("window_s", place),
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
