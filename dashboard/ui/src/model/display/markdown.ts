/** Parses the subset of Markdown that notes use into a tree. HTML stays text; only http(s) URLs become links. */
export type Inline =
  | { kind: "text"; text: string }
  | { kind: "code"; text: string }
  | { kind: "strong"; children: Inline[] }
  | { kind: "em"; children: Inline[] }
  | { kind: "link"; href: string; children: Inline[] };

export type Block =
  | { kind: "heading"; level: 1 | 2 | 3; children: Inline[] }
  | { kind: "paragraph"; children: Inline[] }
  | { kind: "quote"; children: Inline[] }
  | { kind: "list"; ordered: boolean; items: Inline[][] }
  | { kind: "code"; text: string }
  | { kind: "rule" };

const FENCE = /^```/;
const HEADING = /^(#{1,3})\s+(.*)$/;
const ITEM = /^\s*(?:[-*+]|(\d{1,9})[.)])\s+(.*)$/;
const QUOTE = /^>\s?(.*)$/;
const RULE = /^(?:-{3,}|\*{3,}|_{3,})\s*$/;

export function blocksOf(source: string): Block[] {
  const lines = source.replaceAll("\r\n", "\n").split("\n");
  const blocks: Block[] = [];
  let at = 0;
  while (at < lines.length) {
    const [block, next] = blockAt(lines, at);
    if (block) blocks.push(block);
    at = next;
  }
  return blocks;
}

function blockAt(lines: readonly string[], at: number): [Block | null, number] {
  const line = lines[at] ?? "";
  if (line.trim() === "") return [null, at + 1];
  if (FENCE.test(line)) return codeAt(lines, at);
  if (RULE.test(line)) return [{ kind: "rule" }, at + 1];
  const heading = HEADING.exec(line);
  if (heading)
    return [
      { kind: "heading", level: (heading[1] ?? "#").length as 1 | 2 | 3, children: inlinesOf(heading[2] ?? "") },
      at + 1,
    ];
  if (ITEM.test(line)) return listAt(lines, at);
  if (QUOTE.test(line)) {
    const [taken, next] = takeLines(lines, at, (text) => QUOTE.test(text));
    return [{ kind: "quote", children: inlinesOf(taken.map((text) => QUOTE.exec(text)?.[1] ?? "").join("\n")) }, next];
  }
  const [taken, next] = takeLines(lines, at, (text) => text.trim() !== "" && !startsBlock(text));
  return [{ kind: "paragraph", children: inlinesOf(taken.join("\n")) }, next];
}

const startsBlock = (line: string): boolean => [FENCE, RULE, HEADING, ITEM, QUOTE].some((form) => form.test(line));

/** Returns the line at `at` and the lines after it while `belongs` is true, with the index of the next line. */
function takeLines(lines: readonly string[], at: number, belongs: (line: string) => boolean): [string[], number] {
  let end = at + 1;
  while (end < lines.length && belongs(lines[end] ?? "")) end += 1;
  return [lines.slice(at, end), end];
}

function codeAt(lines: readonly string[], at: number): [Block, number] {
  const end = lines.findIndex((line, i) => i > at && FENCE.test(line));
  const close = end < 0 ? lines.length : end;
  return [{ kind: "code", text: lines.slice(at + 1, close).join("\n") }, close + 1];
}

function listAt(lines: readonly string[], at: number): [Block, number] {
  const [taken, next] = takeLines(lines, at, (line) => ITEM.test(line));
  const items = taken.map((line) => inlinesOf(ITEM.exec(line)?.[2] ?? ""));
  return [{ kind: "list", ordered: ITEM.exec(taken[0] ?? "")?.[1] !== undefined, items }, next];
}

const SPAN =
  /`([^`\n]+)`|\*\*([^*\n]+)\*\*|\*([^*\n]+)\*|\[([^[\]\n]{0,500})\]\((https?:\/\/[^\s()<>]{1,2000})\)|(https?:\/\/[^\s()<>"'`]{1,2000})/g;

export function inlinesOf(source: string): Inline[] {
  const parts: Inline[] = [];
  let at = 0;
  for (const match of source.matchAll(SPAN)) {
    if (match.index > at) parts.push({ kind: "text", text: source.slice(at, match.index) });
    parts.push(spanOf(match));
    at = match.index + match[0].length;
  }
  if (at < source.length) parts.push({ kind: "text", text: source.slice(at) });
  return parts;
}

function spanOf([whole, code, strong, em, text, href, bare]: RegExpExecArray): Inline {
  if (code !== undefined) return { kind: "code", text: code };
  if (strong !== undefined) return { kind: "strong", children: inlinesOf(strong) };
  if (em !== undefined) return { kind: "em", children: inlinesOf(em) };
  const to = href ?? bare ?? "";
  return URL.canParse(to)
    ? { kind: "link", href: to, children: [{ kind: "text", text: text === undefined || text === "" ? to : text }] }
    : { kind: "text", text: whole };
}
