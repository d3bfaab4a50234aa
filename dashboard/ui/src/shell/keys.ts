/** Keyboard shortcuts. They are off while the user types or a dialog is open. */
import { preferences } from "../state/preferences.svelte";
import { router } from "../state/router.svelte";
import { TABS } from "./tabs";

export const KEYS = [
  ...TABS.map(({ key, name }) => ({ key, action: name })),
  { key: "t", action: "Switch theme" },
  { key: "z", action: "Switch between local time and UTC" },
  { key: "l", action: "Freeze or resume view" },
  { key: "s", action: "Go to Start button" },
  { key: "/", action: "Search or filter" },
  { key: "?", action: "Show keyboard shortcuts" },
];

const TYPING = "input:not([type=radio]), textarea, select, [contenteditable], dialog[open]";

export function handleKey(event: KeyboardEvent, showKeys: () => void, freeze: () => void): void {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  if (event.target instanceof Element && event.target.closest(TYPING)) return;
  if (document.querySelector("dialog[open]")) return;
  if (perform(event.key, showKeys, freeze)) event.preventDefault();
}

function perform(key: string, showKeys: () => void, freeze: () => void): boolean {
  const tab = TABS.find((entry) => entry.key === key);
  if (tab) location.hash = router.hrefFor(tab.view);
  else if (key === "t") preferences.next();
  else if (key === "z") preferences.toggleUtc();
  else if (key === "l") freeze();
  else if (key === "s") focusStart();
  else if (key === "/") document.querySelector<HTMLElement>("[data-search]")?.focus();
  else if (key === "?") showKeys();
  else return false;
  return true;
}

function focusStart(): void {
  if (router.route.view !== "execute") router.go("execute");
  requestAnimationFrame(() =>
    requestAnimationFrame(() => document.querySelector<HTMLElement>("[data-start]")?.focus()),
  );
}
