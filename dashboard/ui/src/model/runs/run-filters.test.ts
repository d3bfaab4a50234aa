import { describe, expect, it } from "vitest";

import { daysOf, filtersOf, isFiltered } from "./run-filters";

const NOW = Date.parse("2026-11-21T12:00:00Z");

describe("run filters", () => {
  it("default to the last 30 days", () => {
    expect(filtersOf({}, NOW)).toEqual({ since: "2026-10-22" });
  });

  it("default to the last 30 days for an unknown span", () => {
    expect(daysOf({ days: "soon" })).toBe("30");
    expect(filtersOf({ days: "soon" }, NOW)).toEqual({ since: "2026-10-22" });
  });

  it("accept the spans that the page offers", () => {
    expect(filtersOf({ days: "1" }, NOW)).toEqual({ since: "2026-11-20" });
    expect(filtersOf({ days: "90" }, NOW)).toEqual({ since: "2026-08-23" });
  });

  it("are sent under the names of the API", () => {
    const parameters = { q: "a", env: "b", tag: "c", meta: "d=e", target: "f", sort: "-p95_ms", days: "all" };
    expect(filtersOf(parameters, NOW)).toEqual({
      search: "a",
      env_profile: "b",
      tag: "c",
      meta: "d=e",
      target: "f",
      sort: "-p95_ms",
    });
  });

  it("include a whole day in the local time zone", () => {
    const { since = "", until = "" } = filtersOf({ since: "2026-11-20", until: "2026-11-20" }, NOW);
    expect(new Date(since).getHours()).toBe(0);
    expect(Date.parse(until) - Date.parse(since)).toBe(86_399_999);
  });

  it("keep timestamps and drop invalid ones", () => {
    expect(filtersOf({ since: "2026-11-20T22:00:00.000Z", until: "soon" }, NOW)).toEqual({
      since: "2026-11-20T22:00:00.000Z",
    });
  });

  it("are not active with only a sort order and a number of days", () => {
    expect(isFiltered({ sort: "rps", days: "7" })).toBe(false);
    expect(isFiltered({ tag: "a" })).toBe(true);
  });
});
