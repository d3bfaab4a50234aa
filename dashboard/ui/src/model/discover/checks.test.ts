import { expect, it } from "vitest";

import type { DryRunEntry, Exchange } from "../../api/types";
import { checkError, checkValue, checksText, durationLimit, suggestionsFrom, withCheck } from "./checks";
import { failureText, resultsOf } from "./results";

const exchange = (changes: object): Exchange =>
  ({
    expected: true,
    checks: [],
    response: { status: 200, headers: {}, body: null, cut: false, duration_ms: 12, error: null, ...changes },
  }) as unknown as Exchange;

it("shows the checks as a short text", () => {
  expect(checksText({ checks: { status: 201, max_duration_ms: 500, no_graphql_errors: true } })).toBe(
    "201, ≤ 500 ms, no errors",
  );
  expect(checksText({})).toBe("");
});

it("sets and removes checks", () => {
  const endpoint = withCheck({ name: "a" }, "status", 200);
  expect(endpoint).toEqual({ name: "a", checks: { status: 200 } });
  expect(withCheck(endpoint, "status", undefined)).toEqual({ name: "a" });
});

it("keeps a wrong number as text, with an error", () => {
  expect(checkValue("status", "20x")).toBe("20x");
  expect(checkError("status", "20x")).toBe("Enter a whole number from 100 to 599.");
  expect(checkError("status", checkValue("status", "200"))).toBe("");
  expect(checkValue("body_contains", "200")).toBe("200");
});

it("suggests checks that the response passes", () => {
  const body = JSON.stringify({ items: [{ id: 7 }], next: null });
  const found = suggestionsFrom({}, exchange({ body, headers: { "content-type": "application/json" } }));
  expect(found.map(({ name, value }) => [name, value])).toEqual([
    ["status", 200],
    ["body_path", "items[0].id"],
    ["header_present", "Content-Type"],
    ["max_duration_ms", 100],
  ]);
  const graphql = suggestionsFrom({ type: "graphql" }, exchange({ body: '{"data": {"a": 1}}' }));
  expect(graphql.map(({ name }) => name)).toContain("has_data");
  expect(suggestionsFrom({}, exchange({ status: 0 }))).toEqual([]);
});

it("leaves a margin in a suggested duration", () => {
  expect([3, 30, 150, 900].map(durationLimit)).toEqual([100, 200, 1_000, 5_000]);
});

it("finds the result of each row, and prefers a request that was sent", () => {
  const entry = (op: string, changes: object) => ({ op, part: "endpoint", failed: false, exchange: null, ...changes });
  const entries = [
    entry("a", { part: "setup" }),
    entry("b", { state: "skipped", reason: "no value for data.id" }),
    entry("b", { part: "scenario", state: "answered", exchange: exchange({}) }),
  ] as unknown as DryRunEntry[];
  const results = resultsOf(entries, { a: 0, b: 1 });
  expect([...results].map(([id, { at }]) => [id, at])).toEqual([[1, 2]]);
  expect(entries.slice(1).map(failureText)).toEqual(["no value for data.id", ""]);
});
