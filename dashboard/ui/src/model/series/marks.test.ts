import { expect, it } from "vitest";

import { anEvent } from "../../test/factories";
import { marksOf } from "./marks";

it("marks events with a time, except those that every run has", () => {
  const events = [anEvent(1, { kind: "run.started" }), anEvent(2), anEvent(3, { elapsed_s: null })];
  expect(marksOf(events).map(({ n }) => n)).toEqual([2]);
});
