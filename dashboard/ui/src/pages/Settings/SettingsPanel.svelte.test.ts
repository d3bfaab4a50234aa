import { render, screen } from "@testing-library/svelte";
import { beforeEach, expect, it, vi } from "vitest";

import { listSettings } from "../../api/access";
import { ApiError } from "../../api/client";
import { router } from "../../state/router.svelte";
import { aSetting } from "../../test/access-factories";
import SettingsPanel from "./SettingsPanel.svelte";

vi.mock("../../api/access", () => ({ listSettings: vi.fn() }));

beforeEach(() => {
  vi.mocked(listSettings).mockReset();
  router.go("settings");
});

const rows = async () =>
  (await screen.findAllByRole("row")).map((row) =>
    [...row.children].map((cell) => cell.textContent.trim()).join(" | "),
  );

it("shows values with their sources, and secrets only as set", async () => {
  vi.mocked(listSettings).mockResolvedValue([
    aSetting("VUS", { value: "7", source: "environment" }),
    aSetting("AUTH_TOKEN", { is_secret: true, value: null, is_set: true, source: ".env" }),
    aSetting("AUTH_API_KEY", { is_secret: true, value: null, is_set: false }),
  ]);
  render(SettingsPanel);
  expect((await rows()).slice(2)).toEqual([
    "VUS | 7 | environment | Meaning of VUS",
    "AUTH_TOKEN | set | .env | Meaning of AUTH_TOKEN",
    "AUTH_API_KEY | not set | default | Meaning of AUTH_API_KEY",
  ]);
});

it("filters by name and meaning", async () => {
  vi.mocked(listSettings).mockResolvedValue([aSetting("VUS"), aSetting("RATE")]);
  router.set({ q: "rate" });
  render(SettingsPanel);
  expect(await rows()).toHaveLength(3);
});

it("shows why settings could not be loaded", async () => {
  vi.mocked(listSettings).mockRejectedValue(new ApiError(403, { detail: "This requires the role admin." }));
  render(SettingsPanel);
  expect((await screen.findByRole("alert")).textContent).toContain("This requires the role admin.");
});
