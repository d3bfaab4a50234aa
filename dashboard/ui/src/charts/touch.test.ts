import { describe, expect, it } from "vitest";

import { rangeOfFingers } from "./touch";

/** 100 px for 10 s. */
const AXIS = { leftPx: 50, widthPx: 100, from_s: 20, to_s: 30 };

describe("fingers on a chart", () => {
  it("select the time that a single finger moves across, within the run", () => {
    expect(rangeOfFingers(AXIS, false, [70], [120], 60)).toEqual({ from_s: 22, to_s: 27 });
    expect(rangeOfFingers(AXIS, false, [120], [70], 60)).toEqual({ from_s: 22, to_s: 27 });
    expect(rangeOfFingers(AXIS, false, [70], [300], 30)).toEqual({ from_s: 22, to_s: 30 });
  });

  it("do nothing while they hardly move", () => {
    expect(rangeOfFingers(AXIS, false, [70], [74], 60)).toBeNull();
  });

  it("move a zoomed range, at most to the end of the run", () => {
    expect(rangeOfFingers(AXIS, true, [100], [60], 60)).toEqual({ from_s: 24, to_s: 34 });
    expect(rangeOfFingers(AXIS, true, [100], [60], 32)).toEqual({ from_s: 22, to_s: 32 });
  });

  it("widen and narrow a zoomed range and keep the time under each finger", () => {
    expect(rangeOfFingers(AXIS, true, [75, 125], [90, 115], 60)).toEqual({ from_s: 14.5, to_s: 34.5 });
    expect(rangeOfFingers(AXIS, true, [90, 115], [75, 125], 60)).toEqual({ from_s: 22.75, to_s: 27.75 });
  });
});
