import { expect, it } from "vitest";

import { NEW_NETWORK, hostsOf, networkBody, networkOf } from "./network";

it("nothing typed asks for nothing", () => {
  expect(networkBody(NEW_NETWORK, "")).toEqual({});
});

it("what a run had is asked for again, but for its key", () => {
  const had = { timeout: "5s", redirects: 0, hosts: { "shop.test": "10.0.0.1:80" }, verify_tls: false, proxy: "http://a" };
  expect(networkBody(networkOf(had), "")).toEqual({ network: { ...had, redirects: "0" } });
  expect(networkBody(NEW_NETWORK, "key")).toEqual({ network: { client_key: "key" } });
});

it("hosts are a name and an address in each line", () => {
  expect(hostsOf("a.test 10.0.0.1\n\n b=::1 \nc")).toEqual({ "a.test": "10.0.0.1", b: "::1", c: "" });
});
