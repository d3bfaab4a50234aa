import { render, screen } from "@testing-library/svelte";
import { expect, it } from "vitest";

import { deltaOf } from "../model/comparison/delta";
import DeltaText from "./DeltaText.svelte";

const show = (metric: string, value: number, base: number, short = false) => {
  const delta = deltaOf(metric, value, base);
  if (!delta) throw new Error("no delta");
  return render(DeltaText, { delta, short }).container;
};

it("shows the amount, the direction and its tone", () => {
  const container = show("p95_ms", 110, 100);
  expect(screen.getByText("10.0% slower").className).toContain("bad");
  expect(container.querySelector("svg")).not.toBeNull();
});

it("omits the direction in the short form", () => {
  show("rps", 110, 100, true);
  expect(screen.getByText("+10.0%").className).toContain("good");
});

it("has no arrow if both values are the same", () => {
  const container = show("p95_ms", 100, 100);
  expect(screen.getByText("≈ same")).toBeTruthy();
  expect(container.querySelector("svg")).toBeNull();
});
