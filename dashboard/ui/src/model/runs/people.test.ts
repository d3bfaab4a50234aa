import { expect, it } from "vitest";

import { peopleText } from "./people";

const NOBODY = { started_by: null, stopped_by: null, changed_by: null };

it.each([
  [NOBODY, ""],
  [{ ...NOBODY, started_by: "ci" }, "started by ci"],
  [{ ...NOBODY, started_by: "ci", stopped_by: "ann" }, "started by ci, stopped by ann"],
  [{ started_by: "ci", stopped_by: null, changed_by: "bob" }, "started by ci, changed by bob"],
  [{ started_by: "ci", stopped_by: null, changed_by: "ci" }, "started by ci"],
])("names the people of a run", (people, text) => {
  expect(peopleText(people)).toBe(text);
});
