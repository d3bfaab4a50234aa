import { readFileSync } from "node:fs";

import { describe, expect, it } from "vitest";

import { THEMES } from "./themes";

type Tokens = Record<string, string>;

const css = ["tokens.css", "themes.css"].map((file) => readFileSync(new URL(file, import.meta.url), "utf8")).join("\n");

function tokensOf(theme: string): Tokens {
  const tokens: Tokens = {};
  for (const [, selector = "", body = ""] of css.matchAll(/([^{}]+)\{([^{}]*)\}/g)) {
    if (!/:root/.test(selector) && !selector.includes(`"${theme}"`)) continue;
    for (const [, name = "", value = ""] of body.matchAll(/--([\w-]+):\s*(#[0-9a-f]{6,8})\s*;/g)) tokens[name] = value;
  }
  return tokens;
}

function luminance(hex: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a: string, b: string): number {
  const [light = 0, dark = 0] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (light + 0.05) / (dark + 0.05);
}

/** A translucent color composited onto an opaque one. */
function over(above: string, ground: string): string {
  const alpha = above.length > 7 ? Number.parseInt(above.slice(7), 16) / 255 : 1;
  const mixed = [1, 3, 5].map((at) => {
    const [a, b] = [above, ground].map((hex) => Number.parseInt(hex.slice(at, at + 2), 16));
    return Math.round((a ?? 0) * alpha + (b ?? 0) * (1 - alpha))
      .toString(16)
      .padStart(2, "0");
  });
  return `#${mixed.join("")}`;
}

const TEXT = 4.5;
const LINE = 3;
const BACKGROUNDS = ["bg", "surface", "surface-2", "surface-3"];
const STATES = ["good", "warn", "bad", "info"];
const METRICS = ["m-rate", "m-load", "m-p50", "m-p75", "m-p95", "m-p99"];
const SERIES = ["s1", "s2", "s3", "s4", "s5", "s6", "s7", "s8"];
const tinted = (name: string) => [`${name}-bg on surface`, `${name}-bg on bg`];

/** Foreground colors, their backgrounds, and the minimum contrast. Every color with a meaning must be listed. */
const PAIRS: [what: string, forebackgrounds: string[], backgrounds: string[], minimum: number][] = [
  ["text on every background", ["text", "text-2", "text-3"], BACKGROUNDS, TEXT],
  ["text on a tinted background", ["text", "text-2", "text-3"], ["accent", ...STATES].flatMap(tinted), TEXT],
  ["status text", STATES, ["bg", "surface", "surface-2"], TEXT],
  ...STATES.map((state): [string, string[], string[], number] => [
    `${state} on its own tint`,
    [state],
    tinted(state),
    TEXT,
  ]),
  ["lforegrounds", ["accent-2"], [...BACKGROUNDS, ...tinted("accent"), ...STATES.flatMap(tinted)], TEXT],
  ["text on primary buttons", ["on-accent"], ["accent", "accent-2"], TEXT],
  ["the time at the cursor", ["surface"], ["text"], TEXT],
  ["labels at line ends", ["m-rate", "m-p95", "m-p99"], ["surface"], TEXT],
  ["controls", ["control"], ["bg", "surface"], LINE],
  ["focus and selection", ["accent"], BACKGROUNDS, LINE],
  ["chart lines", METRICS, ["bg", "surface", "surface-2"], LINE],
  ["group colors", SERIES, ["bg", "surface"], LINE],
];
/** Lines between elements that spacing separates too. */
const DECORATION = ["line", "grid"];

describe.each(THEMES.map(({ name }) => name))("%s", (theme) => {
  const tokens = tokensOf(theme);
  const of = (name: string): string => {
    const [above = "", ground] = name.split(" on ");
    const color = tokens[above] ?? "";
    return ground === undefined ? color : over(color, of(ground));
  };

  it.each(PAIRS)("has enough contrast for %s", (_, foregrounds, grounds, minimum) => {
    const found = foregrounds.flatMap((foreground) =>
      grounds.map((ground) => ({ foreground, ground, ratio: contrast(of(foreground), of(ground)) })),
    );
    expect(found.filter(({ ratio }) => !(ratio >= minimum))).toEqual([]);
  });

  it("has no color without a contrast check", () => {
    const checked = PAIRS.flatMap(([, foregrounds, grounds]) => [...foregrounds, ...grounds]).flatMap((name) =>
      name.split(" on "),
    );
    expect(Object.keys(tokens).filter((name) => ![...checked, ...DECORATION].includes(name))).toEqual([]);
  });

  it("has its background and accent in the theme picker", () => {
    const { ground, accent } = THEMES.find(({ name }) => name === theme) ?? {};
    expect([ground, accent]).toEqual([of("surface"), of("accent")]);
  });
});

it("black on white has the maximum contrast", () => {
  expect(contrast("#000000", "#ffffff")).toBeCloseTo(21);
  expect(over("#ffffff80", "#000000")).toBe("#808080");
});
