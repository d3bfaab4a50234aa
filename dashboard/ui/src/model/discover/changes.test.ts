import { expect, it } from "vitest";

import { aCandidate, aDiscovered } from "../../test/discover-factories";
import { countsText, operationsText, savedText, sourceBody, valueText } from "./changes";
import { splitImport } from "./imported";
import { withCellText, withSelection } from "./rows";

it("counts changes and operations in words", () => {
  const entry = { list: "endpoints", name: "a" };
  expect(countsText({ added: [entry, entry], changed: [], removed: [entry], settings: [] })).toBe(
    "2 added, 0 changed, 1 removed",
  );
  const operation = { key: "GET /a", name: "a" };
  expect(
    operationsText([
      { ...operation, status: "gone" },
      { ...operation, status: "same" },
    ]),
  ).toBe("1 gone");
  expect(valueText(null)).toBe("—");
  expect(valueText({ a: 1 })).toBe('{"a":1}');
  expect(savedText(3, 1)).toContain("version 3");
});

it("names the operations of the source, also those that are not chosen, as the source gave them", () => {
  const { facts, rows } = splitImport(aDiscovered({ candidates: [aCandidate("a"), aCandidate("b")] }));
  const edited = withSelection(withCellText(rows, 0, "name", "A"), new Set([1]), false);
  expect(sourceBody(edited, facts, { name: "shop.json", url: null })).toMatchObject({
    name: "Shop",
    format: "openapi",
    keys: { A: "GET /a" },
    generated: { "GET /a": { name: "a" }, "GET /b": { name: "b" } },
  });
  expect(sourceBody(edited, null, null)).toBeNull();
});
