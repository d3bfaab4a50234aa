import { fireEvent, render, screen, within } from "@testing-library/svelte";
import { beforeEach, expect, it } from "vitest";

import { DEFAULT_CUSTOM_LOAD } from "../../model/start/custom-load";
import { form } from "../../state/form.svelte";
import CustomFields from "./CustomFields.svelte";

const stages = () => screen.queryAllByRole("listitem");
const deleteButton = (stage: HTMLElement) => within(stage).getByRole<HTMLButtonElement>("button");

beforeEach(() => {
  form.values.custom = { ...DEFAULT_CUSTOM_LOAD, stages: DEFAULT_CUSTOM_LOAD.stages.map((stage) => ({ ...stage })) };
  form.errors = new Map();
});

it("adds a stage with the last target and removes one", async () => {
  render(CustomFields);
  expect(stages()).toHaveLength(3);
  await fireEvent.click(screen.getAllByRole("button").at(-1) as HTMLElement);
  expect(form.values.custom.stages.at(-1)).toEqual({ duration: "30s", target: "0" });
  await fireEvent.click(deleteButton(stages()[0] as HTMLElement));
  expect(form.values.custom.stages.map(({ duration }) => duration)).toEqual(["1m", "30s", "30s"]);
});

it("keeps at least one stage", () => {
  form.values.custom.stages = [{ duration: "30s", target: "5" }];
  render(CustomFields);
  expect(deleteButton(stages()[0] as HTMLElement).disabled).toBe(true);
});

it("shows an error from the server at its field", () => {
  form.errors = new Map([["stages[1].target", "exceeds MAX_VUS (200)"]]);
  render(CustomFields);
  expect(within(stages()[1] as HTMLElement).getByText("exceeds MAX_VUS (200)")).toBeTruthy();
});

it("reports invalid JSON while typing, and errors from the server otherwise", async () => {
  form.values.custom.kind = "scenarios";
  form.errors = new Map([["scenarios.buy.rate", "must be at least 1"]]);
  render(CustomFields);
  const text = document.querySelector("textarea") as HTMLTextAreaElement;
  expect(screen.getByText("scenarios.buy.rate: must be at least 1")).toBeTruthy();
  await fireEvent.input(text, { target: { value: "{" } });
  expect(text.getAttribute("aria-invalid")).toBe("true");
  expect(screen.getByText(/^is not JSON: /)).toBeTruthy();
});
