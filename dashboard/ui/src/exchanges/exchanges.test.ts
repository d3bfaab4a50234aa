import { describe, expect, it } from "vitest";

import type { Exchange } from "../api/types";
import { curlOf } from "./curl";
import { indentJson, escapeInvisible } from "./untrusted-text";

const exchange = (request: Partial<Exchange["request"]>) =>
  ({ request: { method: "GET", url: "http://h/", headers: {}, body: "", ...request } }) as Exchange;

describe("a curl command", () => {
  it("quotes every part as one word", () => {
    const posted = exchange({
      method: "POST",
      url: "http://h/a'b?x=$(y)",
      headers: { "X-A": "it's", "Content-Length": "3" },
      body: "`a`'\n",
    });
    expect(curlOf(posted)).toBe(
      "curl 'http://h/a'\\''b?x=$(y)' \\\n  -X POST \\\n  -H 'X-A: it'\\''s' \\\n  --data-raw '`a`'\\''\n'",
    );
  });
  it("has no options for a plain GET", () => {
    expect(curlOf(exchange({}))).toBe("curl 'http://h/'");
  });
});

describe("untrusted text", () => {
  it("shows invisible characters", () => {
    expect(escapeInvisible("a\u0000b\u202ec\r\n\td")).toBe("a␀b‹U+202E›c␍\n\td");
  });
  it("indents JSON and leaves other text unchanged", () => {
    expect(indentJson('{"a":[1]}')).toBe('{\n  "a": [\n    1\n  ]\n}');
    expect(["5", "<b>", '{"a":'].map(indentJson)).toEqual(["5", "<b>", '{"a":']);
  });
});
