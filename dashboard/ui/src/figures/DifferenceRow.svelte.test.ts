import { fireEvent, render, screen } from "@testing-library/svelte";
import { expect, it, vi } from "vitest";

import type { Difference } from "../api/types";
import DifferenceRow from "./DifferenceRow.svelte";

const difference = (some: Partial<Difference>): Difference => ({
  metric: "p95_ms",
  a: 100,
  b: 120,
  delta: 20,
  pct: 20,
  direction: "worse",
  ...some,
});

function cells(some: Partial<Difference>) {
  render(DifferenceRow, { row: difference(some), name: "p95" }, { baseElement: tableBody() });
  return screen.getAllByRole("cell").map((cell) => cell.textContent.trim().replace(/\s/g, " "));
}

/** Returns a table body to render into, because a row outside a table would lose its cells. */
function tableBody(): HTMLElement {
  document.body.innerHTML = "<table><tbody></tbody></table>";
  return document.querySelector("tbody") ?? document.body;
}

it("shows both values, the difference and the direction", () => {
  expect(cells({})).toEqual(["100 ms", "120 ms", "+20 ms", "+20.0", "worse"]);
});

it("shows shares in percentage points", () => {
  const row = { metric: "error_rate", a: 0.01, b: 0.005, delta: -0.005, pct: -50, direction: "better" } as const;
  expect(cells(row)).toEqual(["1.00%", "0.50%", "−0.50 pt", "−50.0", "better"]);
});

it("shows dashes for a missing value and for the differences from it", () => {
  expect(cells({ a: null, delta: null, pct: null, direction: null })).toEqual(["—", "120 ms", "—", "—", "—"]);
});

it("shows 0 for equal values", () => {
  expect(cells({ b: 100, delta: 0, pct: 0, direction: "same" })[2]).toBe("0");
});

it("has a button if the row can be opened", async () => {
  const onopen = vi.fn();
  render(DifferenceRow, { row: difference({}), name: "Buy", onopen, opened: true }, { baseElement: tableBody() });
  const button = screen.getByRole("button", { name: "Buy" });
  expect(button.getAttribute("aria-expanded")).toBe("true");
  await fireEvent.click(button);
  expect(onopen).toHaveBeenCalledOnce();
});
