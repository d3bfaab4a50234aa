import { expect, it } from "vitest";

import { changeText } from "./audit";

it.each([
  [null, null, ""],
  [null, { profile: "smoke", vus: 5 }, "profile: smoke, vus: 5"],
  [{ status: "finished" }, null, "status: finished"],
  [{ label: null, tags: ["a"] }, { label: "x", tags: [] }, 'label: null → x, tags: ["a"] → []'],
])("shows what was changed", (before, after, text) => {
  expect(changeText({ before, after })).toBe(text);
});
