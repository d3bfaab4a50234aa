import { describe, expect, it } from "vitest";

import { changeOf, comparableWithNewest, countLoads, directionOf, runCountOf } from "./trend";

describe("the direction", () => {
  it.each([
    ["p95_ms", [100, 101, 99, 100], "stable"],
    ["p95_ms", [100, 110, 120, 130], "degrading"],
    ["p95_ms", [130, 120, 110, 100], "improving"],
    ["rps", [100, 110, 120, 130], "improving"],
    ["rps", [130, 120, 110, 100], "degrading"],
    ["total_reqs", [1, 50, 500], "stable"],
    ["p95_ms", [100, 100, 900, 100, 100], "stable"],
    ["p95_ms", [100, null, 120, null, 140], "degrading"],
    ["error_rate", [0, 0, 0], "stable"],
    ["p95_ms", [100, 200], "too few runs"],
    ["p95_ms", [100, null, null], "too few runs"],
    ["p95_ms", [], "too few runs"],
  ] as const)("of %s in %j is %s", (metric, values, direction) => {
    expect(directionOf(metric, [...values])).toBe(direction);
  });
});

describe("runs with several planned loads", () => {
  const points = ["small", "large", "small", "large", "large"].map((load, i) => ({ load, i }));

  it("are counted by their load, starting with the load of the newest run", () => {
    expect(countLoads(points)).toEqual([
      ["large", 3],
      ["small", 2],
    ]);
    expect(countLoads([])).toEqual([]);
  });

  it("are comparable with the newest run if their load is the same", () => {
    expect(comparableWithNewest(points).map(({ i }) => i)).toEqual([1, 3, 4]);
    expect(comparableWithNewest([])).toEqual([]);
  });
});

it("the change of values on a straight line is relative to their median", () => {
  expect(changeOf([10, 20, 30])).toBeCloseTo(1);
  expect(changeOf([30, 30, 30])).toBe(0);
});

describe("the number of runs that the URL requests", () => {
  it.each([
    ["20", "20"],
    ["1000", "1000"],
    [undefined, "50"],
    ["5000", "50"],
    ["0", "50"],
    ["-1", "50"],
    ["many", "50"],
  ])("is read from %s as %s", (requested, runs) => {
    expect(runCountOf(requested)).toBe(runs);
  });
});
