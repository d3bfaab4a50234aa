import { render, screen } from "@testing-library/svelte";
import { expect, it } from "vitest";

import { evaluate } from "../model/slo/slo";
import SloTable from "./SloTable.svelte";

const base = { live: false, period: "whole run", excludesRamps: false };
const rows = () => screen.getAllByRole("row").slice(1);

it("shows state, value, condition and margin", () => {
  render(SloTable, { ...base, results: [evaluate("p95_ms", 500, 382), evaluate("error_rate", 0.01, 0.02)] });
  const [p95, errors] = rows().map((row) => row.textContent.replace(/\s+/g, " "));
  expect(p95).toMatch(/Met.*p95.*382 ms.*≤ 500 ms.*118 ms/);
  expect(errors).toMatch(/Breached.*Errors.*2\.00%.*≤ 1\.00%.*−1\.00 pt/);
});

it("explains why a result is unknown", () => {
  const result = { ...evaluate("p95_ms", 500, null), reason: "p95 was not measured (limit 500 ms): no request" };
  render(SloTable, { ...base, results: [result] });
  expect(rows()[0]?.textContent).toContain("Unknown");
  expect(rows()[0]?.textContent).toContain("no request");
});

it("lists breached SLOs first if there are too many", () => {
  const results = Array.from({ length: 70 }, (_, i) => ({
    ...evaluate("p95_ms", 500, i === 69 ? 600 : 100),
    scope: `op ${String(i)}`,
  }));
  render(SloTable, { ...base, results });
  expect(rows()).toHaveLength(60);
  expect(rows()[0]?.textContent).toContain("op 69");
  expect(screen.getByText(/60 of 70 SLOs/)).toBeTruthy();
});

it("links to the editor only with a URL, and explains the missing verdict", async () => {
  const { rerender } = render(SloTable, { ...base, results: [] });
  expect(screen.getByText(/No SLOs are set/)).toBeTruthy();
  expect(screen.queryByRole("link")).toBeNull();
  await rerender({ href: "#/slos" });
  expect(screen.getByRole("link").getAttribute("href")).toBe("#/slos");
});
