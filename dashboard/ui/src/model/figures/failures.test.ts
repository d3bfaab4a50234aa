import { expect, it } from "vitest";

import { figures } from "../../test/factories";
import { failuresOf } from "./failures";

const checks = [
  { check: "status is 201", passes: 90, fails: 10 },
  { check: "has a body", passes: 100, fails: 0 },
];

it("lists failed checks with their counts", () => {
  const { checks: failed, hasChecks } = failuresOf({ figures: figures({ errors: 10 }), checks });
  expect(failed).toEqual([{ name: "status is 201", count: 10, of: 100 }]);
  expect(hasChecks).toBe(true);
});

it("distinguishes missing checks from passed ones", () => {
  expect(failuresOf({ figures: figures(), checks: [] }).hasChecks).toBe(false);
  expect(failuresOf({ figures: figures(), checks: checks.slice(1) })).toMatchObject({ hasChecks: true, checks: [] });
});
