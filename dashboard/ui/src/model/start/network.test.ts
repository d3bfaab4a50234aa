import { expect, it } from "vitest";

import { EMPTY_NETWORK, NO_NETWORK_SECRETS, hostsOf, networkBody, networkOf } from "./network";

it("an empty form sends no network settings", () => {
  expect(networkBody(EMPTY_NETWORK, NO_NETWORK_SECRETS)).toEqual({});
});

it("restores the settings of a run without its secrets", () => {
  const stored = {
    timeout: "5s",
    redirects: 0,
    hosts: { "shop.test": "10.0.0.1:80" },
    verify_tls: false,
    proxy: "http://a",
    proxy_user: "ann",
  };
  expect(networkBody(networkOf(stored), NO_NETWORK_SECRETS)).toEqual({ network: { ...stored, redirects: "0" } });
  const secrets = { client_key: "key", proxy_password: " p " };
  expect(networkBody(EMPTY_NETWORK, secrets)).toEqual({ network: secrets });
});

it("parses one host and its address per line", () => {
  expect(hostsOf("a.test 10.0.0.1\n\n b=::1 \nc")).toEqual({ "a.test": "10.0.0.1", b: "::1", c: "" });
});
