import { fireEvent, render, screen } from "@testing-library/svelte";
import { beforeEach, expect, it } from "vitest";

import { form } from "../../state/form.svelte";
import { aConfig } from "../../test/run-factories";
import AuthFields from "./AuthFields.svelte";

const fields = () => [...document.querySelectorAll<HTMLInputElement>("input[name^=auth_]")].map(({ name }) => name);
const field = (name: string) => {
  const input = document.querySelector<HTMLInputElement>(`input[name=${name}]`);
  if (!input) throw new Error(`no field ${name}`);
  return input;
};

beforeEach(() => {
  form.values.authMode = null;
  form.values.auth = {};
  form.secrets.auth_token = "";
  form.errors = new Map();
});

it("shows only the fields of the selected mode", async () => {
  render(AuthFields, { config: aConfig() });
  expect(fields()).toEqual([]);
  await fireEvent.click(screen.getByRole("radio", { name: "Basic" }));
  expect(fields()).toEqual(["auth_basic_user", "auth_basic_pass"]);
  expect(field("auth_basic_pass").type).toBe("password");
});

it("adds the fields of the refresh strategy", async () => {
  render(AuthFields, { config: aConfig({ auth_mode: "bearer" }) });
  expect(fields()).toEqual(["auth_token"]);
  await fireEvent.click(screen.getAllByRole("radio", { name: "Keycloak" }).at(-1) as HTMLElement);
  expect(fields()).toContain("auth_host");
  expect(fields()).toContain("auth_refresh_interval");
});

it("uses a secret from settings while its field is empty", () => {
  const secrets = { ...aConfig().secrets, auth_token: "set" as const };
  render(AuthFields, { config: aConfig({ auth_mode: "bearer", secrets }) });
  expect(field("auth_token").placeholder).toBe("Set in settings");
  expect(form.startBody(aConfig({ auth_mode: "bearer" }), {})).not.toHaveProperty("auth_token");
});

it("keeps secrets out of the stored values", async () => {
  render(AuthFields, { config: aConfig({ auth_mode: "bearer" }) });
  await fireEvent.input(field("auth_token"), { target: { value: "s3cret" } });
  form.save();
  expect(JSON.stringify({ ...sessionStorage })).not.toContain("s3cret");
  expect(form.startBody(aConfig({ auth_mode: "bearer" }), {})).toMatchObject({ auth_token: "s3cret" });
});

it("opens the collapsed fields if one of them has an error", () => {
  form.errors = new Map([["auth_refresh_interval", "must be a number"]]);
  render(AuthFields, { config: aConfig({ auth_mode: "keycloak" }) });
  expect(document.querySelector("details")?.open).toBe(true);
  expect(screen.getByText("must be a number")).toBeTruthy();
});
