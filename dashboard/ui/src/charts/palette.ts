/** Theme colors for the canvas, which cannot use CSS variables. */
const NAMES = [
  "grid",
  "control",
  "text",
  "text-2",
  "text-3",
  "surface",
  "surface-2",
  "accent",
  "bad",
  "warn",
  "info",
  "m-rate",
  "m-load",
  "m-p50",
  "m-p75",
  "m-p95",
  "m-p99",
  "s1",
  "s2",
  "s3",
  "s4",
  "s5",
  "s6",
] as const;
export type Color = (typeof NAMES)[number];
export type Palette = Record<Color, string> & { font: string };

export function readPalette(): Palette {
  const style = getComputedStyle(document.body);
  const colors = NAMES.map((name) => [name, style.getPropertyValue(`--${name}`).trim()]);
  return { ...(Object.fromEntries(colors) as Record<Color, string>), font: style.fontFamily };
}

/** Adds an alpha value to a #rrggbb color. */
export function withAlpha(color: string, alpha: number): string {
  const hex = Math.round(alpha * 255)
    .toString(16)
    .padStart(2, "0");
  return color + hex;
}
