import { describe, expect, it } from "vitest";

import { type Route, VIEWS, VIEW_NAMES, format, isAboutRun, namedRun, parse, rangeOf } from "./routes";

describe("routes", () => {
  it.each(VIEW_NAMES)("keep every parameter of %s in the hash", (view) => {
    const parameters = Object.fromEntries(VIEWS[view].keys.map((key, i) => [key, `väl & ${String(i)}/?#`]));
    const route: Route = { view, id: null, parameters };
    expect(parse(format(route))).toEqual(route);
  });

  it("keep the id of a run page", () => {
    const route: Route = { view: "history", id: "20261121-101500-abcdefgh", parameters: { from: "1", to: "2" } };
    expect(format(route)).toBe("#/history/20261121-101500-abcdefgh?from=1&to=2");
    expect(parse(format(route))).toEqual(route);
  });

  it("drop parameters that the view does not define", () => {
    expect(parse("#/log?group=a&level=error")?.parameters).toEqual({ level: "error" });
  });

  it.each(["", "#", "#/", "#/nothing", "#/constructor"])("are null for %j", (hash) => {
    expect(parse(hash)).toBeNull();
  });

  it("accept a hash with broken percent-encoding", () => {
    expect(parse("#/history/%E0%A4%A")?.id).toBe("%E0%A4%A");
  });
});

describe("the subject of a page", () => {
  it.each([
    ["#/overview", null, true],
    ["#/log?run=r", "r", true],
    ["#/history/r", "r", true],
    ["#/history", null, false],
    ["#/compare/a/b", null, false],
    ["#/trend", null, false],
    ["#/execute", null, false],
  ])("of %s is the run %s", (hash, run, aboutRun) => {
    const route = parse(hash);
    expect(route && namedRun(route)).toBe(run);
    expect(route && isAboutRun(route)).toBe(aboutRun);
  });
});

describe("ranges", () => {
  it("are read from the URL", () => {
    expect(rangeOf({ from: "9.1", to: "18" })).toEqual({ from_s: 9.1, to_s: 18 });
  });

  it.each([{}, { from: "1" }, { from: "5", to: "5" }, { from: "-1", to: "5" }, { from: "a", to: "5" }])(
    "are null for %j",
    (parameters) => {
      expect(rangeOf(parameters)).toBeNull();
    },
  );
});
