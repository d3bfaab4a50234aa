import { expect, it } from "vitest";

import { DEFAULT_CUSTOM_LOAD, customLoadBody, customLoadOf, jsonProblem } from "./custom-load";

it("restores the stages of a run from its variables", () => {
  const custom = customLoadOf({ UNIT: "rate", STAGES: "30s:10,1m:0" });
  const stages = [
    { duration: "30s", target: "10" },
    { duration: "1m", target: "0" },
  ];
  expect(custom).toMatchObject({ kind: "rate", stages });
  expect(customLoadBody(custom)).toEqual({ unit: "rate", stages });
});

it("restores the scenarios of a run from its variables", () => {
  const custom = customLoadOf({ SCENARIOS: '{"a":{"executor":"constant-vus"}}' });
  expect(custom.kind).toBe("scenarios");
  expect(customLoadBody(custom)).toEqual({ scenarios: { a: { executor: "constant-vus" } } });
});

it("reports invalid JSON and sends it unchanged", () => {
  expect(jsonProblem("{")).toMatch(/^is not JSON: /);
  expect(jsonProblem("{}")).toBeUndefined();
  expect(customLoadBody({ ...DEFAULT_CUSTOM_LOAD, kind: "scenarios", scenarios: "{" })).toEqual({ scenarios: "{" });
});
