import { describe, expect, it } from "vitest";

import { aLine, anEvent } from "../../test/factories";
import { aRun } from "../../test/run-factories";
import { foldRows, logRows, matchesFilter, mergeEvents } from "./log-lines";

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

describe("the log", () => {
  const second = "2026-11-21T10:00:04Z";
  const summary = [
    aLine("8", null, { message: "  █ TOTAL RESULTS " }),
    aLine("9", null, { message: "    http_reqs: 5" }),
  ];
  const end = anEvent(4, { kind: "run.ended", at: "2026-11-21T10:00:04.100Z", message: "finished" });

  it("ends after the lines of its last second, with k6's summary after older events", () => {
    const lines = [aLine("1", at(1)), aLine("2", second), ...summary];
    const rows = mergeEvents(lines, [anEvent(3), end], NO_FILTER, ALL_LOADED);
    expect(messages(rows)).toEqual([
      "line 1",
      "event 3",
      "line 2",
      "  █ TOTAL RESULTS ",
      "    http_reqs: 5",
      "finished",
    ]);
    expect(messages(foldRows(rows)).slice(-2)).toEqual(["  █ TOTAL RESULTS \n    http_reqs: 5", "finished"]);
  });

  it("starts with the start of k6, even in the second of its first line", () => {
    const start = anEvent(4, { kind: "run.started", at: "2026-11-21T10:00:04.900Z" });
    expect(messages(mergeEvents([aLine("1", second)], [start], NO_FILTER, ALL_LOADED))).toEqual(["event 4", "line 1"]);
  });

  it("ends with the verdict of an ended run", () => {
    const log = { lines: [aLine("1", at(1))], older: false, atEnd: true };
    const run = aRun({ verdict: "fail", verdict_reason: "error rate 18% > 5%" });
    const rows = logRows(log, { events: [end], run }, NO_FILTER);
    expect(messages(rows)).toEqual(["line 1", "finished", "Verdict: failed: error rate 18% > 5%"]);
    expect(rows.at(-1)?.level).toBe("error");
    expect(messages(logRows(log, { events: [], run }, { level: "", search: "line" }))).toEqual(["line 1"]);
    const live = aRun({ status: "running", verdict: null });
    expect(messages(logRows(log, { events: [], run: live }, NO_FILTER))).toEqual(["line 1"]);
  });
});

describe("repeated lines", () => {
  const refused = (key: string, path: string) =>
    aLine(key, at(1), { level: "warning", message: `GET ${path}: connection refused` });

  it("are one row with a count, also when they alternate", () => {
    const rows = foldRows([refused("1", "/a"), refused("2", "/b"), refused("3", "/a"), refused("4", "/a")]);
    expect(rows.map(({ message, count }) => [message, count])).toEqual([
      ["GET /a: connection refused", 3],
      ["GET /b: connection refused", 1],
    ]);
  });

  it("of the dashboard are all shown", () => {
    const event = (key: string) => aLine(key, at(1), { source: "dashboard", message: "token renewed" });
    expect(foldRows([event("1"), event("2")])).toHaveLength(2);
  });

  it("that k6 prints in every run are omitted", () => {
    const noise = aLine("1", at(1), { message: "Experimental feature enabled" });
    expect(mergeEvents([noise], [], NO_FILTER, ALL_LOADED)).toEqual([]);
  });
});
