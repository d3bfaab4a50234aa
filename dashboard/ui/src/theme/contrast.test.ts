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

describe.each(THEMES.map(({ name }) => name))("%s", (theme) => {
  const tokens = tokensOf(theme);
  const of = (name: string) => tokens[name] ?? "";
  const worst = (inks: string[], grounds: string[]) =>
    Math.min(...inks.flatMap((ink) => grounds.map((ground) => contrast(of(ink), of(ground)))));

  it("has text that can be read on every ground", () => {
    expect(worst(["text", "text-2", "text-3"], ["bg", "surface", "surface-2", "surface-3"])).toBeGreaterThanOrEqual(4.5);
  });

  it("has words of meaning, series and links that can be read on a panel", () => {
    const inks = ["good", "warn", "bad", "info", "accent-2", "m-rate", "m-p95", "m-p99"];
    expect(worst(inks, ["surface"])).toBeGreaterThanOrEqual(4.5);
  });

  it("has controls, the accent and chart lines that can be seen", () => {
    const lines = ["control", "accent", "m-load", "m-p50", "m-p75", "s1", "s2", "s3", "s4", "s5", "s6", "s7", "s8"];
    expect(worst(lines, ["surface", "bg"])).toBeGreaterThanOrEqual(3);
  });

  it("has readable words on its main button", () => {
    expect(worst(["on-accent"], ["accent"])).toBeGreaterThanOrEqual(4.5);
  });
});
