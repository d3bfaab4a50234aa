import { expect, it } from "vitest";

import { aSnapshot } from "../../test/factories";
import { DownsampledTimeline } from "./downsampled";
import { Timeline } from "./timeline";

const MAX_ROWS = 20;

/** A timeline of `n` windows whose rps is its number, with one spike. */
function timelineOf(n: number, spikeAt = -1): Timeline {
  const timeline = new Timeline();
  for (let seq = 1; seq <= n; seq++) timeline.upsert(aSnapshot(seq, { rps: seq === spikeAt ? 9_999 : seq }));
  return timeline;
}

function thinned(timeline: Timeline): DownsampledTimeline {
  const made = new DownsampledTimeline(timeline, MAX_ROWS);
  made.update();
  return made;
}

it("a short timeline is drawn as it is", () => {
  const timeline = timelineOf(MAX_ROWS);
  expect(thinned(timeline).column("rps")).toBe(timeline.columns.rps);
});

it.each([21, 40, 41, 1_000, 1_337])("a timeline of %i windows has few points, from its first to its last", (n) => {
  const drawn = thinned(timelineOf(n));
  expect(drawn.times.length).toBeLessThanOrEqual(MAX_ROWS + 2);
  expect([drawn.times[0], drawn.times.at(-1)]).toEqual([2, n * 2]);
  expect(drawn.column("rps")).toHaveLength(drawn.times.length);
});

it("no spike is lost", () => {
  expect(Math.max(...thinned(timelineOf(1_000, 517)).column("rps").map(Number))).toBe(9_999);
});

it("growing by one window gives the same as starting anew", () => {
  const timeline = timelineOf(10);
  const drawn = new DownsampledTimeline(timeline, MAX_ROWS);
  for (let seq = 11; seq <= 300; seq++) {
    timeline.upsert(aSnapshot(seq, { rps: seq }));
    drawn.update();
  }
  const anew = thinned(timelineOf(300));
  expect(drawn.times).toEqual(anew.times);
  expect(drawn.column("rps")).toEqual(anew.column("rps"));
});

it("a window that comes again is drawn anew, also far back", () => {
  const timeline = timelineOf(300);
  const drawn = thinned(timeline);
  timeline.upsert(aSnapshot(5, { rps: 7_777 }));
  drawn.update();
  expect(drawn.column("rps")).toContain(7_777);
});

it("a gap stays a gap", () => {
  const timeline = timelineOf(300);
  timeline.upsert(aSnapshot(400));
  const drawn = thinned(timeline);
  expect(drawn.gaps.size).toBe(1);
  const [gap = 0] = drawn.gaps;
  expect(drawn.times[gap]).toBeLessThanOrEqual(800);
});

it("a stretch that was never measured is a hole", () => {
  const timeline = new Timeline();
  for (let seq = 1; seq <= 100; seq++) timeline.upsert(aSnapshot(seq, seq > 40 && seq <= 72 ? { p95_ms: null } : {}));
  expect(thinned(timeline).column("p95_ms")).toContain(null);
});
