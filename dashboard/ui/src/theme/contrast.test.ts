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

/** A translucent color as it looks on an opaque one. */
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
const GROUNDS = ["bg", "surface", "surface-2", "surface-3"];
const STATES = ["good", "warn", "bad", "info"];
const METRICS = ["m-rate", "m-load", "m-p50", "m-p75", "m-p95", "m-p99"];
const SERIES = ["s1", "s2", "s3", "s4", "s5", "s6", "s7", "s8"];
const tinted = (name: string) => [`${name}-bg on surface`, `${name}-bg on bg`];

/** Inks, the grounds they stand on, and the least contrast: every color that carries something has its line here. */
const PAIRS: [what: string, inks: string[], grounds: string[], least: number][] = [
  ["text on every ground", ["text", "text-2", "text-3"], GROUNDS, TEXT],
  ["text on a tinted ground", ["text", "text-2", "text-3"], ["accent", ...STATES].flatMap(tinted), TEXT],
  ["words of meaning", STATES, ["bg", "surface", "surface-2"], TEXT],
  ...STATES.map((state): [string, string[], string[], number] => [
    `${state} on its own tint`,
    [state],
    tinted(state),
    TEXT,
  ]),
  ["links", ["accent-2"], [...GROUNDS, ...tinted("accent"), ...STATES.flatMap(tinted)], TEXT],
  ["words on the main button", ["on-accent"], ["accent", "accent-2"], TEXT],
  ["the time under a cursor", ["surface"], ["text"], TEXT],
  ["values at the ends of lines", ["m-rate", "m-p95", "m-p99"], ["surface"], TEXT],
  ["controls", ["control"], ["bg", "surface"], LINE],
  ["the focus and the selection", ["accent"], GROUNDS, LINE],
  ["lines of charts", METRICS, ["bg", "surface", "surface-2"], LINE],
  ["colors of groups", SERIES, ["bg", "surface"], LINE],
];
/** Rules between things that are told apart by room too. */
const DECORATION = ["line", "grid"];

describe.each(THEMES.map(({ name }) => name))("%s", (theme) => {
  const tokens = tokensOf(theme);
  const of = (name: string): string => {
    const [above = "", ground] = name.split(" on ");
    const color = tokens[above] ?? "";
    return ground === undefined ? color : over(color, of(ground));
  };

  it.each(PAIRS)("has %s that can be seen", (_, inks, grounds, least) => {
    const found = inks.flatMap((ink) =>
      grounds.map((ground) => ({ ink, ground, ratio: contrast(of(ink), of(ground)) })),
    );
    expect(found.filter(({ ratio }) => !(ratio >= least))).toEqual([]);
  });

  it("has no color that no pair is checked with", () => {
    const checked = PAIRS.flatMap(([, inks, grounds]) => [...inks, ...grounds]).flatMap((name) => name.split(" on "));
    expect(Object.keys(tokens).filter((name) => ![...checked, ...DECORATION].includes(name))).toEqual([]);
  });

  it("is drawn in the picker with its own ground and accent", () => {
    const { ground, accent } = THEMES.find(({ name }) => name === theme) ?? {};
    expect([ground, accent]).toEqual([of("surface"), of("accent")]);
  });
});

it("black on white has the highest contrast there is", () => {
  expect(contrast("#000000", "#ffffff")).toBeCloseTo(21);
  expect(over("#ffffff80", "#000000")).toBe("#808080");
});
