import { expect, it } from "vitest";

import { sparkPath } from "./spark";

it("breaks the line at missing values", () => {
  expect(sparkPath([1, null, 2, 3], 34, 24)).toBe("M2.0 22.0M22.0 12.0L32.0 2.0");
  expect(sparkPath([null, 1], 34, 24)).toBe("");
});
