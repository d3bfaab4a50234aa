import { describe, expect, it } from "vitest";

import { aBreakdown, aSnapshot, figures } from "../../test/factories";
import { NARROW_SPACE } from "../display/format";
import { Timeline } from "../series/timeline";
import { cardsOf } from "./cards";

describe("cards", () => {
  const timeline = new Timeline();
  for (const seq of [1, 2, 3]) timeline.upsert(aSnapshot(seq, { vus: [2, 8, 4][seq - 1] ?? 0 }));
  const input = { breakdown: aBreakdown(), timeline, live: true, range: null, whole: aBreakdown() };
  const card = (name: string, some: Partial<typeof input> = {}) =>
    cardsOf({ ...input, ...some }).find((entry) => entry.name === name);

  it("show twelve figures", () => {
    expect(cardsOf(input)).toHaveLength(12);
  });

  it("show the run so far and, as the note, the latest window", () => {
    expect(card("p95")).toMatchObject({ value: { value: "60", unit: "ms" }, note: `last 2 s: 40${NARROW_SPACE}ms` });
  });

  it("show the current users of a live run and the peak of a finished one", () => {
    expect(card("VUs now")?.value.value).toBe("4");
    expect(card("VUs, peak", { live: false })?.value.value).toBe("8");
  });

  it("show the range and, as the note, the whole run", () => {
    const cards = cardsOf({
      ...input,
      range: { from_s: 3, to_s: 4 },
      breakdown: aBreakdown({ figures: figures({ total_reqs: 7 }) }),
    });
    expect(cards[0]).toMatchObject({ value: { value: "7" }, note: "whole run: 100", sparkline: [20] });
    expect(cards[2]).toMatchObject({ name: "VUs, peak", value: { value: "8" } });
  });

  it("have a sparkline that omits a partial last window once the run has ended", () => {
    const ended = new Timeline();
    for (const seq of [1, 2, 3]) ended.upsert(aSnapshot(seq));
    ended.upsert(aSnapshot(4, { elapsed_s: 6.5, window_s: 0.5, requests: 1 }));
    expect(card("Requests", { timeline: ended, live: false })?.sparkline).toEqual([20, 20, 20]);
    expect(card("Requests", { timeline: ended })?.sparkline).toEqual([20, 20, 20, 1]);
  });

  it("have no note without a window", () => {
    expect(cardsOf({ ...input, timeline: new Timeline() })[0]?.note).toBe("");
  });
});
