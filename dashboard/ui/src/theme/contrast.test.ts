import { readFileSync } from "node:fs";

import { describe, expect, it } from "vitest";

import { distance, linear, smallestDistance } from "./color-distance";
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
  const [r, g, b] = linear(hex);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a: string, b: string): number {
  const [light = 0, dark = 0] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (light + 0.05) / (dark + 0.05);
}

/** Composites a translucent color onto an opaque one. */
function composite(above: string, background: string): string {
  const alpha = above.length > 7 ? Number.parseInt(above.slice(7), 16) / 255 : 1;
  const mixed = [1, 3, 5].map((at) => {
    const [a, b] = [above, background].map((hex) => Number.parseInt(hex.slice(at, at + 2), 16));
    return Math.round((a ?? 0) * alpha + (b ?? 0) * (1 - alpha))
      .toString(16)
      .padStart(2, "0");
  });
  return `#${mixed.join("")}`;
}

const MIN_TEXT_CONTRAST = 4.5;
const MIN_LINE_CONTRAST = 3;
const MIN_ACCENT_DISTANCE = 0.14;
const MIN_SERIES_DISTANCE = 0.085;
const BACKGROUNDS = ["bg", "surface", "surface-2", "surface-3"];
const STATES = ["good", "warn", "bad", "info"];
const METRICS = ["m-rate", "m-load", "m-p50", "m-p75", "m-p95", "m-p99"];
const SERIES = ["s1", "s2", "s3", "s4", "s5", "s6", "s7", "s8"];
const tinted = (name: string) => [`${name}-bg on surface`, `${name}-bg on bg`];

/** Foreground colors, their backgrounds, and the minimum contrast. Every color with a meaning must be listed. */
const PAIRS: [what: string, foregrounds: string[], backgrounds: string[], minimum: number][] = [
  ["text on every background", ["text", "text-2", "text-3"], BACKGROUNDS, MIN_TEXT_CONTRAST],
  [
    "text on a tinted background",
    ["text", "text-2", "text-3"],
    ["accent", ...STATES].flatMap(tinted),
    MIN_TEXT_CONTRAST,
  ],
  ["status text", STATES, ["bg", "surface", "surface-2"], MIN_TEXT_CONTRAST],
  ...STATES.map((state): [string, string[], string[], number] => [
    `${state} on its own tint`,
    [state],
    tinted(state),
    MIN_TEXT_CONTRAST,
  ]),
  ["links", ["accent-2"], [...BACKGROUNDS, ...tinted("accent"), ...STATES.flatMap(tinted)], MIN_TEXT_CONTRAST],
  ["text on primary buttons", ["on-accent"], ["accent", "accent-2"], MIN_TEXT_CONTRAST],
  ["the time at the cursor", ["surface"], ["text"], MIN_TEXT_CONTRAST],
  ["labels at line ends", ["m-rate", "m-p95", "m-p99"], ["surface"], MIN_TEXT_CONTRAST],
  ["controls", ["control"], ["bg", "surface"], MIN_LINE_CONTRAST],
  ["focus and selection", ["accent"], BACKGROUNDS, MIN_LINE_CONTRAST],
  ["chart lines", METRICS, ["bg", "surface", "surface-2"], MIN_LINE_CONTRAST],
  ["group colors", SERIES, ["bg", "surface"], MIN_LINE_CONTRAST],
];
/** Colors of lines between elements that are also separated by spacing. */
const DECORATION = ["line", "grid"];

describe.each(THEMES.map(({ name }) => name))("%s", (theme) => {
  const tokens = tokensOf(theme);
  const colorOf = (name: string): string => {
    const [above = "", background] = name.split(" on ");
    const color = tokens[above] ?? "";
    return background === undefined ? color : composite(color, colorOf(background));
  };

  it.each(PAIRS)("has enough contrast for %s", (_, foregrounds, backgrounds, minimum) => {
    const pairs = foregrounds.flatMap((foreground) =>
      backgrounds.map((background) => ({
        foreground,
        background,
        ratio: contrast(colorOf(foreground), colorOf(background)),
      })),
    );
    expect(pairs.filter(({ ratio }) => !(ratio >= minimum))).toEqual([]);
  });

  it("has no color without a contrast check", () => {
    const checked = PAIRS.flatMap(([, foregrounds, backgrounds]) => [...foregrounds, ...backgrounds]).flatMap((name) =>
      name.split(" on "),
    );
    expect(Object.keys(tokens).filter((name) => ![...checked, ...DECORATION].includes(name))).toEqual([]);
  });

  it("has an accent that differs from the state colors", () => {
    const near = STATES.slice(0, 3).filter(
      (state) => distance(colorOf("accent"), colorOf(state)) < MIN_ACCENT_DISTANCE,
    );
    expect(near).toEqual([]);
  });

  it("has group colors that everybody can tell apart", () => {
    const pairs = SERIES.flatMap((a, i) => SERIES.slice(i + 1).map((b) => [a, b] as const));
    expect(pairs.filter(([a, b]) => smallestDistance(colorOf(a), colorOf(b)) < MIN_SERIES_DISTANCE)).toEqual([]);
  });

  it("has its background and accent in the theme picker", () => {
    const { background, accent } = THEMES.find(({ name }) => name === theme) ?? {};
    expect([background, accent]).toEqual([colorOf("surface"), colorOf("accent")]);
  });
});

it("black on white has the maximum contrast", () => {
  expect(contrast("#000000", "#ffffff")).toBeCloseTo(21);
  expect(composite("#ffffff80", "#000000")).toBe("#808080");
});
