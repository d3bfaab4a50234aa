import { expect, it } from "vitest";

import { defaultOf, loadOf } from "./load-parameters";

it("restores the load from the variables of the profile", () => {
  const variables = { VUS: "8", DURATION: "8s", RAMP_DURATION: "5s", SOAK_DURATION: "2h" };
  expect(loadOf("ramp", variables)).toEqual({ rate: null, vus: "8", duration: "8s", ramp_duration: "5s" });
  expect(loadOf("soak", variables).duration).toBe("2h");
  expect(loadOf("arrival", { RATE: "50", VUS: "5" })).toMatchObject({ rate: "50", vus: "5" });
});

it("returns null for values that a run did not set", () => {
  expect(loadOf("spike", {})).toEqual({ rate: null, vus: null, duration: null, ramp_duration: null });
});

it("uses fixed defaults for smoke and the settings for other profiles", () => {
  const config = { vus: 10, duration: "60s" } as Parameters<typeof defaultOf>[2];
  expect(defaultOf("smoke", "vus", config)).toBe("2");
  expect(defaultOf("ramp", "vus", config)).toBe("10");
});
