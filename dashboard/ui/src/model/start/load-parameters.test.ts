import { expect, it } from "vitest";

import { loadOf } from "./load-parameters";

it("the load of a run is read from the variables that its profile uses", () => {
  const variables = { VUS: "8", DURATION: "8s", RAMP_DURATION: "5s", SOAK_DURATION: "2h" };
  expect(loadOf("ramp", variables)).toEqual({ rate: "", vus: "8", duration: "8s", ramp_duration: "5s" });
  expect(loadOf("soak", variables).duration).toBe("2h");
  expect(loadOf("arrival", { RATE: "50", VUS: "5" })).toMatchObject({ rate: "50", vus: "5" });
});

it("what a run did not set stays empty", () => {
  expect(loadOf("spike", {})).toEqual({ rate: "", vus: "", duration: "", ramp_duration: "" });
});
