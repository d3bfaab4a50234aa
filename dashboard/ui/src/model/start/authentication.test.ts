import { describe, expect, it } from "vitest";
import { fieldsOf, isSecret, FIELD_SPECS, PUBLIC, SECRETS, strategyOf } from "./authentication";

describe("the fields of a way to sign in", () => {
  it("are those of Keycloak, and how often tokens are renewed", () => {
    expect(fieldsOf("keycloak", "keycloak").main).toEqual([
      "auth_host",
      "auth_realm",
      "auth_client_id",
      "auth_client_secret",
    ]);
    expect(fieldsOf("keycloak", "keycloak").more).toEqual(["auth_refresh_interval"]);
    expect(fieldsOf("keycloak", "none").more).toEqual([]);
  });

  it("are for a typed token also those of whatever renews it", () => {
    expect(fieldsOf("bearer", "none")).toEqual({ main: ["auth_token"], more: [] });
    expect(fieldsOf("bearer", "bearer_endpoint").main).toContain("auth_refresh_endpoint");
    expect(fieldsOf("bearer", "keycloak").main).toContain("auth_host");
    expect(fieldsOf("bearer", "bearer_endpoint").more).not.toContain("auth_basic_user");
  });

  it("have a look each, and hidden ones are secrets", () => {
    expect(Object.keys(FIELD_SPECS).sort()).toEqual([...SECRETS, ...PUBLIC].sort());
    for (const field of PUBLIC) expect(FIELD_SPECS[field].hidden).toBeUndefined();
    expect(SECRETS.every(isSecret)).toBe(true);
  });
});

it("falls back to what a mode does by itself", () => {
  expect(strategyOf("keycloak", "bearer_endpoint")).toBe("keycloak");
  expect(strategyOf("bearer", "")).toBe("none");
  expect(strategyOf("basic", "keycloak")).toBe("none");
});
