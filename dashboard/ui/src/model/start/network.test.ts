import { expect, it } from "vitest";

import { NEW_NETWORK, NO_NETWORK_SECRETS, hostsOf, networkBody, networkOf } from "./network";

it("nothing typed asks for nothing", () => {
  expect(networkBody(NEW_NETWORK, NO_NETWORK_SECRETS)).toEqual({});
});

it("what a run had is asked for again, but for its secrets", () => {
  const had = {
    timeout: "5s",
    redirects: 0,
    hosts: { "shop.test": "10.0.0.1:80" },
    verify_tls: false,
    proxy: "http://a",
    proxy_user: "ann",
  };
  expect(networkBody(networkOf(had), NO_NETWORK_SECRETS)).toEqual({ network: { ...had, redirects: "0" } });
  const secrets = { client_key: "key", proxy_password: " p " };
  expect(networkBody(NEW_NETWORK, secrets)).toEqual({ network: secrets });
});

it("hosts are a name and an address in each line", () => {
  expect(hostsOf("a.test 10.0.0.1\n\n b=::1 \nc")).toEqual({ "a.test": "10.0.0.1", b: "::1", c: "" });
});
