import { describe, expect, it } from "vitest";

import type { OpPoint } from "../../api/types";
import { aSnapshot } from "../../test/factories";
import { opTimeline } from "./op-timeline";
import { Timeline } from "./timeline";

const point = (seq: number): OpPoint => ({
  seq,
  elapsed_s: seq * 2,
  requests: 6,
  errors: 1,
  rps: 3,
  p50_ms: 10,
  p95_ms: 20,
  p99_ms: 30,
});

function runOf(...seqs: number[]): Timeline {
  const run = new Timeline();
  for (const seq of seqs) run.upsert(aSnapshot(seq));
  return run;
}

describe("the timeline of an operation", () => {
  it("has the windows of the run", () => {
    const op = opTimeline(runOf(1, 2), [point(1), point(2)], 2);
    expect(op.columns.elapsed_s).toEqual([2, 4]);
    expect(op.columns.p95_ms).toEqual([20, 20]);
  });

  it("has a rate of 0 and no latency in windows without requests", () => {
    const op = opTimeline(runOf(1, 2, 3), [point(1), point(3)], 3);
    expect(op.columns.rps).toEqual([3, 0, 3]);
    expect(op.columns.p50_ms).toEqual([10, null, 10]);
  });

  it("omits windows after the last known one", () => {
    expect(opTimeline(runOf(1, 2, 3), [point(1)], 2).seq).toEqual([1, 2]);
  });

  it("includes a point that is newer than the last known window", () => {
    expect(opTimeline(runOf(1, 2, 3), [point(3)], 2).columns.rps).toEqual([0, 0, 3]);
  });

  it("keeps the gaps of the run", () => {
    expect([...opTimeline(runOf(1, 9), [point(1), point(9)], 9).gaps]).toEqual([1]);
  });
});
