import { describe, expect, it } from "vitest";

import { Timeline } from "../model/series/timeline";
import { aSnapshot } from "../test/factories";
import { csvOf, tableOf } from "./columns";
import { hiddenAfterClick, readingOf, readingText } from "./legend";
import { moveCursor, selectionOf } from "./keyboard-cursor";
import { runCharts } from "./specs";

const [throughput, , , users] = runCharts([]);
const plan = [
  { at_s: 0, target: 0 },
  { at_s: 10, target: 5 },
];

function data(windows: number) {
  const timeline = new Timeline();
  for (let seq = 1; seq <= windows; seq++) timeline.upsert(aSnapshot(seq, { rps: seq === 2 ? null : seq * 10 }));
  return {
    timeline,
    plan,
    steered: [],
    plannedS: 10,
    live: true,
    hidden: new Set<string>(),
    zoomed: false,
    range: null,
  };
}

describe("a chart as a table", () => {
  it("has the field names of the API and a row per window; missing values are empty", () => {
    if (!throughput) throw new Error("no chart");
    expect(csvOf(tableOf(throughput, data(3)))).toBe("elapsed_s,rps,vus\r\n2,10,5\r\n4,,5\r\n6,30,5\r\n");
  });

  it("includes the plan", () => {
    if (!users) throw new Error("no chart");
    expect(tableOf(users, data(1))).toEqual({ head: ["elapsed_s", "vus", "vus_planned"], rows: [[2, 5, 1]] });
  });

  it("takes evenly spaced windows including the first and the last", () => {
    if (!throughput) throw new Error("no chart");
    const { rows } = tableOf(throughput, data(100), 5);
    expect(rows.map(([at]) => at)).toEqual([2, 52, 102, 150, 200]);
  });
});

describe("the legend text", () => {
  it("describes the latest window, or the one at the cursor", () => {
    if (!throughput) throw new Error("no chart");
    expect(readingText(readingOf(throughput, data(3), null))).toBe("now: RPS 30.0, VUs 5");
    expect(readingText(readingOf(throughput, data(3), 1))).toBe("at 0:04: RPS —, VUs 5");
  });

  it("reports missing data", () => {
    if (!users) throw new Error("no chart");
    expect(readingText(readingOf(users, data(0), null))).toBe("no data yet");
  });
});

describe("keyboard control", () => {
  const at = (index: number, anchor: number | null = null) => ({ index, anchor });

  it("moves the cursor within the chart", () => {
    expect(moveCursor(at(5), "ArrowLeft", false, 10)).toEqual(at(4));
    expect(moveCursor(at(5), "PageUp", false, 10)).toEqual(at(9));
    expect(moveCursor(at(5), "Home", false, 10)).toEqual(at(0));
    expect(moveCursor(at(0), "ArrowLeft", false, 10)).toEqual(at(0));
  });

  it("selects a range with Shift and drops it without", () => {
    const first = moveCursor(at(5), "ArrowRight", true, 10);
    expect(first).toEqual(at(6, 5));
    expect(moveCursor(first ?? at(0), "ArrowRight", true, 10)).toEqual(at(7, 5));
    expect(moveCursor(first ?? at(0), "ArrowRight", false, 10)).toEqual(at(7));
  });

  it("ignores other keys and empty charts", () => {
    expect(moveCursor(at(5), "a", false, 10)).toBeNull();
    expect(moveCursor(at(0), "ArrowLeft", false, 0)).toBeNull();
  });

  it("selects whole windows in both directions", () => {
    const windowEnds = [2, 4, 6, 8];
    expect(selectionOf(at(3, 1), windowEnds)).toEqual({ from_s: 2, to_s: 8 });
    expect(selectionOf(at(0, 1), windowEnds)).toEqual({ from_s: 0, to_s: 4 });
    expect(selectionOf(at(1), windowEnds)).toBeNull();
  });
});

describe("a click on the legend", () => {
  const keys = ["p50", "p95", "p99"];
  const click = (hidden: string[], key: string, shift = false) => [
    ...hiddenAfterClick(new Set(hidden), keys, key, shift),
  ];

  it("isolates a series, and shows all if it is alone", () => {
    expect(click([], "p95")).toEqual(["p50", "p99"]);
    expect(click(["p50", "p99"], "p95")).toEqual([]);
    expect(click(["p50", "p99"], "p99")).toEqual(["p50", "p95"]);
  });

  it("hides and shows a series with Shift, and never hides the last one", () => {
    expect(click([], "p95", true)).toEqual(["p95"]);
    expect(click(["p95"], "p95", true)).toEqual([]);
    expect(click(["p50", "p95"], "p99", true)).toEqual([]);
  });
});

it("reads the end of a zoomed range", () => {
  if (!throughput) throw new Error("no chart");
  const zoomed = { ...data(5), zoomed: true, range: { from_s: 2, to_s: 6 } };
  expect(readingText(readingOf(throughput, zoomed, null))).toBe("at 0:06: RPS 30.0, VUs 5");
  expect(readingText(readingOf(throughput, zoomed, 0))).toBe("at 0:02: RPS 10.0, VUs 5");
});

it("omits hidden series", () => {
  if (!throughput) throw new Error("no chart");
  const reading = readingOf(throughput, { ...data(3), hidden: new Set(["vus"]) }, null);
  expect(readingText(reading)).toBe("now: RPS 30.0");
});

it("ends with the last whole window if the run has ended", () => {
  if (!throughput) throw new Error("no chart");
  const ended = { ...data(3), live: false };
  ended.timeline.upsert(aSnapshot(4, { elapsed_s: 6.6, window_s: 0.6, rps: 2 }));
  expect(readingText(readingOf(throughput, ended, null))).toBe("at the end: RPS 30.0, VUs 5");
  expect(readingText(readingOf(throughput, { ...ended, live: true }, null))).toBe("now: RPS 2.00, VUs 5");
});
