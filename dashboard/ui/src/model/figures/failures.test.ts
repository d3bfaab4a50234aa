import { expect, it } from "vitest";

import { figures } from "../../test/factories";
import { failuresOf } from "./failures";

const checks = [
  { check: "status is 201", passes: 90, fails: 10 },
  { check: "has a body", passes: 100, fails: 0 },
];

it("checks that failed are told with how often of how many", () => {
  const { checks: failed, checked } = failuresOf({ figures: figures({ errors: 10 }), checks });
  expect(failed).toEqual([{ name: "status is 201", count: 10, of: 100 }]);
  expect(checked).toBe(true);
});

it("no check at all is another thing than checks that passed", () => {
  expect(failuresOf({ figures: figures(), checks: [] }).checked).toBe(false);
  expect(failuresOf({ figures: figures(), checks: checks.slice(1) })).toMatchObject({ checked: true, checks: [] });
});
