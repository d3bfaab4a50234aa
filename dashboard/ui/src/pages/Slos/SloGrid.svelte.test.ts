import { fireEvent, render, screen } from "@testing-library/svelte";
import { beforeEach, expect, it } from "vitest";

import type { SloConfig } from "../../api/types";
import { sloEditor } from "../../state/slo-editor.svelte";
import SloGrid from "./SloGrid.svelte";

const CONFIG: SloConfig = {
  p50_ms: null,
  p95_ms: 500,
  p99_ms: null,
  avg_ms: null,
  error_rate: 0.01,
  checks_rate: null,
  apdex_score: null,
  rps: null,
  endpoints: {},
  groups: {},
  profiles: { smoke: { p95_ms: null } },
  options: { skip: null, abort: null },
  changed_by: null,
  changed_at: null,
  endpoint_names: [],
  group_names: [],
  profile_names: ["smoke"],
};
const ROWS = [
  { level: "all" as const, name: "", title: "All runs" },
  { level: "profiles" as const, name: "smoke", title: "smoke" },
];
const cell = (row: string, metric: string) =>
  screen.getByRole<HTMLInputElement>("textbox", { name: new RegExp(`^${row}: ${metric} `) });

beforeEach(() => {
  sessionStorage.clear();
  sloEditor.discard();
  sloEditor.value = CONFIG;
  render(SloGrid, { label: "Runs", rows: ROWS });
});

it("shows stored limits, shares in percent, and inherited limits as placeholders", () => {
  expect([cell("All runs", "p95").value, cell("All runs", "Errors").value]).toEqual(["500", "1"]);
  expect(cell("smoke", "p95").value).toBe("none");
  expect(cell("smoke", "Errors").placeholder).toBe("1");
});

it("describes an invalid limit at its cell and blocks saving", async () => {
  const input = cell("All runs", "p95");
  await fireEvent.input(input, { target: { value: "fast" } });
  expect(input.getAttribute("aria-invalid")).toBe("true");
  expect(document.getElementById(input.getAttribute("aria-describedby") ?? "")?.textContent).toBe("must be a number");
  expect([sloEditor.changes, sloEditor.invalidCells.length]).toEqual([1, 1]);
});

it("counts an edit only if it changes the limit", async () => {
  await fireEvent.input(cell("All runs", "p95"), { target: { value: "500.0 ms" } });
  expect(sloEditor.changes).toBe(0);
  await fireEvent.input(cell("All runs", "p95"), { target: { value: "450" } });
  expect([sloEditor.changes, sloEditor.invalidCells.length]).toEqual([1, 0]);
});
