import { expect, it } from "vitest";

import { anEvent } from "../../test/factories";
import { markTone, marksOf } from "./marks";

it("marks events with a time, except those that every run has", () => {
  const events = [anEvent(1, { kind: "run.started" }), anEvent(2), anEvent(3, { elapsed_s: null })];
  expect(marksOf(events).map(({ n }) => n)).toEqual([2]);
});

it.each([
  ["slo.breached", "warning", "bad"],
  ["run.warning", "warning", "warn"],
  ["run.warning", "error", "bad"],
  ["run.mark", "info", "info"],
] as const)("a mark of %s at the level %s is %s", (kind, level, tone) => {
  expect(markTone({ kind, level })).toBe(tone);
});
