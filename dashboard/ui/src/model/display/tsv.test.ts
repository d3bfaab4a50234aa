import { expect, it } from "vitest";

import { tsvOf } from "./tsv";

it("writes numbers with all digits, and missing values as empty cells", () => {
  expect(
    tsvOf([
      ["Operation", "p95 ms"],
      ["Login", 30.123456],
      ["Buy", null],
      ["Pay", undefined],
    ]),
  ).toBe("Operation\tp95 ms\nLogin\t30.123456\nBuy\t\nPay\t\n");
});

it.each([
  ["=1+1", "'=1+1"],
  ["+1", "'+1"],
  ["-1", "'-1"],
  ["@SUM(A1)", "'@SUM(A1)"],
  [" =1", "' =1"],
  ["\ufeff=1", "'\ufeff=1"],
  ["a\tb\nc", "a b c"],
  ["GET /a?b=1", "GET /a?b=1"],
])("writes %j as text", (text, cell) => {
  expect(tsvOf([[text]])).toBe(`${cell}\n`);
});

it("does not take a negative number for a formula", () => {
  expect(tsvOf([[-1.5]])).toBe("-1.5\n");
});
