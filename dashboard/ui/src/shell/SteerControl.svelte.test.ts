import { fireEvent, render, screen } from "@testing-library/svelte";
import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { ApiError } from "../api/client";
import { controlRun } from "../api/run";
import { notices } from "../state/notices.svelte";
import { aControl } from "../test/run-factories";
import SteerControl from "./SteerControl.svelte";

vi.mock("../api/run", () => ({ controlRun: vi.fn(), refreshToken: vi.fn() }));

const slider = () => screen.getByRole<HTMLInputElement>("slider");
const step = (direction: "down" | "up") =>
  screen.getAllByRole("button").at(direction === "down" ? -2 : -1) as HTMLElement;
const answer = (seq: number, vus: number) => ({ run_id: "r", control: aControl({ seq, vus, taken: false }) });

beforeEach(() => {
  vi.useFakeTimers();
  vi.mocked(controlRun).mockReset();
});
afterEach(() => {
  vi.useRealTimers();
});

it("sends only the last of several quick steps", async () => {
  vi.mocked(controlRun).mockResolvedValue(answer(2, 3));
  render(SteerControl, { runId: "r", control: aControl() });
  expect([slider().value, slider().max]).toEqual(["5", "20"]);
  await fireEvent.click(step("down"));
  await fireEvent.click(step("down"));
  expect(controlRun).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(vi.mocked(controlRun).mock.calls).toEqual([[{ run_id: "r", vus: 3 }]]);
  expect(slider().value).toBe("3");
});

it("stays between 0 and the planned users", () => {
  render(SteerControl, { runId: "r", control: aControl({ vus: 0 }) });
  expect((step("down") as HTMLButtonElement).disabled).toBe(true);
  expect((step("up") as HTMLButtonElement).disabled).toBe(false);
});

it("steers a rate in percent", async () => {
  vi.mocked(controlRun).mockResolvedValue(answer(2, 0));
  const control = aControl({ steering_variable: "share", vus: null, share: 0.5, planned_rate: 80 });
  render(SteerControl, { runId: "r", control });
  expect(slider().getAttribute("aria-valuetext")).toBe("50%, 40/s");
  await fireEvent.click(step("up"));
  await vi.advanceTimersByTimeAsync(1_000);
  expect(controlRun).toHaveBeenCalledWith({ run_id: "r", share: 0.51 });
});

it("has no slider for a run that can only be paused", () => {
  render(SteerControl, { runId: "r", control: aControl({ steering_variable: "pause" }) });
  expect(screen.queryByRole("slider")).toBeNull();
});

it("restores the value and reports the error if the server refuses", async () => {
  vi.mocked(controlRun).mockRejectedValue(new ApiError(409, { detail: "The run is stopping." }));
  render(SteerControl, { runId: "r", control: aControl() });
  await fireEvent.click(step("up"));
  await vi.advanceTimersByTimeAsync(1_000);
  expect(notices.list.at(-1)?.message).toBe("The run is stopping.");
  expect(slider().value).toBe("5");
});

it("shows the newer of the response and the record", async () => {
  vi.mocked(controlRun).mockResolvedValue(answer(2, 6));
  const { rerender } = render(SteerControl, { runId: "r", control: aControl() });
  await fireEvent.click(step("up"));
  await vi.advanceTimersByTimeAsync(1_000);
  expect(slider().value).toBe("6");
  await rerender({ control: aControl({ seq: 3, vus: 9 }) });
  expect(slider().value).toBe("9");
});
