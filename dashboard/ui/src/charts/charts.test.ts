import { describe, expect, it } from "vitest";

import { anEvent, aSnapshot } from "../test/factories";
import { DownsampledTimeline } from "../model/series/downsampled";
import { Timeline } from "../model/series/timeline";
import type { ChartData } from "./data";
import { spreadLabels } from "./labels";
import { alignedData, chartOptions } from "./options";
import { withAlpha, type Palette } from "./palette";
import { logEnds, roundUp, timeEnd, timeEnds } from "./scales";
import { runCharts } from "./specs";

const slo = (key: string, limit: number) => ({ key, limit, value: null, passed: null, message: "" });

function data(...seqs: number[]): ChartData {
  const timeline = new Timeline();
  for (const seq of seqs) timeline.upsert(aSnapshot(seq));
  const palette = new Proxy({}, { get: () => "#ffffff" }) as Palette;
  const plan = [
    { at_s: 0, target: 0 },
    { at_s: 60, target: 12 },
  ];
  return {
    timeline,
    drawn: new DownsampledTimeline(timeline),
    plan,
    steered: [],
    plannedS: 60,
    events: [anEvent(1)],
    range: null,
    live: true,
    zoomed: false,
    log: false,
    hidden: new Set(),
    palette,
  };
}

const listeners = {
  oncursor: () => undefined,
  onselect: () => undefined,
  onclear: () => undefined,
  ondraw: () => undefined,
};

/** Returns the upper end of an axis of a chart, for a run with an SLO for p95 or without one. */
function axisEnd(limit: number | null, name: "y" | "right", chartIndex = 2): number {
  const spec = runCharts(limit === null ? [] : [slo("p95_ms", limit)])[chartIndex];
  if (!spec) throw new Error("no such chart");
  const range: unknown = chartOptions(spec, data(1, 2, 3), 600, listeners).scales?.[name]?.range;
  const measured = name === "right" ? 5 : 50;
  return (range as (u: null, min: number, max: number) => [number, number])(null, 0, measured)[1];
}

describe("the charts of a run", () => {
  it("are throughput, spread, limits and users", () => {
    expect(runCharts([]).map(({ key }) => key)).toEqual(["throughput", "spread", "limits", "users"]);
  });

  it("draw SLOs with a label", () => {
    const [, , latency] = runCharts([slo("p95_ms", 500), slo("error_rate", 0.01)]);
    expect(latency?.limits.map(({ value }) => value)).toEqual([500]);
    expect(latency?.series.map(({ limit }) => limit)).toEqual([500, undefined]);
  });

  it("begin at the start of the first window, or at its end for users", () => {
    const [throughput] = runCharts([]);
    if (!throughput) throw new Error("no chart");
    expect(alignedData(throughput, data(1, 2))).toEqual([
      [0, 2, 4],
      [10, 10, 10],
      [null, 5, 5],
    ]);
    expect(alignedData(throughput, data())).toEqual([[], [], []]);
  });

  it("omit a partial last window of a run that has ended", () => {
    const [throughput] = runCharts([]);
    const ended = { ...data(1, 2, 3), live: false };
    ended.timeline.upsert(aSnapshot(4, { elapsed_s: 6.5, window_s: 0.5 }));
    if (!throughput) throw new Error("no chart");
    expect(alignedData(throughput, ended)[0]).toEqual([0, 2, 4, 6]);
  });

  it("include a limit near the lines, but not one far above", () => {
    expect(axisEnd(200, "y")).toBeGreaterThan(200);
    expect(axisEnd(5_000, "y")).toBeLessThan(100);
  });

  it("include the plan, and draw the line of users below that of the rate", () => {
    expect(axisEnd(null, "y", 3)).toBeGreaterThanOrEqual(12);
    expect(axisEnd(null, "right", 0)).toBeGreaterThanOrEqual(24);
  });
});

describe("axes", () => {
  it.each([
    [0, 1, 1],
    [0.99, 1, 1.2],
    [418, 1, 500],
    [95, 1, 100],
    [0, 4, 4],
    [1_133, 1, 1_200],
  ])("for a maximum of %s and a minimum end of %s end at %s", (max, atLeast, end) => {
    expect(roundUp(max, atLeast)).toBe(end);
  });

  it("include the whole plan of a short live run", () => {
    expect(timeEnd(120, 6, true)).toBe(120);
  });

  it("grow in few steps for a long live run", () => {
    expect([10, 230, 250, 1_500, 7_000].map((last) => timeEnd(7_200, last, true))).toEqual([
      300, 300, 1_800, 7_200, 7_200,
    ]);
  });

  it("end with the last window of a finished run", () => {
    expect(timeEnd(120, 31, false)).toBe(31);
    expect(timeEnd(120, 130, true)).toBe(130);
  });
});

describe("a zoomed chart", () => {
  it("shows only the selected range", () => {
    expect(timeEnds(120, 60, true, { from_s: 20, to_s: 40 })).toEqual([20, 40]);
    expect(timeEnds(120, 60, true, null)).toEqual([0, 120]);
  });

  it("draws every window of a long run", () => {
    const [throughput] = runCharts([]);
    const zoomed = {
      ...data(...Array.from({ length: 5_000 }, (_, i) => i + 1)),
      range: { from_s: 2, to_s: 8 },
      zoomed: true,
    };
    if (!throughput) throw new Error("no chart");
    expect(alignedData(throughput, zoomed)[1]).toHaveLength(5_001);
  });
});

describe("a logarithmic axis", () => {
  it.each([
    [3, 420, 1, 1_000],
    [0, 420, 100, 1_000],
    [0, 0, 0.1, 1],
    [0.00001, 1_000, 0.001, 1_000],
  ])("for %s to %s ranges from %s to %s", (min, max, bottom, top) => {
    expect(logEnds(min, max)[0]).toBeCloseTo(bottom, 9);
    expect(logEnds(min, max)[1]).toBe(top);
  });
});

describe("labels at line ends", () => {
  const label = (y: number) => ({ y, text: String(y), color: "#fff" });

  it("are moved apart and stay above the floor", () => {
    const placed = spreadLabels([label(98), label(10), label(97)], 15, 100);
    expect(placed.map(({ y }) => y)).toEqual([10, 85, 100]);
  });

  it("keep their position if there is room", () => {
    expect(spreadLabels([label(10), label(40)], 15, 100).map(({ y }) => y)).toEqual([10, 40]);
  });
});

it("adds an alpha value to a color", () => {
  expect(withAlpha("#4cc9c0", 0.1)).toBe("#4cc9c01a");
});
