import { describe, expect, it } from "vitest";

import { aBreakdown, aSnapshot, anEvent, figures } from "../../test/factories";
import { cardsOf } from "./cards";
import { bars, statusClasses } from "./responses";
import { NARROW } from "../display/format";
import { marksOf } from "../series/marks";
import { defaultOf } from "../start/load-parameters";
import { sparkPath } from "../display/spark";
import { gradeOf, outcomeOf } from "../runs/status";
import { Timeline } from "../series/timeline";

describe("cards", () => {
  const timeline = new Timeline();
  for (const seq of [1, 2, 3]) timeline.upsert(aSnapshot(seq, { vus: [2, 8, 4][seq - 1] ?? 0 }));
  const basis = { breakdown: aBreakdown(), timeline, live: true, range: null, whole: aBreakdown() };
  const card = (name: string, some: Partial<typeof basis> = {}) =>
    cardsOf({ ...basis, ...some }).find((entry) => entry.name === name);

  it("are twelve", () => {
    expect(cardsOf(basis)).toHaveLength(12);
  });

  it("show the run so far large and the last window small", () => {
    expect(card("p95")).toMatchObject({ large: { value: "60", unit: "ms" }, small: `last 2 s 40${NARROW}ms` });
  });

  it("show the users of now while live and the most of them afterwards", () => {
    expect(card("VUs now")?.large.value).toBe("4");
    expect(card("VUs, peak", { live: false })?.large.value).toBe("8");
  });

  it("of a range stand beside the whole run", () => {
    const ranged = {
      ...basis,
      range: { from_s: 3, to_s: 4 },
      breakdown: aBreakdown({ figures: figures({ total_reqs: 7 }) }),
    };
    const cards = cardsOf(ranged);
    expect(cards[0]).toMatchObject({ large: { value: "7" }, small: "whole run 100", line: [20] });
    expect(cards[2]).toMatchObject({ name: "VUs, peak", large: { value: "8" } });
  });

  it("say nothing of a window that is not there", () => {
    expect(cardsOf({ ...basis, timeline: new Timeline() })[0]?.small).toBe("");
  });
});

describe("responses", () => {
  it("name all classes, those without an answer too", () => {
    expect(statusClasses(figures()).map(({ name }) => name)).toEqual(["2xx", "3xx", "4xx", "5xx", "none"]);
  });

  it("fall into buckets with a share of all", () => {
    const rows = bars([
      { le_ms: 50, count: 30 },
      { le_ms: 1_000, count: 10 },
      { le_ms: null, count: 0 },
    ]);
    expect(rows.map(({ label }) => label)).toEqual(["≤ 50", "≤ 1,000", "> 1,000"]);
    expect(rows.map(({ share }) => share)).toEqual([0.75, 0.25, 0]);
  });
});

describe("outcomes", () => {
  it.each([
    ["finished", "pass", "Passed"],
    ["finished", "fail", "Failed"],
    ["finished", "none", "Finished"],
    ["stopped", "unknown", "Stopped"],
    ["failed", null, "Did not run"],
    ["running", null, "Running"],
  ] as const)("of %s with verdict %s is %s", (status, verdict, label) => {
    expect(outcomeOf({ status, verdict }).label).toBe(label);
  });

  it.each([
    [0.94, "A"],
    [0.93, "B"],
    [0.7, "C"],
    [0.5, "D"],
    [0.1, "F"],
    [null, null],
  ])("give an Apdex of %s the grade %s", (score, grade) => {
    expect(gradeOf(score)).toBe(grade);
  });
});

it("only what happened on the way is marked on charts", () => {
  const events = [anEvent(1, { kind: "run.started" }), anEvent(2), anEvent(3, { elapsed_s: null })];
  expect(marksOf(events).map(({ n }) => n)).toEqual([2]);
});

it("a small line breaks where a value is missing", () => {
  expect(sparkPath([1, null, 2, 3], 34, 24)).toBe("M2.0 22.0M22.0 12.0L32.0 2.0");
  expect(sparkPath([null, 1], 34, 24)).toBe("");
});

it("smoke does not follow the settings", () => {
  const config = { vus: 10, duration: "60s" } as Parameters<typeof defaultOf>[2];
  expect(defaultOf("smoke", "vus", config)).toBe("2");
  expect(defaultOf("ramp", "vus", config)).toBe("10");
});
