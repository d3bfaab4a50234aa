import { expect, it } from "vitest";

import { moveRange, rangeAfterKey, scaleRange, shiftRange } from "./range";

const RUN = { endS: 100, windowS: 2 };
const RANGE = { from_s: 40, to_s: 60 };

it("moves by half its width and stops at the ends of the run", () => {
  expect(moveRange(RANGE, 1, RUN)).toEqual({ from_s: 50, to_s: 70 });
  expect(moveRange({ from_s: 4, to_s: 24 }, -1, RUN)).toEqual({ from_s: 0, to_s: 20 });
  expect(shiftRange(RANGE, 70, 100)).toEqual({ from_s: 80, to_s: 100 });
});

it("moves by at least one window", () => {
  expect(moveRange({ from_s: 40, to_s: 42 }, 1, RUN)).toEqual({ from_s: 42, to_s: 44 });
});

it("is widened and narrowed around its middle, inside the run", () => {
  expect(scaleRange(RANGE, "wider", RUN)).toEqual({ from_s: 30, to_s: 70 });
  expect(scaleRange({ from_s: 0, to_s: 80 }, "wider", RUN)).toEqual({ from_s: 0, to_s: 100 });
  expect(scaleRange(RANGE, "narrower", RUN)).toEqual({ from_s: 45, to_s: 55 });
});

it("follows keys only while a range is selected", () => {
  expect(rangeAfterKey(RANGE, "-", RUN)).toEqual({ from_s: 30, to_s: 70 });
  expect(rangeAfterKey(RANGE, "x", RUN)).toBeNull();
  expect(rangeAfterKey(null, "-", RUN)).toBeNull();
});
