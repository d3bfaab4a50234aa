import { fireEvent, render, screen } from "@testing-library/svelte";
import { expect, it, vi } from "vitest";

import ErrorNote from "./ErrorNote.svelte";

it("shows the retry button only with a retry function", async () => {
  const onretry = vi.fn();
  const { rerender } = render(ErrorNote, { title: "Runs could not be loaded", detail: "No response" });
  expect(screen.getByRole("alert").textContent).toContain("Runs could not be loaded.");
  expect(screen.queryByRole("button")).toBeNull();
  await rerender({ onretry });
  await fireEvent.click(screen.getByRole("button"));
  expect(onretry).toHaveBeenCalledOnce();
});
