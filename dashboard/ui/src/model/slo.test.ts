import { describe, expect, it } from "vitest";

import { figures } from "../test/factories";
import { NARROW } from "./format";
import { judge, judgeAll, judged, limitWords, marginWords } from "./slo";

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
    expect(limitWords("p95_ms", 500)).toBe(`≤ 500${NARROW}ms`);
    expect(limitWords("checks_rate", 0.99)).toBe(`≥ 99.00${NARROW}%`);
  });

  it("leaves a margin, below zero when it is broken", () => {
    expect(marginWords(judge("error_rate", 0.01, 0.0002))).toBe(`0.98${NARROW}pt`);
    expect(marginWords(judge("p95_ms", 500, 612))).toBe(`−112${NARROW}ms`);
    expect(marginWords(judge("p95_ms", 500, null))).toBe("—");
  });

  it("is held against live figures", () => {
    const slo = { key: "p95_ms", value: null, limit: 50, passed: null, words: "" };
    expect(judgeAll([slo], figures({ p95_ms: 60 }))[0]?.standing).toBe("broken");
    expect(judgeAll([slo], null)[0]?.standing).toBe("unknown");
  });

  it("keeps the record's own result after the end", () => {
    const slo = { key: "p95_ms", value: 60, limit: 50, passed: true, words: "" };
    expect(judged([slo])[0]?.standing).toBe("holds");
  });
});
