import { describe, expect, it } from "vitest";
import type { PackedHistogram } from "./histogram";
import { breakdownOf, type WindowTally } from "./range-figures";

const HALF_A_SECOND: PackedHistogram = [0, 2, -8, 4]; // four values of up to 0.5 s
const REFUSED: PackedHistogram = [6, 0];

const tallyOf = (durations: Record<string, PackedHistogram>): WindowTally => ({
  durations,
  rejected: [0, 0],
  checks: [0, 0],
  waiting: [0, 0],
  iterations: null,
  dropped: null,
  received: null,
  sent: null,
  reused: null,
  hops: 0,
});

describe("the figures of a range", () => {
  it("have no latency without a response", () => {
    const { figures, latency_buckets } = breakdownOf([tallyOf({ "0-": REFUSED })], 2, 500);
    expect(figures).toMatchObject({ total_reqs: 6, errors: 6, status_0: 6, p50_ms: null, avg_ms: null, min_ms: null });
    expect(figures.apdex_score).toBe(0);
    expect(latency_buckets.map(({ count }) => count)).toEqual([0, 0, 0, 0, 0, 0, 0]);
  });

  it("have latencies of the responses only, even if other requests had no response", () => {
    const alone = breakdownOf([tallyOf({ "2+": HALF_A_SECOND })], 2, 500).figures;
    const { figures } = breakdownOf([tallyOf({ "2+": HALF_A_SECOND, "0-": REFUSED })], 2, 500);
    expect(figures).toMatchObject({ p95_ms: alone.p95_ms, avg_ms: alone.avg_ms, min_ms: alone.min_ms, total_reqs: 10 });
    expect(figures.apdex_score).toBeCloseTo(0.4);
  });

  it("count a response with a GraphQL error as failed", () => {
    const tally = { ...tallyOf({ "2+": HALF_A_SECOND }), rejected: [0, 1, -8, 2] };
    const { figures } = breakdownOf([tally], 2, 500);
    expect(figures).toMatchObject({ total_reqs: 4, errors: 2, status_2xx: 4, apdex_score: 0.5 });
  });

  it("lie within the exact minimum and maximum of the run", () => {
    const { figures } = breakdownOf([tallyOf({ "2+": HALF_A_SECOND })], 2, 500, [480, 490]);
    expect(figures).toMatchObject({ min_ms: 480, max_ms: 490, p99_ms: 490, success_p50_ms: 480 });
    expect(figures.total_reqs).toBe(4);
  });

  it("count a status of 600 or above as a class", () => {
    const { figures } = breakdownOf([tallyOf({ "x-": HALF_A_SECOND })], 2, 500);
    expect(figures).toMatchObject({ total_reqs: 4, errors: 4, status_0: 0, status_other: 4 });
  });
});
