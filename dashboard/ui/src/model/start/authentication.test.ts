import { describe, expect, it } from "vitest";
import { fieldsOf, isSecret, FIELD_SPECS, PUBLIC_FIELDS, SECRET_FIELDS, strategyOf } from "./authentication";

describe("the fields of an authentication mode", () => {
  it("include the refresh interval for Keycloak", () => {
    expect(fieldsOf("keycloak", "keycloak").main).toEqual([
      "auth_host",
      "auth_realm",
      "auth_client_id",
      "auth_client_secret",
    ]);
    expect(fieldsOf("keycloak", "keycloak").more).toEqual(["auth_refresh_interval"]);
    expect(fieldsOf("keycloak", "none").more).toEqual([]);
  });

  it("include those of the refresh strategy for a bearer token", () => {
    expect(fieldsOf("bearer", "none")).toEqual({ main: ["auth_token"], more: [] });
    expect(fieldsOf("bearer", "bearer_endpoint").main).toContain("auth_refresh_endpoint");
    expect(fieldsOf("bearer", "keycloak").main).toContain("auth_host");
    expect(fieldsOf("bearer", "bearer_endpoint").more).not.toContain("auth_basic_user");
  });

  it("each have a specification, and only secrets are masked", () => {
    expect(Object.keys(FIELD_SPECS).sort()).toEqual([...SECRET_FIELDS, ...PUBLIC_FIELDS].sort());
    for (const field of PUBLIC_FIELDS) expect(FIELD_SPECS[field].masked).toBeUndefined();
    expect(SECRET_FIELDS.every(isSecret)).toBe(true);
  });
});

it("falls back to the default strategy of a mode", () => {
  expect(strategyOf("keycloak", "bearer_endpoint")).toBe("keycloak");
  expect(strategyOf("bearer", "")).toBe("none");
  expect(strategyOf("basic", "keycloak")).toBe("none");
});
