import { fireEvent, render, screen, within } from "@testing-library/svelte";
import { beforeEach, expect, it, vi } from "vitest";

import { createToken, listTokens, revokeToken } from "../../api/access";
import { ApiError } from "../../api/client";
import { aToken } from "../../test/access-factories";
import TokensPanel from "./TokensPanel.svelte";

vi.mock("../../api/access", () => ({ createToken: vi.fn(), listTokens: vi.fn(), revokeToken: vi.fn() }));

const click = (name: string) => fireEvent.click(screen.getByRole("button", { name }));

beforeEach(() => {
  vi.mocked(listTokens).mockReset().mockResolvedValue([]);
  vi.mocked(createToken).mockReset();
  vi.mocked(revokeToken).mockReset().mockResolvedValue(null);
});

it("lists tokens with role, limits, expiry and last use", async () => {
  const ci = aToken("ci", { max_vus: 200, has_expired: true });
  vi.mocked(listTokens).mockResolvedValue([ci, aToken("ann", { role: "viewer", expires_at: null })]);
  render(TokensPanel);
  const rows = await screen.findAllByRole("row");
  expect(rows[1]?.textContent).toMatch(/ci.*runner.*at most 200 VUs.*\(expired\).*never/s);
  expect(rows[2]?.textContent).toMatch(/ann.*viewer.*—.*never/s);
});

it("shows the text of a new token once", async () => {
  vi.mocked(createToken).mockResolvedValue({ ...aToken("ci"), token: "k6d_1_secret" });
  render(TokensPanel);
  await click("Create token");
  await fireEvent.input(screen.getByLabelText("Name"), { target: { value: "ci" } });
  await fireEvent.submit(screen.getByRole("form", { name: "New token" }));
  expect((await screen.findByLabelText("Token")).textContent).toBe("k6d_1_secret");
  expect(createToken).toHaveBeenCalledExactlyOnceWith({ name: "ci", role: "runner", expires: "90d" });
  await click("Done");
  expect(screen.queryByLabelText("Token")).toBeNull();
});

it("shows the error of a field and keeps the form", async () => {
  const errors = [{ field: "name", message: '"admin" is reserved. Choose another name' }];
  vi.mocked(createToken).mockRejectedValue(new ApiError(422, { detail: "name: reserved", errors }));
  render(TokensPanel);
  await click("Create token");
  await fireEvent.input(screen.getByLabelText("Name"), { target: { value: "admin" } });
  await fireEvent.submit(screen.getByRole("form", { name: "New token" }));
  await screen.findByText(/is reserved/);
  expect(screen.getByLabelText<HTMLInputElement>("Name").value).toBe("admin");
});

it("revokes a token only after a confirmation", async () => {
  vi.mocked(listTokens).mockResolvedValueOnce([aToken("ci")]);
  render(TokensPanel);
  await fireEvent.click(await screen.findByRole("button", { name: "Revoke ci" }));
  expect(revokeToken).not.toHaveBeenCalled();
  const dialog = screen.getByRole("dialog", { hidden: true });
  await fireEvent.click(within(dialog).getByRole("button", { name: "Revoke", hidden: true }));
  await screen.findByText("No tokens yet.");
  expect(revokeToken).toHaveBeenCalledExactlyOnceWith("ci");
});
