import { expect, it } from "vitest";

import { visibleRows } from "./row-window";

it("renders the visible rows and some around them", () => {
  const { first, end } = visibleRows(1_000, 33, 33 * 500, 900);
  expect(first).toBeLessThanOrEqual(494);
  expect(end).toBeGreaterThanOrEqual(534);
  expect(end - first).toBeLessThan(60);
});

it("starts at the first row while the table is below the top of the window", () => {
  expect(visibleRows(1_000, 33, -200, 900).first).toBe(0);
});

it("ends at the last row", () => {
  expect(visibleRows(300, 33, 33 * 290, 900).end).toBe(300);
});

it("does not change when scrolling by one row", () => {
  expect(visibleRows(1_000, 33, 33 * 500 + 10, 900)).toEqual(visibleRows(1_000, 33, 33 * 501, 900));
});
