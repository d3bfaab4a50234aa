import { expect, it } from "vitest";

import { fieldLabel, inputNameOf, isPlanField } from "./field-labels";

it.each([
  ["vus", "ramp", "Virtual users"],
  ["duration", "ramp", "Hold time"],
  ["base_url", "smoke", "Base URL"],
  ["stages[1].target", "custom", "Stage 2 target"],
  ["network.proxy_user", "smoke", "Proxy user"],
  ["network.hosts.shop.test", "smoke", "Host overrides"],
  ["network.client_key", "smoke", "Client key"],
  ["auth_basic_pass", "smoke", "Password"],
  ["scenarios.buy.rate", "custom", "scenarios.buy.rate"],
] as const)("names %s of %s by its label", (field, profile, label) => {
  expect(fieldLabel(field, profile)).toBe(label);
});

it("knows the fields of the plan and the input of a host", () => {
  expect(["vus", "stages[0].target", "scenarios", "base_url", "network.proxy"].map(isPlanField)).toEqual([
    ...[true, true, true],
    ...[false, false],
  ]);
  expect(inputNameOf("network.hosts.shop.test")).toBe("network.hosts");
});
