import { expect, it } from "vitest";

import { aCandidate } from "../../test/discover-factories";
import { requestsFor, requestsOf } from "./document";
import { rowsOf, withCellText, withSelection } from "./rows";

const rows = rowsOf(["list", "item", "other", "third"].map((name) => aCandidate(name)));
const around = {
  setup: [],
  teardown: [],
  scenarios: [
    { name: "Users", weight: 20, steps: [{ ref: "list" }, { ref: "item" }] },
    { name: "Single requests", weight: 10, steps: [{ one_of: ["other"] }] },
  ],
};

it("refers to renamed requests by their present names", () => {
  const { scenarios } = requestsOf(withCellText(rows, 1, "name", "Item"), around);
  expect(scenarios[0]?.["steps"]).toEqual([{ ref: "list" }, { ref: "Item" }]);
});

it("leaves out requests that are not ticked, and scenarios without requests", () => {
  const chosen = withSelection(rows, new Set([1, 2]), false);
  expect(requestsOf(chosen, around)).toMatchObject({
    endpoints: [{ name: "list" }, { name: "third" }],
    scenarios: [
      { name: "Users", weight: 10, steps: [{ ref: "list" }] },
      { name: "Single requests", weight: 10, steps: [{ one_of: ["third"] }] },
    ],
  });
});

it("adds requests that no scenario sends to the single requests", () => {
  expect(requestsOf(rows, around).scenarios[1]).toMatchObject({ weight: 20, steps: [{ one_of: ["other", "third"] }] });
});

it("keeps the weight of a scenario that is not the sum of its requests", () => {
  const own = { ...around, scenarios: [{ name: "Users", weight: 3, steps: [{ ref: "list" }] }] };
  expect(requestsOf(rows, own).scenarios[0]).toMatchObject({ weight: 3 });
});

it("sends no scenarios if the import has none", () => {
  expect(requestsOf(rows, { ...around, scenarios: [] }).scenarios).toEqual([]);
});

it("tries a request alone, or after the requests whose values it needs", () => {
  expect(requestsFor(rows, 2, around)).toMatchObject({ endpoints: [{ name: "other" }], scenarios: [] });
  expect(requestsFor(rows, 1, around)).toMatchObject({
    endpoints: [{ name: "list" }, { name: "item" }],
    scenarios: [{ name: "Users", steps: [{ ref: "list" }, { ref: "item" }] }],
  });
});
