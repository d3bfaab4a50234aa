import { describe, expect, it } from "vitest";

import type { SloConfig } from "../../api/types";
import { cellOf, cellOfField, changeOf, changedCells, optionsBody, optionsOf, parseLimit, cellText } from "./slo-cells";

const CONFIG: SloConfig = {
  p50_ms: null,
  p95_ms: 500,
  p99_ms: null,
  avg_ms: null,
  error_rate: 0.01,
  checks_rate: null,
  apdex_score: null,
  rps: null,
  endpoints: { List: { p95_ms: 100, p99_ms: 300 } },
  groups: {},
  profiles: { smoke: { p95_ms: null } },
  options: { skip: null, abort: null },
  changed_by: null,
  changed_at: null,
  endpoint_names: ["List", "Buy"],
  group_names: ["shop"],
  profile_names: ["smoke", "ramp"],
};

describe("a cell", () => {
  it.each([
    ["p95_ms", " 500 ms ", "all", 500],
    ["error_rate", "7", "all", 0.07],
    ["error_rate", "0,5 %", "all", 0.005],
    ["rps", "", "groups", undefined],
    ["p95_ms", "None", "profiles", null],
  ] as const)("%s %j at %s is %s", (key, text, level, limit) => {
    expect(parseLimit(key, text, level)).toEqual({ limit });
  });

  it.each([
    ["p95_ms", "fast", "all"],
    ["p95_ms", "-1", "all"],
    ["p95_ms", "none", "all"],
    ["error_rate", "101", "all"],
    ["apdex_score", "85", "all"],
    ["p95_ms", "1e9", "all"],
  ] as const)("%s %j at %s is rejected", (key, text, level) => {
    expect(parseLimit(key, text, level).problem).toBeTruthy();
  });

  it("shows text that parses to the same limit", () => {
    for (const limit of [0, 0.01, 0.07, 0.005, 0.123456789, 1])
      expect(parseLimit("error_rate", cellText("error_rate", limit, "all"), "all")).toEqual({ limit });
    expect(cellText("p95_ms", null, "profiles")).toBe("none");
    expect(cellText("p95_ms", null, "all")).toBe("");
  });
});

describe("a change", () => {
  it("sends changed profiles, groups and endpoints as a whole", () => {
    const draft = {
      [cellOf("all", "", "p95_ms")]: "400",
      [cellOf("all", "", "error_rate")]: "1",
      [cellOf("all", "", "rps")]: "",
      [cellOf("endpoints", "List", "p99_ms")]: "",
      [cellOf("endpoints", "Buy", "rps")]: "5",
      [cellOf("profiles", "ramp", "p95_ms")]: "none",
      [cellOf("profiles", "smoke", "p95_ms")]: "",
    };
    expect(changeOf(CONFIG, draft)).toEqual({
      p95_ms: 400,
      endpoints: { List: { p95_ms: 100 }, Buy: { rps: 5 } },
      profiles: { ramp: { p95_ms: null }, smoke: {} },
    });
    expect(changedCells(CONFIG, draft)).toHaveLength(5);
  });

  it("is empty if only the notation of limits changed", () => {
    expect(
      changedCells(CONFIG, {
        [cellOf("all", "", "p95_ms")]: "500.0",
        [cellOf("profiles", "smoke", "p95_ms")]: " none",
      }),
    ).toEqual([]);
  });

  it("removes a limit of all runs with null", () => {
    expect(changeOf(CONFIG, { [cellOf("all", "", "p95_ms")]: "" })).toEqual({ p95_ms: null });
  });
});

describe("an error from the server", () => {
  it.each([
    ["p95_ms", cellOf("all", "", "p95_ms")],
    ["endpoints.a.b.p95_ms", cellOf("endpoints", "a.b", "p95_ms")],
    ["profiles.smoke.rps", cellOf("profiles", "smoke", "rps")],
    ["groups.nobody", null],
    ["options.abort.window", null],
  ])("for %s belongs to %s", (field, cell) => {
    expect(cellOfField(field)).toBe(cell);
  });
});

describe("options", () => {
  it("round-trip", () => {
    const options = {
      skip: "ramp" as const,
      abort: { window: "30s", mode: "throughout" as const, warm_up: "1m", min_requests: 5 },
    };
    expect(optionsBody(optionsOf({ ...CONFIG, options }))).toEqual({
      ...options,
      abort: { ...options.abort, min_requests: "5" },
    });
    expect(optionsBody(optionsOf(CONFIG))).toEqual({});
  });
});
