import { expect, it } from "vitest";

import { aRun } from "../../test/run-factories";
import { endText, steeringText } from "./ending";

it.each([
  [{ status: "finished", exit_reason: "completed as planned" }, "Completed as planned."],
  [{ status: "stopped", stopped_by: "ann", duration_s: 20 }, "Stopped by you after 0:20."],
  [{ status: "stopped", stopped_by: "ci", duration_s: 20 }, "Stopped by ci after 0:20."],
  [{ status: "stopped", exit_reason: "stopped before k6 was started" }, "Stopped before k6 was started."],
  [{ status: "failed", exit_reason: null }, "k6 reported no reason."],
  [{ status: "running" }, ""],
] as const)("the end of %j is %j", (run, text) => {
  expect(endText(aRun(run), "ann")).toBe(text);
});

it("states that the load was paused", () => {
  expect(steeringText(aRun({ steering_note: "paused for 12 s" }))).toBe(
    "The run was paused for 12 s. Its SLOs are evaluated for the load that ran.",
  );
});
