import { expect, it } from "vitest";

import { rowsInSight } from "./row-window";

it("only rows in sight and some around them are drawn", () => {
  const { first, behind } = rowsInSight(1_000, 33, 33 * 500, 900);
  expect(first).toBeLessThanOrEqual(490);
  expect(behind).toBeGreaterThanOrEqual(528);
  expect(behind - first).toBeLessThan(100);
});

it("a table below the window's top begins with its first row", () => {
  expect(rowsInSight(1_000, 33, -200, 900).first).toBe(0);
});

it("nothing lies behind the last row", () => {
  expect(rowsInSight(300, 33, 33 * 290, 900).behind).toBe(300);
});

it("scrolling by a row or two changes nothing", () => {
  expect(rowsInSight(1_000, 33, 33 * 500 + 10, 900)).toEqual(rowsInSight(1_000, 33, 33 * 501, 900));
});
