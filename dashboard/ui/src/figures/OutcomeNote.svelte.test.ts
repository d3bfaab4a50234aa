import { render, screen } from "@testing-library/svelte";
import { expect, it } from "vitest";

import type { RunRecord } from "../api/types";
import type { RunView } from "../state/run-view.svelte";
import { aRun } from "../test/run-factories";
import OutcomeNote from "./OutcomeNote.svelte";

const show = (run: Partial<RunRecord>, live = false) =>
  render(OutcomeNote, { view: { record: aRun(run), live } as RunView }).container.textContent.trim();

it("explains why a run did not finish, with a link to its log", () => {
  expect(show({ status: "failed", verdict: null, exit_reason: "The script has an error." })).toContain(
    "The script has an error.",
  );
  expect(screen.getByRole("link").getAttribute("href")).toContain("#/log?run=");
});

it.each([{ status: "finished" }, { status: "queued" }] as const)("is empty for a run that is $status", (run) => {
  expect(show(run)).toBe("");
});

it("is empty for a live run", () => {
  expect(show({ status: "running" }, true)).toBe("");
});
