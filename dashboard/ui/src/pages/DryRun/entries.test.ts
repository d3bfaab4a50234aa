import { describe, expect, it } from "vitest";

import type { DryRun, DryRunEntry } from "../../api/types";
import { badgeOf } from "../../model/runs/dry-entries";
import { outcomeOf, sectionsOf } from "./entries";

const entry = (op: string, some: Partial<DryRunEntry> = {}): DryRunEntry =>
  ({ op, part: "endpoint", scenario: null, step: null, state: "answered", failed: false, ...some }) as DryRunEntry;
const ENTRIES = [
  entry("login", { part: "setup" }),
  entry("a"),
  entry("b", { failed: true }),
  entry("c", { state: "skipped" }),
  entry("a", { part: "scenario", scenario: "buy", step: 1 }),
];

describe("the list of a dry run", () => {
  it("has a section for each part and numbers all entries", () => {
    const sections = sectionsOf(ENTRIES, "").map(({ title, rows }) => [title, rows.map(({ n }) => n)]);
    expect(sections).toEqual([
      ["Setup", [0]],
      ["Individual endpoints", [1, 2, 3]],
      ["Scenario buy", [4]],
    ]);
  });
  it("shows only failed or only skipped requests", () => {
    expect(sectionsOf(ENTRIES, "failed").flatMap(({ rows }) => rows.map(({ n }) => n))).toEqual([2]);
    expect(sectionsOf(ENTRIES, "skipped").flatMap(({ rows }) => rows.map(({ n }) => n))).toEqual([3]);
  });
  it("labels entries without a status", () => {
    expect(badgeOf(entry("x", { state: "waiting" })).label).toBe("Waiting");
    expect(
      badgeOf(entry("x", { failed: true, exchange: { response: { status: 0 } } as DryRunEntry["exchange"] })).label,
    ).toBe("No response");
  });
  it("distinguishes failures of all requests from failures of some", () => {
    const label = (failed: number) => outcomeOf({ status: "finished", failed, answered: 3 } as DryRun).label;
    expect([label(0), label(1), label(3)]).toEqual(["All passed", "Some failed", "All failed"]);
  });
  it("is marked as passed only if requests were sent and none failed", () => {
    const answer = (some: Partial<DryRun>) =>
      outcomeOf({ status: "finished", failed: 0, answered: 3, ...some } as DryRun).tone;
    expect([answer({}), answer({ failed: 1 }), answer({ answered: 0 }), answer({ status: "canceled" })]).toEqual([
      "good",
      "bad",
      "bad",
      "warn",
    ]);
  });
});
