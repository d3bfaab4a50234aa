import { describe, expect, it } from "vitest";

import { aLine, anEvent } from "../../test/factories";
import { matchesFilter, mergeEvents } from "./log-lines";

const NO_FILTER = { level: "", search: "" };
const ALL_LOADED = { older: false, newer: false };
const at = (second: number) => `2026-11-21T10:00:0${String(second)}.500Z`;
const messages = (lines: { message: string }[]) => lines.map(({ message }) => message);

describe("merged events", () => {
  const lines = [aLine("1", at(1)), aLine("2", null), aLine("3", at(3))];

  it("are placed by time; a line without a time stays below the one before it", () => {
    const rows = mergeEvents(lines, [anEvent(1), anEvent(2), anEvent(5)], NO_FILTER, ALL_LOADED);
    expect(messages(rows)).toEqual(["event 1", "line 1", "line 2", "event 2", "line 3", "event 5"]);
  });

  it("are omitted before the first line while older lines are not loaded", () => {
    const rows = mergeEvents(lines, [anEvent(1)], NO_FILTER, { older: true, newer: false });
    expect(messages(rows)).toEqual(["line 1", "line 2", "line 3"]);
  });

  it("are omitted after the last line while newer lines are not loaded", () => {
    const rows = mergeEvents(lines, [anEvent(5)], NO_FILTER, { older: false, newer: true });
    expect(messages(rows)).toEqual(["line 1", "line 2", "line 3"]);
  });

  it("are listed when there are no console lines", () => {
    expect(messages(mergeEvents([], [anEvent(2), anEvent(1)], NO_FILTER, ALL_LOADED))).toEqual(["event 1", "event 2"]);
  });

  it("are filtered", () => {
    const error = anEvent(2, { level: "error" });
    expect(messages(mergeEvents([], [anEvent(1), error], { level: "warning", search: "" }, ALL_LOADED))).toEqual([
      "event 2",
    ]);
  });
});

it("the search ignores case", () => {
  expect(matchesFilter(aLine("1", null, { message: "Connection REFUSED" }), { level: "", search: "refused" })).toBe(
    true,
  );
});
