import { describe, expect, it } from "vitest";

import type { Control } from "../../api/types";
import { anEvent } from "../../test/factories";
import { sliderOf, sliderText, waitingText, steeredCurve, controlBodyOf } from "./steering";

const users: Control = {
  steering_variable: "vus",
  paused: false,
  vus: 5,
  share: null,
  rate: null,
  planned_vus: 20,
  planned_rate: null,
  renews_token: false,
  seq: 1,
  taken: true,
  waiting: false,
  running: null,
};
const rate: Control = { ...users, steering_variable: "share", vus: null, share: 0.25, rate: 20, planned_rate: 80 };
const change = (n: number, elapsed_s: number, data: Record<string, unknown>) =>
  anEvent(n, { kind: "run.control", elapsed_s, data });

describe("the steered curve", () => {
  it("is empty if the run was never steered", () => {
    expect(steeredCurve(20, [anEvent(1, { elapsed_s: 3 })], 10)).toEqual([]);
  });

  it("jumps at each change and is 0 while paused", () => {
    const events = [change(1, 4, { paused: false, vus: 5 }), change(2, 6, { paused: true, vus: 5 })];
    expect(steeredCurve(20, events, 10).map(({ at_s, target }) => [at_s, target])).toEqual([
      [0, 20],
      [4, 20],
      [4, 5],
      [6, 5],
      [6, 0],
      [10, 0],
    ]);
  });
});

describe("the slider", () => {
  it("sets users, or percent of the rate", () => {
    expect(sliderOf(users)).toEqual({ max: 20, value: 5 });
    expect(sliderOf(rate)).toEqual({ max: 100, value: 25 });
    expect([controlBodyOf(users, 7), controlBodyOf(rate, 50)]).toEqual([{ vus: 7 }, { share: 0.5 }]);
  });

  it("describes its value", () => {
    expect(sliderText(users, 7)).toBe("7 of 20\u202fVUs");
    expect(sliderText(rate, 50)).toBe("50%, 40/s");
    expect(sliderText({ ...rate, planned_rate: null }, 50)).toBe("50%");
  });
});

it("describes what a stop waits for", () => {
  expect(waitingText(users)).toBe("waiting for running iterations");
  expect(waitingText({ ...users, running: 1 })).toBe("waiting for 1\u202frunning iteration");
});
