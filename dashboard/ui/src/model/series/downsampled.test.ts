import { expect, it } from "vitest";

import { aSnapshot } from "../../test/factories";
import { DownsampledTimeline } from "./downsampled";
import { Timeline } from "./timeline";

const MAX_POINTS = 20;

/** Returns a timeline of `n` windows. The rps of each window is its number, except at a spike. */
function timelineOf(n: number, spikeAt = -1): Timeline {
  const timeline = new Timeline();
  for (let seq = 1; seq <= n; seq++) timeline.upsert(aSnapshot(seq, { rps: seq === spikeAt ? 9_999 : seq }));
  return timeline;
}

function downsample(timeline: Timeline): DownsampledTimeline {
  const drawn = new DownsampledTimeline(timeline, MAX_POINTS);
  drawn.update();
  return drawn;
}

it("does not change a short timeline", () => {
  const timeline = timelineOf(MAX_POINTS);
  expect(downsample(timeline).column("rps")).toBe(timeline.columns.rps);
});

it.each([21, 40, 41, 1_000, 1_337])("reduces %i windows and keeps the first and the last", (n) => {
  const drawn = downsample(timelineOf(n));
  expect(drawn.times.length).toBeLessThanOrEqual(MAX_POINTS + 2);
  expect([drawn.times[0], drawn.times.at(-1)]).toEqual([2, n * 2]);
  expect(drawn.column("rps")).toHaveLength(drawn.times.length);
});

it("keeps spikes", () => {
  expect(Math.max(...downsample(timelineOf(1_000, 517)).column("rps").map(Number))).toBe(9_999);
});

it("gives the same result incrementally and from scratch", () => {
  const timeline = timelineOf(10);
  const drawn = new DownsampledTimeline(timeline, MAX_POINTS);
  for (let seq = 11; seq <= 300; seq++) {
    timeline.upsert(aSnapshot(seq, { rps: seq }));
    drawn.update();
  }
  const fresh = downsample(timelineOf(300));
  expect(drawn.times).toEqual(fresh.times);
  expect(drawn.column("rps")).toEqual(fresh.column("rps"));
});

it("updates an old window that changes", () => {
  const timeline = timelineOf(300);
  const drawn = downsample(timeline);
  timeline.upsert(aSnapshot(5, { rps: 7_777 }));
  drawn.update();
  expect(drawn.column("rps")).toContain(7_777);
});

it("keeps gaps", () => {
  const timeline = timelineOf(300);
  timeline.upsert(aSnapshot(400));
  const drawn = downsample(timeline);
  expect(drawn.gaps.size).toBe(1);
  const [gap = 0] = drawn.gaps;
  expect(drawn.times[gap]).toBeLessThanOrEqual(800);
});

it("keeps null for a period without measurements", () => {
  const timeline = new Timeline();
  for (let seq = 1; seq <= 100; seq++) timeline.upsert(aSnapshot(seq, seq > 40 && seq <= 72 ? { p95_ms: null } : {}));
  expect(downsample(timeline).column("p95_ms")).toContain(null);
});
