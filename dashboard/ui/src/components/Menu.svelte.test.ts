import { fireEvent, render, screen } from "@testing-library/svelte";
import { beforeEach, expect, it, vi } from "vitest";

import Menu from "./Menu.svelte";

const onselect = vi.fn();
const entries = [
  { label: "Export", onselect },
  { label: "Unavailable", disabled: true, onselect },
  { label: "Log scale", on: true, onselect },
];

const openButton = () => screen.getByRole("button", { name: "More" });
const focusedText = () => document.activeElement?.textContent.trim();

beforeEach(async () => {
  onselect.mockClear();
  render(Menu, { label: "More", entries });
  await fireEvent.click(openButton());
  await vi.waitFor(() => expect(focusedText()).toBe("Export"));
});

it("moves the focus with the arrow keys, wraps around at the ends and skips disabled entries", async () => {
  const menu = screen.getByRole("menu");
  await fireEvent.keyDown(menu, { key: "ArrowDown" });
  expect(focusedText()).toBe("Log scale");
  await fireEvent.keyDown(menu, { key: "ArrowDown" });
  expect(focusedText()).toBe("Export");
  await fireEvent.keyDown(menu, { key: "End" });
  expect(focusedText()).toBe("Log scale");
});

it("closes on Escape and restores the focus", async () => {
  await fireEvent.keyDown(screen.getByRole("menu"), { key: "Escape" });
  expect(screen.queryByRole("menu")).toBeNull();
  expect(document.activeElement).toBe(openButton());
});

it("runs an entry and closes", async () => {
  await fireEvent.click(screen.getByRole("menuitem", { name: "Export" }));
  expect(onselect).toHaveBeenCalledOnce();
  expect(screen.queryByRole("menu")).toBeNull();
});

it("shows the state of a toggle", () => {
  expect(screen.getByRole("menuitemcheckbox").getAttribute("aria-checked")).toBe("true");
});
