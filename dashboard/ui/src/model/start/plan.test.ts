import { expect, it } from "vitest";

import { peakOf, plannedAt, planPath } from "./plan";

const RAMP = [
  { at_s: 0, target: 0 },
  { at_s: 10, target: 20 },
  { at_s: 30, target: 20 },
];
const JUMP = [
  { at_s: 0, target: 2 },
  { at_s: 10, target: 2 },
  { at_s: 10, target: 10 },
  { at_s: 20, target: 10 },
];

it("interpolates between corner points", () => {
  expect(plannedAt(RAMP, 5)).toBe(10);
  expect(plannedAt(RAMP, 20)).toBe(20);
});

it("jumps where two points have the same time", () => {
  expect(plannedAt(JUMP, 9.9)).toBe(2);
  expect(plannedAt(JUMP, 10)).toBe(10);
});

it("is null outside the plan", () => {
  expect(plannedAt(RAMP, 31)).toBeNull();
  expect(plannedAt([], 1)).toBeNull();
});

it("scales the curve to its box", () => {
  expect(planPath(RAMP, 120, 40, peakOf(RAMP), false)).toBe("M0.0 40.0L40.0 0.0L120.0 0.0");
});

it("draws nothing for a plan without length", () => {
  expect(planPath([], 120, 40, 0, true)).toBe("");
});
