import { fireEvent, render, screen } from "@testing-library/svelte";
import { beforeEach, expect, it, vi } from "vitest";

import { ApiError } from "../api/client";
import { stopRun } from "../api/run";
import { notices } from "../state/notices.svelte";
import { aControl, aRun } from "../test/run-factories";
import StopButton from "./StopButton.svelte";

vi.mock("../api/run", () => ({ stopRun: vi.fn() }));

const RUN = aRun({ run_id: "r", status: "running" });
const button = (name = "Stop") => screen.getByRole<HTMLButtonElement>("button", { name });

async function confirmStop() {
  await fireEvent.click(button());
  await fireEvent.click(button("Stop run"));
}

beforeEach(() => {
  vi.mocked(stopRun).mockReset();
});

it("stops the run once, after a confirmation that names the time left", async () => {
  vi.mocked(stopRun).mockResolvedValue({ run_id: "r", status: "stopping" } as Awaited<ReturnType<typeof stopRun>>);
  render(StopButton, { run: RUN, left_s: 102 });
  await fireEvent.click(button());
  expect(screen.getByText("Stop? 1:42 left")).toBeTruthy();
  expect(stopRun).not.toHaveBeenCalled();
  await fireEvent.click(button("Stop run"));
  expect(stopRun).toHaveBeenCalledExactlyOnceWith("r", false);
  expect(button("Stopping…").disabled).toBe(true);
  expect(screen.queryByRole("group")).toBeNull();
});

it.each(["Escape", "double click"])("keeps the run after %s", async (how) => {
  render(StopButton, { run: RUN });
  await fireEvent.click(button());
  const focused = document.activeElement;
  expect(focused?.textContent.trim()).toBe("Keep running");
  if (focused) await (how === "Escape" ? fireEvent.keyDown(focused, { key: "Escape" }) : fireEvent.click(focused));
  await vi.waitFor(() => expect(document.activeElement).toBe(button()));
  expect(stopRun).not.toHaveBeenCalled();
});

it("can be tried again after an error", async () => {
  vi.mocked(stopRun).mockRejectedValue(new ApiError(503, { detail: "The runner is not responding." }));
  render(StopButton, { run: RUN });
  await confirmStop();
  await vi.waitFor(() => expect(button().disabled).toBe(false));
  expect(notices.list.at(-1)?.message).toBe("The runner is not responding.");
});

it("shows what a stop of a steerable run waits for, and stops immediately on request", async () => {
  render(StopButton, { run: aRun({ run_id: "r", status: "stopping", control: aControl({ running: 2 }) }) });
  expect(screen.getByRole("status").textContent).toMatch(/waiting for 2\srunning iterations/);
  await fireEvent.click(button("Stop now"));
  expect(stopRun).toHaveBeenCalledExactlyOnceWith("r", true);
  expect(screen.queryByRole("status")).toBeNull();
});
