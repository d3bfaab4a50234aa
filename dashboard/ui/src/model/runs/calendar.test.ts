import { expect, it } from "vitest";

import { intensityOf, monthLabels, weekdayOf, weeksOf } from "./calendar";

it("starts weeks on Monday", () => {
  const days = ["2026-11-20", "2026-11-21", "2026-11-22", "2026-11-23", "2026-11-24"].map((date) => ({ date }));
  expect(weeksOf(days).map((week) => week.map(({ date }) => date.slice(-2)))).toEqual([
    ["20", "21", "22"],
    ["23", "24"],
  ]);
});

it("makes the color most intense at the maximum and visible for every value", () => {
  const level = intensityOf([10, null, 20, 30]);
  expect([10, 20, 30, null].map(level)).toEqual([20, 60, 100, 0]);
  expect(intensityOf([5])(5)).toBe(60);
});

it("names months where they start, and the first one if there is room", () => {
  const days = (from: string, count: number) =>
    Array.from({ length: count }, (_, i) => ({
      date: new Date(Date.parse(`${from}T00:00:00Z`) + i * 86_400_000).toISOString().slice(0, 10),
    }));
  expect(monthLabels(weeksOf(days("2026-09-02", 42)))).toEqual(["Sep", "", "", "", "Oct", "", ""]);
  expect(monthLabels(weeksOf(days("2026-09-23", 21)))).toEqual(["", "Oct", "", ""]);
});

it("numbers weekdays from Monday", () => {
  expect(["2026-11-30", "2026-12-06"].map(weekdayOf)).toEqual([0, 6]);
});
