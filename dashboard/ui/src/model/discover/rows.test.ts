import { expect, it } from "vitest";

import { aCandidate } from "../../test/discover-factories";
import { attentionText, cellErrors, nameCounts, needsAttention, remarksOf } from "./attention";
import { withCell, withEdits } from "./endpoint";
import { filterRows } from "./filter";
import { restored, splitImport, storable, NO_IMPORT } from "./imported";
import { carriedOver, isEdited, rowsOf, uniqueName, withAdded, withCellText, withSelection } from "./rows";
import { aDiscovered } from "../../test/discover-factories";

const NO_FILTER = { text: "", show: "", group: "", method: "", tag: "" } as const;
const rows = rowsOf([
  aCandidate("users", { tags: ["people"] }),
  aCandidate("orders", { remarks: [{ kind: "guess", message: "The ID is a guess.", field: "path" }] }),
  aCandidate("search", {
    endpoint: { name: "search", group: "find", type: "graphql", path: "/graphql", query: "{ a }" },
  }),
]);

it("changes only the edited row", () => {
  const edited = withCellText(rows, 1, "name", "Orders");
  expect(edited[1]?.endpoint["name"]).toBe("Orders");
  expect(edited.filter(isEdited)).toHaveLength(1);
  expect(edited[0]).toBe(rows[0]);
});

it("keeps a weight that is not a number, and asks for a correction", () => {
  const [row] = withCellText(rows, 0, "weight", "1,5");
  expect(row?.endpoint["weight"]).toBe("1,5");
  expect(row && cellErrors(row, nameCounts([row])).get("weight")).toBe("Enter a number that is 0 or greater.");
  expect(withCell({}, "weight", "2.5")).toEqual({ weight: 2.5 });
});

it("reports two rows with the same name, and finds a free name", () => {
  const edited = withCellText(rows, 1, "name", "users");
  const counts = nameCounts(edited);
  expect(edited.map((row) => cellErrors(row, counts).has("name"))).toEqual([true, true, false]);
  expect(uniqueName(edited, "users", 1)).toBe("users (2)");
});

it("puts problems before guesses and counts them in words", () => {
  const [, row] = withCellText(rows, 1, "group", "");
  const remarks = row ? remarksOf(row, nameCounts([row])) : [];
  expect(remarks.map(({ kind }) => kind)).toEqual(["problem", "guess"]);
  expect(attentionText(remarks)).toBe("1 problem, 1 guess");
});

it("filters by text, group, method, tag, selection and attention", () => {
  const counts = nameCounts(rows);
  const names = (filter: object) =>
    filterRows(rows, { ...NO_FILTER, ...filter }, counts).map(({ endpoint }) => endpoint["name"]);
  expect(names({ text: "ORD" })).toEqual(["orders"]);
  expect(names({ group: "find" })).toEqual(["search"]);
  expect(names({ method: "GraphQL" })).toEqual(["search"]);
  expect(names({ tag: "people" })).toEqual(["users"]);
  expect(names({ show: "attention" })).toEqual(["orders"]);
  const some = withSelection(rows, new Set([0]), false);
  expect(filterRows(some, { ...NO_FILTER, show: "selected" }, counts)).toHaveLength(2);
  expect(rows.filter((row) => needsAttention(row, counts))).toHaveLength(1);
});

it("keeps edits, ticks and added rows when the source is imported again", () => {
  const added = withAdded(withSelection(withCellText(rows, 0, "group", "people"), new Set([1]), false), {
    name: "mine",
  });
  const again = carriedOver(
    added,
    rowsOf([
      aCandidate("users", { endpoint: { name: "users", group: "shop", path: "/v2/users" } }),
      aCandidate("orders"),
    ]),
  );
  expect(again.map(({ endpoint }) => endpoint["name"])).toEqual(["mine", "users", "orders"]);
  expect(again[1]?.endpoint).toMatchObject({ group: "people", path: "/v2/users" });
  expect(again[2]?.isSelected).toBe(false);
  expect(new Set(again.map(({ id }) => id)).size).toBe(3);
});

it("removes a field that an edit removed", () => {
  expect(withEdits({ a: 1, b: 2 }, { a: 1, b: 2 }, { a: 1 })).toEqual({ a: 1 });
});

it("restores what was stored", () => {
  const { facts, rows: imported } = splitImport(aDiscovered({ candidates: [aCandidate("a"), aCandidate("b")] }));
  const value = { ...NO_IMPORT, facts, rows: withCellText(imported, 1, "path", "/c") };
  const again = restored(JSON.parse(JSON.stringify(storable(value))));
  expect(again).toEqual(value);
  expect(again.rows.map(isEdited)).toEqual([false, true]);
});
