import { describe, expect, it } from "vitest";

import { aLine, anEvent } from "../../test/factories";
import { passes, withEvents } from "./log-lines";

const ALL = { level: "", search: "" };
const WHOLE = { older: false, newer: false };
const at = (second: number) => `2026-11-21T10:00:0${String(second)}.500Z`;
const messages = (lines: { message: string }[]) => lines.map(({ message }) => message);

describe("events among lines", () => {
  const lines = [aLine("1", at(1)), aLine("2", null), aLine("3", at(3))];

  it("stand where they happened; a line without a time stays below the one above it", () => {
    const shown = withEvents(lines, [anEvent(1), anEvent(2), anEvent(5)], ALL, WHOLE);
    expect(messages(shown)).toEqual(["event 1", "line 1", "line 2", "event 2", "line 3", "event 5"]);
  });

  it("before the first line wait for the older lines", () => {
    const shown = withEvents(lines, [anEvent(1)], ALL, { older: true, newer: false });
    expect(messages(shown)).toEqual(["line 1", "line 2", "line 3"]);
  });

  it("behind the last line wait for the newer lines", () => {
    const shown = withEvents(lines, [anEvent(5)], ALL, { older: false, newer: true });
    expect(messages(shown)).toEqual(["line 1", "line 2", "line 3"]);
  });

  it("stand alone when k6 said nothing", () => {
    expect(messages(withEvents([], [anEvent(2), anEvent(1)], ALL, WHOLE))).toEqual(["event 1", "event 2"]);
  });

  it("pass the same filter", () => {
    const error = anEvent(2, { level: "error" });
    expect(messages(withEvents([], [anEvent(1), error], { level: "warning", search: "" }, WHOLE))).toEqual(["event 2"]);
  });
});

it("a search finds words in any case", () => {
  expect(passes(aLine("1", null, { message: "Connection REFUSED" }), { level: "", search: "refused" })).toBe(true);
});
