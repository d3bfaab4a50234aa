import { fireEvent, render, screen } from "@testing-library/svelte";
import { expect, it, vi } from "vitest";

import Choice from "./Choice.svelte";

it("selects the current value and reports a new choice", async () => {
  const onchoose = vi.fn();
  const options = [
    { value: "none", label: "None" },
    { value: "bearer", label: "Bearer" },
  ];
  render(Choice, { label: "Authentication", value: "none", options, onchoose });
  const [none, bearer] = screen.getAllByRole<HTMLInputElement>("radio");
  expect([none?.checked, bearer?.checked]).toEqual([true, false]);
  if (bearer) await fireEvent.click(bearer);
  expect(onchoose).toHaveBeenCalledWith("bearer");
});
