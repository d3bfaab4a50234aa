import { render, screen } from "@testing-library/svelte";
import { expect, it } from "vitest";

import type { RunRecord, SloAnswer } from "../api/types";
import { aCheck, aRun, anSloAnswer } from "../test/run-factories";
import VerdictBanner from "./VerdictBanner.svelte";

const met = aCheck(true, "p95 40 ms < 50 ms");
const breached = aCheck(false, "p95 60 ms > 50 ms");

function show(run: Partial<RunRecord>, slo: SloAnswer | null = null, links = true) {
  render(VerdictBanner, { run: aRun(run), slo, links });
  return screen.getByRole("region", { name: "Verdict" });
}

it("counts the SLOs of a passed run", () => {
  const banner = show({}, anSloAnswer({ checks: { p95_ms: met, p99_ms: met } }));
  expect(banner.className).toContain("good");
  expect(banner.textContent).toContain("All 2 SLOs were met.");
});

it("uses the singular for one SLO", () => {
  expect(show({}, anSloAnswer({ checks: { p95_ms: met } })).textContent).toContain("The SLO was met.");
});

it("names the breached SLOs with their operation", () => {
  const slo = anSloAnswer({ checks: { p99_ms: met }, operations: { Buy: { p95_ms: breached } } });
  const banner = show({ verdict: "fail" }, slo);
  expect(banner.className).toContain("bad");
  expect(banner.textContent).toMatch(/1 of 2\sSLOs breached: Buy p95\./);
});

it("shows the reason for an abort instead of the list of breached SLOs", () => {
  const slo = anSloAnswer({ checks: { p95_ms: breached } });
  const run = { verdict: "fail", slo_abort_reason: "p95", verdict_reason: "Aborted after 30 s." } as const;
  expect(show(run, slo).textContent).toContain("Aborted after 30 s.");
});

it("explains that a live run has no verdict yet", () => {
  const banner = show({ status: "running", verdict: null });
  expect(banner.textContent).toContain("The run is live.");
});

it("explains the missing verdict of a run without SLOs", () => {
  expect(show({ verdict: "none" }).textContent).toContain("No SLOs are set");
});

it("explains an invalid run", () => {
  const banner = show({ verdict: "invalid", verdict_reason: "the generator was overloaded" });
  expect(banner.textContent).toContain("The run is invalid: the generator was overloaded.");
});

it("adds the reason why the load of a failed run was not as planned", () => {
  const banner = show({ verdict: "fail", invalid_reason: "10% of the iterations were dropped", samples_lost: true });
  expect(banner.textContent).toContain("10% of the iterations were dropped.");
  expect(banner.textContent).not.toContain("Samples were lost");
});

it("lists at most 12 SLOs, breached ones first", () => {
  const operations = Object.fromEntries(
    Array.from({ length: 14 }, (_, i) => [`op ${String(i)}`, { p95_ms: i === 13 ? breached : met }]),
  );
  show({ verdict: "fail" }, anSloAnswer({ operations }));
  const rows = screen.getAllByRole("row").slice(1);
  expect(rows).toHaveLength(12);
  expect(rows[0]?.textContent).toContain("op 13");
  expect(screen.getByText(/12 of 14 SLOs/)).toBeTruthy();
});

it("has no link to the log in a report", () => {
  show({}, null, false);
  expect(screen.queryByRole("link")).toBeNull();
});
