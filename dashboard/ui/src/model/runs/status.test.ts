import { expect, it } from "vitest";

import { aControl } from "../../test/run-factories";
import { gradeOf, liveRunText, liveStateOf, outcomeOf, preparedShare } from "./status";

it.each([
  ["finished", "pass", "Passed"],
  ["finished", "fail", "Failed"],
  ["finished", "none", "Finished"],
  ["stopped", "unknown", "Stopped"],
  ["failed", null, "Did not run"],
  ["running", null, "Running"],
] as const)("the outcome of status %s with verdict %s is %s", (status, verdict, label) => {
  expect(outcomeOf({ status, verdict }).label).toBe(label);
});

it.each([
  ["starting", null, "Preparing"],
  ["running", null, "Running"],
  ["running", aControl({ paused: false }), "Running"],
  ["running", aControl({ paused: true }), "Load paused"],
  ["stopping", aControl({ paused: true }), "Stopping"],
] as const)("the state of a live run with status %s is shown, case %#", (status, control, label) => {
  expect(liveStateOf({ status, control }).label).toBe(label);
});

it.each([
  [0.94, "A"],
  [0.93, "B"],
  [0.7, "C"],
  [0.5, "D"],
  [0.1, "F"],
  [null, null],
])("an Apdex of %s has the grade %s", (score, grade) => {
  expect(gradeOf(score)).toBe(grade);
});

it.each([
  ["starting", null, null],
  ["starting", 0, 0],
  ["starting", 340, 0.34],
  ["starting", 1200, 1],
  ["running", 340, null],
  ["finished", null, null],
] as const)("a run that is %s with %s prepared users has prepared a share of %s", (status, prepared_vus, share) => {
  expect(preparedShare({ status, prepared_vus, vus_max: 1000 })).toBe(share);
});

it("names a live run with the time left", () => {
  const run = {
    profile: "ramp",
    label: "build 5",
    load_started_at: "2026-11-21T10:00:00.000Z",
    planned_s: 55,
  } as const;
  expect(liveRunText(run, Date.parse("2026-11-21T10:00:28.000Z"))).toBe("ramp build 5, 0:27 left");
  expect(liveRunText({ ...run, label: null, load_started_at: null }, 0)).toBe("ramp");
});
