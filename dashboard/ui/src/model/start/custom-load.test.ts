import { expect, it } from "vitest";

import { NEW_CUSTOM, bodyOf, customOf, jsonProblem } from "./custom-load";

it("the stages of a run are read from its variables and asked for again", () => {
  const custom = customOf({ UNIT: "rate", STAGES: "30s:10,1m:0" });
  const stages = [
    { duration: "30s", target: "10" },
    { duration: "1m", target: "0" },
  ];
  expect(custom).toMatchObject({ kind: "rate", stages });
  expect(bodyOf(custom)).toEqual({ unit: "rate", stages });
});

it("so are its scenarios", () => {
  const custom = customOf({ SCENARIOS: '{"a":{"executor":"constant-vus"}}' });
  expect(custom.kind).toBe("scenarios");
  expect(bodyOf(custom)).toEqual({ scenarios: { a: { executor: "constant-vus" } } });
});

it("what is no JSON is told, and goes to the server as it is", () => {
  expect(jsonProblem("{")).toMatch(/^is not JSON: /);
  expect(jsonProblem("{}")).toBeUndefined();
  expect(bodyOf({ ...NEW_CUSTOM, kind: "scenarios", scenarios: "{" })).toEqual({ scenarios: "{" });
});
