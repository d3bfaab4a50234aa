import { describe, expect, it } from "vitest";

import cases from "../../../../../tests/comparison/directions.json";

import { deltaOf, withSign } from "./delta";
import { NARROW_SPACE } from "../display/format";

const textOf = (metric: string, value: number | null, base: number | null) =>
  deltaOf(metric, value, base)?.text.replaceAll(NARROW_SPACE, " ");

describe("a delta", () => {
  it.each([
    ["p95_ms", 373, 326, "14.4% slower", "bad"],
    ["p95_ms", 326, 373, "12.6% faster", "good"],
    ["rps", 330, 300, "+10.0% better", "good"],
    ["rps", 300, 330, "−9.1% worse", "bad"],
    ["rps", 100, 102, "≈ same", "none"],
    ["p95_ms", 108, 100, "≈ same", "none"],
    ["error_rate", 0.002, 0.0007, "+0.13 pt worse", "bad"],
    ["error_rate", 0, 0, "≈ same", "none"],
    ["connection_reuse_rate", 0.99949, 0.99951, "≈ same", "none"],
    ["checks_rate", 0.99, 1, "−1.00 pt worse", "bad"],
    ["total_reqs", 110, 100, "+10.0%", "none"],
    ["p95_ms", 100.01, 100, "≈ same", "none"],
    ["p95_ms", 5, 0, "+5.0 worse", "bad"],
  ])("of %s, %d compared with %d, is %s", (metric, value, base, text, tone) => {
    expect(textOf(metric, value, base)).toBe(text);
    expect(deltaOf(metric, value, base)?.tone).toBe(tone);
  });

  // The tests of the server read the same cases.
  it.each(cases)("has the same direction as on the server: $metric, $a to $b", ({ metric, a, b, exact, direction }) => {
    expect(deltaOf(metric, b, a, exact)?.direction).toBe(direction);
  });

  it("is null if a value is missing", () => {
    expect(deltaOf("p95_ms", null, 5)).toBeNull();
    expect(deltaOf("p95_ms", 5, null)).toBeNull();
  });
});

it("uses the minus sign", () => {
  expect(withSign(-1.25, 1)).toBe("−1.3");
});
