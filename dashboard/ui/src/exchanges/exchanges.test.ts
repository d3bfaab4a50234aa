import { describe, expect, it } from "vitest";

import type { Exchange } from "../api/types";
import { curlOf } from "./curl";
import { laidOut, visible } from "./visible";

const exchange = (request: Partial<Exchange["request"]>) =>
  ({ request: { method: "GET", url: "http://h/", headers: {}, body: "", ...request } }) as Exchange;

describe("a curl command", () => {
  it("is one word each, whatever the parts hold", () => {
    const told = exchange({
      method: "POST",
      url: "http://h/a'b?x=$(y)",
      headers: { "X-A": "it's", "Content-Length": "3" },
      body: "`a`'\n",
    });
    expect(curlOf(told)).toBe(
      "curl 'http://h/a'\\''b?x=$(y)' \\\n  -X POST \\\n  -H 'X-A: it'\\''s' \\\n  --data-raw '`a`'\\''\n'",
    );
  });
  it("leaves a plain GET plain", () => {
    expect(curlOf(exchange({}))).toBe("curl 'http://h/'");
  });
});

describe("text of strangers", () => {
  it("shows what would hide or turn it", () => {
    expect(visible("a\u0000b\u202ec\r\n\td")).toBe("a␀b‹U+202E›c␍\n\td");
  });
  it("lays out JSON and leaves all else", () => {
    expect(laidOut('{"a":[1]}')).toBe('{\n  "a": [\n    1\n  ]\n}');
    expect(["5", "<b>", '{"a":'].map(laidOut)).toEqual(["5", "<b>", '{"a":']);
  });
});
