import { describe, expect, it } from "vitest";

import { figures } from "../../test/factories";
import { NARROW } from "../display/format";
import { judge, judgeAll, judgedOf, limitText, marginText, noteOf } from "./slo";

describe("a limit", () => {
  it.each([
    ["p95_ms", 500, 500, "holds"],
    ["p95_ms", 500, 500.1, "broken"],
    ["apdex_score", 0.85, 0.85, "holds"],
    ["apdex_score", 0.85, 0.8, "broken"],
    ["checks_rate", 0.99, null, "unknown"],
  ])("%s %s with %s is %s", (key, limit, value, standing) => {
    expect(judge(key, limit, value).standing).toBe(standing);
  });

  it("is written with its direction and unit", () => {
    expect(limitText("p95_ms", 500)).toBe(`≤ 500${NARROW}ms`);
    expect(limitText("checks_rate", 0.99)).toBe(`≥ 99.00${NARROW}%`);
  });

  it("leaves a margin, below zero when it is broken", () => {
    expect(marginText(judge("error_rate", 0.01, 0.0002))).toBe(`0.98${NARROW}pt`);
    expect(marginText(judge("p95_ms", 500, 612))).toBe(`−112${NARROW}ms`);
    expect(marginText(judge("p95_ms", 500, null))).toBe("—");
  });

  it("is held against live figures", () => {
    const slo = { key: "p95_ms", value: null, limit: 50, passed: null, message: "" };
    expect(judgeAll([slo], figures({ p95_ms: 60 }))[0]?.standing).toBe("broken");
    expect(judgeAll([slo], null)[0]?.standing).toBe("unknown");
  });

  it("is what the server says, at every level, the run first", () => {
    const check = (pass: boolean | null, reason: string) => ({ value: pass === null ? null : 60, threshold: 50, pass, margin: null, reason });
    const slo = {
      run_id: "r", verdict: null, reason: null, skip: null,
      checks: { p95_ms: check(true, "p95 60 ms > 50 ms") },
      operations: { List: { rps: check(false, "x") } },
      groups: { shop: { p99_ms: check(null, "p99 was not measured (limit 50 ms): there was no request") } },
    };
    const found = judgedOf(slo);
    expect(found.map(({ about, standing }) => [about, standing])).toEqual([["", "holds"], ["List", "broken"], ["group shop", "unknown"]]);
    expect(found.map(noteOf)).toEqual(["", "", "there was no request"]);
  });

  it("says that it is too close to call", () => {
    const reason = "p95 490 ms < 500 ms (the limit is within the error of the histogram: the true figure lies between 463 ms and 505 ms)";
    expect(noteOf({ ...judge("p95_ms", 500, 490), reason })).toMatch(/^the limit is within the error/);
  });
});
