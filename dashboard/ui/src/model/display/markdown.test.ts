import { describe, expect, it } from "vitest";

import { blocksOf, inlinesOf } from "./markdown";

const text = (value: string) => ({ kind: "text", text: value });

describe("Markdown", () => {
  it("parses headings, paragraphs, lists, quotes, code and rules", () => {
    const source = "# One\ntwo\nthree\n\n- a\n- b\n1. c\n> d\n> e\n```\n<b>*x*\n```\n---";
    expect(blocksOf(source)).toEqual([
      { kind: "heading", level: 1, children: [text("One")] },
      { kind: "paragraph", children: [text("two\nthree")] },
      { kind: "list", ordered: false, items: [[text("a")], [text("b")], [text("c")]] },
      { kind: "quote", children: [text("d\ne")] },
      { kind: "code", text: "<b>*x*" },
      { kind: "rule" },
    ]);
  });

  it("parses bold, italic, code and links within a line", () => {
    expect(inlinesOf("a **b** *c* `d*e*` [f](https://g.example/h) https://i.example/")).toEqual([
      text("a "),
      { kind: "strong", children: [text("b")] },
      text(" "),
      { kind: "em", children: [text("c")] },
      text(" "),
      { kind: "code", text: "d*e*" },
      text(" "),
      { kind: "link", href: "https://g.example/h", children: [text("f")] },
      text(" "),
      { kind: "link", href: "https://i.example/", children: [text("https://i.example/")] },
    ]);
  });

  it.each([
    "[x](javascript:alert(1))",
    "[x](data:text/html,a)",
    "<img src=x onerror=alert(1)>",
    "[x](//evil.example)",
    "**",
    "[](",
    "`",
    "![a](b)",
  ])("does not change %j", (source) => {
    expect(inlinesOf(source)).toEqual([text(source)]);
  });

  it.each(["*".repeat(20_000), "[".repeat(20_000), "`".repeat(20_000), "> ".repeat(10_000), "https://".repeat(2_500)])(
    "parses 20,000 characters within 500 ms",
    (source) => {
      const before = performance.now();
      blocksOf(source);
      expect(performance.now() - before).toBeLessThan(500);
    },
  );

  it("ends an unclosed code block at the end of the text", () => {
    expect(blocksOf("```\na\nb")).toEqual([{ kind: "code", text: "a\nb" }]);
  });
});
