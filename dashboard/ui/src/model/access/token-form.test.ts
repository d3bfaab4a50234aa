import { expect, it } from "vitest";

import { aToken } from "../../test/access-factories";
import { EMPTY_FORM, bodyOf, limitsText } from "./token-form";

it("sends only the limits that are filled in", () => {
  expect(bodyOf({ ...EMPTY_FORM, name: " ci " })).toEqual({ name: "ci", role: "runner", expires: "90d" });
});

it("splits lists and converts numbers", () => {
  const form = { ...EMPTY_FORM, name: "ci", targets: "*.example, ,127.0.0.1", environments: "stage", maxVus: "5" };
  expect(bodyOf({ ...form, maxRate: "7" })).toEqual({
    name: "ci",
    role: "runner",
    expires: "90d",
    targets: ["*.example", "127.0.0.1"],
    environments: ["stage"],
    max_vus: 5,
    max_rate: 7,
  });
});

it("shows limits as text", () => {
  expect(limitsText(aToken("ci"))).toBe("");
  const limited = aToken("ci", { targets: ["a", "b"], environments: ["stage"], max_vus: 200, max_rate: 5 });
  expect(limitsText(limited)).toBe("a, b · stage · at most 200 VUs · at most 5 per second");
});
