import { describe, expect, it } from "vitest";

import { aSnapshot } from "../../test/factories";
import { Timeline } from "./timeline";

function timelineOf(...seqs: number[]): Timeline {
  const timeline = new Timeline();
  for (const seq of seqs) timeline.upsert(aSnapshot(seq));
  return timeline;
}

describe("a timeline", () => {
  it("appends in order", () => {
    const timeline = timelineOf(1, 2, 3);
    expect(timeline.columns.elapsed_s).toEqual([2, 4, 6]);
    expect(timeline.lastSeq).toBe(3);
  });

  it("replaces a snapshot with the same number", () => {
    const timeline = timelineOf(1, 2);
    timeline.upsert(aSnapshot(2, { elapsed_s: 4.4, requests: 27 }));
    expect(timeline.seq).toEqual([1, 2]);
    expect(timeline.columns.requests).toEqual([20, 27]);
  });

  it("inserts a late snapshot in order", () => {
    expect(timelineOf(1, 3, 2).columns.elapsed_s).toEqual([2, 4, 6]);
  });

  it("merges columns of the API and fills missing ones with null", () => {
    const timeline = timelineOf(1);
    timeline.merge({ seq: [1, 2], elapsed_s: [2, 4], window_s: [2, 2], rps: [11, null] });
    expect(timeline.columns.rps).toEqual([11, null]);
    expect(timeline.columns.p95_ms).toEqual([null, null]);
  });

  it("marks uncovered time as a gap", () => {
    const timeline = timelineOf(1, 2, 6);
    expect([...timeline.gaps]).toEqual([2]);
  });

  it("closes a gap when the missing snapshot arrives", () => {
    const timeline = timelineOf(1, 2, 4);
    timeline.upsert(aSnapshot(3));
    expect(timeline.gaps.size).toBe(0);
  });

  it("has no gap in one long window", () => {
    const timeline = timelineOf(1, 2);
    timeline.upsert(aSnapshot(3, { elapsed_s: 14, window_s: 10 }));
    expect(timeline.gaps.size).toBe(0);
  });

  it("aligns a range with the nearest ends of windows", () => {
    const timeline = timelineOf(1, 2, 3, 4, 5);
    expect(timeline.align({ from_s: 3.2, to_s: 6.9 })).toEqual({ from_s: 4, to_s: 6 });
    expect(timeline.align({ from_s: 0.4, to_s: 0.5 })).toEqual({ from_s: 0, to_s: 2 });
    expect(timeline.align({ from_s: 10, to_s: 12 })).toEqual({ from_s: 8, to_s: 10 });
  });

  it("divides data by the length of the window", () => {
    const timeline = timelineOf(1);
    timeline.upsert(aSnapshot(2, { data_received_bytes: 3_000, window_s: 1.5, data_sent_bytes: null }));
    timeline.merge({ seq: [3], elapsed_s: [6], window_s: [2], data_received_bytes: [500], data_sent_bytes: [20] });
    expect(timeline.columns.received_per_s).toEqual([500, 2_000, 250]);
    expect(timeline.columns.sent_per_s).toEqual([50, null, 10]);
  });

  it("ends partially if the last window is much shorter", () => {
    const timeline = timelineOf(1, 2, 3);
    expect(timeline.endsPartially).toBe(false);
    timeline.upsert(aSnapshot(4, { elapsed_s: 7, window_s: 1 }));
    expect(timeline.endsPartially).toBe(true);
  });

  it("keeps the first and the last value of a sparkline", () => {
    const timeline = timelineOf(...Array.from({ length: 100 }, (_, i) => i + 1));
    const sample = timeline.sample("total_reqs", 10);
    expect(sample).toHaveLength(10);
    expect([sample[0], sample[9]]).toEqual([20, 2_000]);
  });

  it("snaps a selection to whole windows", () => {
    const timeline = timelineOf(1, 2, 3, 4, 5);
    expect(timeline.snap(3.5, 8.2)).toEqual({ from_s: 2, to_s: 8 });
    expect(timeline.snap(0, 100)).toEqual({ from_s: 0, to_s: 10 });
    expect(timeline.snap(4.1, 5.9)).toBeNull();
  });
});

it("finds the window nearest to the cursor", () => {
  const timeline = timelineOf(1, 2, 3);
  expect([0, 2.9, 3.1, 99].map((seconds) => timeline.nearest(seconds))).toEqual([0, 0, 1, 2]);
  expect(new Timeline().nearest(5)).toBe(0);
});
