import { describe, expect, it } from "vitest";

import { daysOf, filtersOf, isFiltered } from "./run-filters";

const NOW = Date.parse("2026-11-21T12:00:00Z");

describe("filters of the address", () => {
  it("are the last thirty days when it says nothing", () => {
    expect(filtersOf({}, NOW)).toEqual({ since: "2026-10-22" });
  });

  it("are the last thirty days when it says a span that is none", () => {
    expect(daysOf({ days: "soon" })).toBe("30");
    expect(filtersOf({ days: "soon" }, NOW)).toEqual({ since: "2026-10-22" });
  });

  it("are the days that the page offers", () => {
    expect(filtersOf({ days: "1" }, NOW)).toEqual({ since: "2026-11-20" });
    expect(filtersOf({ days: "90" }, NOW)).toEqual({ since: "2026-08-23" });
  });

  it("are named as the API names them", () => {
    const asked = { q: "a", env: "b", tag: "c", meta: "d=e", target: "f", sort: "-p95_ms", days: "all" };
    expect(filtersOf(asked, NOW)).toEqual({
      search: "a",
      env_profile: "b",
      tag: "c",
      meta: "d=e",
      target: "f",
      sort: "-p95_ms",
    });
  });

  it("take a day whole, from its first to its last moment here", () => {
    const { since = "", until = "" } = filtersOf({ since: "2026-11-20", until: "2026-11-20" }, NOW);
    expect(new Date(since).getHours()).toBe(0);
    expect(Date.parse(until) - Date.parse(since)).toBe(86_399_999);
  });

  it("take moments as they are and leave out what is none", () => {
    expect(filtersOf({ since: "2026-11-20T22:00:00.000Z", until: "soon" }, NOW)).toEqual({
      since: "2026-11-20T22:00:00.000Z",
    });
  });

  it("are not there when only order and days are chosen", () => {
    expect(isFiltered({ sort: "rps", days: "7" })).toBe(false);
    expect(isFiltered({ tag: "a" })).toBe(true);
  });
});
