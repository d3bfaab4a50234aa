import { fireEvent, render, screen } from "@testing-library/svelte";
import { beforeEach, expect, it } from "vitest";

import { router } from "../state/router.svelte";
import { runs } from "../state/runs.svelte";
import { aRun } from "../test/run-factories";
import RunPicker from "./RunPicker.svelte";

const A = aRun({ run_id: "a", status: "running", profile: "ramp" });
const B = aRun({ run_id: "b", status: "running", profile: "soak", label: "build 5" });

beforeEach(() => {
  location.hash = "";
  runs.list = [B, A];
});

it("is hidden while at most one run is live", () => {
  runs.list = [A, aRun({ run_id: "c" })];
  render(RunPicker, { current: "a" });
  expect(screen.queryByRole("combobox")).toBeNull();
});

it("names live runs by label or target", () => {
  render(RunPicker, { current: "a" });
  expect(screen.getAllByRole("option").map((option) => option.textContent.trim())).toEqual([
    "soak · build 5",
    "ramp · localhost:8080",
  ]);
});

it.each([
  ["execute", "#/overview?run=b"],
  ["http", "#/http?run=b"],
] as const)("on the view %s, a choice opens %s", async (view, hash) => {
  router.go(view, view === "http" ? { run: "a", from: "1", to: "5" } : {});
  render(RunPicker, { current: "a" });
  await fireEvent.change(screen.getByRole("combobox"), { target: { value: "b" } });
  expect(location.hash).toBe(hash);
});
