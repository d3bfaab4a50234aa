import { describe, expect, it } from "vitest";

import { figures } from "../../test/factories";
import { NARROW_SPACE } from "../display/format";
import { evaluate, evaluateAll, resultsOf, limitText, marginText, noteOf, summaryOf } from "./slo";

describe("an SLO", () => {
  it.each([
    ["p95_ms", 500, 500, "met"],
    ["p95_ms", 500, 500.1, "breached"],
    ["apdex_score", 0.85, 0.85, "met"],
    ["apdex_score", 0.85, 0.8, "breached"],
    ["checks_rate", 0.99, null, "unknown"],
  ])("%s %s with %s is %s", (key, limit, value, state) => {
    expect(evaluate(key, limit, value).state).toBe(state);
  });

  it("shows its direction and unit", () => {
    expect(limitText("p95_ms", 500)).toBe(`≤ 500${NARROW_SPACE}ms`);
    expect(limitText("checks_rate", 0.99)).toBe(`≥ 99.00%`);
  });

  it("has a margin that is negative when breached", () => {
    expect(marginText(evaluate("error_rate", 0.01, 0.0002))).toBe(`0.98${NARROW_SPACE}pt`);
    expect(marginText(evaluate("p95_ms", 500, 612))).toBe(`−112${NARROW_SPACE}ms`);
    expect(marginText(evaluate("p95_ms", 500, null))).toBe("—");
  });

  it("is evaluated against live figures", () => {
    const slo = { key: "p95_ms", value: null, limit: 50, passed: null, message: "" };
    expect(evaluateAll([slo], figures({ p95_ms: 60 }))[0]?.state).toBe("breached");
    expect(evaluateAll([slo], null)[0]?.state).toBe("unknown");
  });

  it("lists results from the server, starting with those of the run", () => {
    const check = (pass: boolean | null, reason: string) => ({
      value: pass === null ? null : 60,
      threshold: 50,
      pass,
      margin: null,
      reason,
    });
    const slo = {
      run_id: "r",
      verdict: null,
      reason: null,
      skip: null,
      checks: { p95_ms: check(true, "p95 60 ms > 50 ms") },
      operations: { List: { rps: check(false, "x") } },
      groups: { shop: { p99_ms: check(null, "p99 was not measured (limit 50 ms): there were no requests") } },
    };
    const results = resultsOf(slo);
    expect(results.map(({ scope, state }) => [scope, state])).toEqual([
      ["", "met"],
      ["List", "breached"],
      ["group shop", "unknown"],
    ]);
    expect(results.map(noteOf)).toEqual(["", "", "there were no requests"]);
  });

  it("explains results that are too close to decide", () => {
    const reason =
      "p95 490 ms < 500 ms (the limit is within the error of the histogram: the exact figure lies between 463 ms and 505 ms)";
    expect(noteOf({ ...evaluate("p95_ms", 500, 490), reason })).toMatch(/^the limit is within the error/);
  });
});

describe("the SLOs of a live run", () => {
  it.each([
    [[null, null], "0 of 2 SLOs met so far", "none"],
    [[400, 400], "All 2 SLOs met so far", "none"],
    [[400, null], "1 of 2 SLOs met so far", "none"],
    [[400, 600], "1 of 2 SLOs breached", "bad"],
  ])("with p95 values %j are %j", (values, text, tone) => {
    const summary = summaryOf(values.map((value) => evaluate("p95_ms", 500, value)));
    expect(summary).toEqual({ text: text.replace("2 SLOs", `2${NARROW_SPACE}SLOs`), tone });
  });

  it("have no summary if there are none", () => {
    expect(summaryOf([])).toBeNull();
  });
});
