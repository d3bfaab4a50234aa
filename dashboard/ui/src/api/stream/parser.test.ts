import { expect, it } from "vitest";

import { EventParser } from "./parser";

it("assembles events from chunks", () => {
  const parser = new EventParser();
  expect(parser.push("id: e-1\nevent: ru")).toEqual([]);
  expect(parser.push('n\ndata: {"a":1}\n\nid: e-2\n')).toEqual([{ id: "e-1", event: "run", data: '{"a":1}' }]);
  expect(parser.push("data: x\n\n")).toEqual([{ id: "e-2", event: "message", data: "x" }]);
});

it("ignores heartbeats", () => {
  expect(new EventParser().push(": heartbeat\n\n")).toEqual([]);
});

it("joins data lines with either line ending", () => {
  expect(new EventParser().push("data: a\r\ndata: b\r\n\r\n")).toEqual([{ id: null, event: "message", data: "a\nb" }]);
});
