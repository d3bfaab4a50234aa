import { expect, it } from "vitest";

import { missedLimits } from "./missed-limits";

const failed = (verdict_reason: string | null, slo_abort_reason: string | null = null) =>
  missedLimits({ verdict: "fail", verdict_reason, slo_abort_reason });

it.each([
  ["error rate 16.74% > 1%", ["error rate"]],
  ["error rate 2.1% > 1%; Search: p95 612.4 ms > 500 ms", ["error rate", "Search: p95"]],
  ["Apdex 0.8 < 0.9; p95 1 ms > 0 ms; p99 1 ms > 0 ms; RPS 1/s < 2/s", ["Apdex", "p95", "2 more"]],
  ["the load was not as planned", []],
  [null, []],
])("the missed limits of %s are %j", (reason, names) => {
  expect(failed(reason)).toEqual(names);
});

it("has no missed limits if the run passed or an SLO aborted it", () => {
  expect(missedLimits({ verdict: "pass", verdict_reason: "p95 1 ms < 500 ms", slo_abort_reason: null })).toEqual([]);
  expect(failed("error rate 60% > 50%", "error rate 60% > 50%")).toEqual([]);
});
