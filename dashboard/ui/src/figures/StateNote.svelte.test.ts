import { render, screen } from "@testing-library/svelte";
import { beforeEach, expect, it } from "vitest";

import type { RunRecord, SloAnswer } from "../api/types";
import { session } from "../state/session.svelte";
import type { RunView } from "../state/run-view.svelte";
import { aCheck, aControl, aRun, anSloAnswer } from "../test/run-factories";
import StateNote from "./StateNote.svelte";

const SLO = anSloAnswer({ checks: { p95_ms: aCheck(false, "p95 60 ms > 50 ms"), p99_ms: aCheck(true, "") } });

beforeEach(() => {
  session.value = null;
});

function show(run: Partial<RunRecord>, live = false, slo: SloAnswer | null = null) {
  const { container } = render(StateNote, { view: { record: aRun(run), live, slo } as RunView });
  return container.textContent.replace(/\s+/g, " ").trim();
}

it("explains why a run did not run", () => {
  const run = { status: "failed", verdict: null, exit_reason: "The script has an error." } as const;
  expect(show(run)).toBe("Did not run: The script has an error.");
});

it("names who stopped a run, and how it was steered", () => {
  session.value = {
    who: "ann",
    role: "admin",
    limits: { targets: [], environments: [], max_vus: null, max_rate: null },
  };
  const run = {
    status: "stopped",
    verdict: "unknown",
    stopped_by: "ann",
    duration_s: 20,
    exit_reason: "stopped",
  } as const;
  expect(show({ ...run, steering_note: "paused for 12 s" })).toBe(
    "Stopped: Stopped by you after 0:20. The run was paused for 12 s. Its SLOs are evaluated for the load that ran.",
  );
});

it("is red for a live run with a breached SLO", () => {
  expect(show({ status: "running", verdict: null }, true, SLO)).toBe("Running: 1 of 2 SLOs breached: p95.");
  expect(screen.getByRole("alert")).toBeTruthy();
});

it("shows that the load of a live run is paused", () => {
  const run = { status: "running", verdict: null, control: aControl({ paused: true }) } as const;
  expect(show(run, true)).toBe("Load paused: No SLOs are set.");
});

it("is empty for a queued run", () => {
  expect(show({ status: "queued" })).toBe("");
});
