import { describe, expect, it } from "vitest";

import type { SloConfig } from "../../api/types";
import { cellOf, cellOfField, changeOf, changed, optionsBody, optionsOf, read, textOf } from "./slo-cells";

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
    expect(read(key, text, level)).toEqual({ limit });
  });

  it.each([
    ["p95_ms", "fast", "all"],
    ["p95_ms", "-1", "all"],
    ["p95_ms", "none", "all"],
    ["error_rate", "101", "all"],
    ["apdex_score", "85", "all"],
    ["p95_ms", "1e9", "all"],
  ] as const)("%s %j at %s is refused", (key, text, level) => {
    expect(read(key, text, level).problem).toBeTruthy();
  });

  it("shows what reads back to the same limit", () => {
    for (const limit of [0, 0.01, 0.07, 0.005, 0.123456789, 1])
      expect(read("error_rate", textOf("error_rate", limit, "all"), "all")).toEqual({ limit });
    expect(textOf("p95_ms", null, "profiles")).toBe("none");
    expect(textOf("p95_ms", null, "all")).toBe("");
  });
});

describe("a change", () => {
  it("names what is new, and sends what is replaced whole", () => {
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
    expect(changed(CONFIG, draft)).toHaveLength(5);
  });

  it("is nothing when everything means what it meant", () => {
    expect(
      changed(CONFIG, { [cellOf("all", "", "p95_ms")]: "500.0", [cellOf("profiles", "smoke", "p95_ms")]: " none" }),
    ).toEqual([]);
  });

  it("takes away a limit of all runs with null", () => {
    expect(changeOf(CONFIG, { [cellOf("all", "", "p95_ms")]: "" })).toEqual({ p95_ms: null });
  });
});

describe("a message of the server", () => {
  it.each([
    ["p95_ms", cellOf("all", "", "p95_ms")],
    ["endpoints.a.b.p95_ms", cellOf("endpoints", "a.b", "p95_ms")],
    ["profiles.smoke.rps", cellOf("profiles", "smoke", "rps")],
    ["groups.nobody", null],
    ["options.abort.window", null],
  ])("about %s stands at its cell", (field, cell) => {
    expect(cellOfField(field)).toBe(cell);
  });
});

describe("options", () => {
  it("read back to the same", () => {
    const options = { skip: "ramp" as const, abort: { window: "30s", warm_up: "1m", min_requests: 5 } };
    expect(optionsBody(optionsOf({ ...CONFIG, options }))).toEqual({
      ...options,
      abort: { ...options.abort, min_requests: "5" },
    });
    expect(optionsBody(optionsOf(CONFIG))).toEqual({});
  });
});
