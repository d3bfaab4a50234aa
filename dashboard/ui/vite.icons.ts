import { readFileSync } from "node:fs";

import type { Plugin } from "vite";

import { ICONS } from "./src/components/icons";

/** Puts the drawings of all icons into the page, as symbols that `Icon.svelte` refers to. */
export const icons: Plugin = {
  name: "icons",
  transformIndexHtml: (html) => html.replace("<body>", () => `<body>\n    ${sprite()}`),
};

function sprite(): string {
  const symbols = Object.entries(ICONS).map(([name, file]) => symbolOf(name, file));
  return `<svg class="icons" width="0" height="0" aria-hidden="true">${symbols.join("")}</svg>`;
}

function symbolOf(name: string, file: string): string {
  const svg = readFileSync(`node_modules/lucide-static/icons/${file}.svg`, "utf8");
  const shapes = /<svg[^>]*>(.*)<\/svg>/s.exec(svg)?.[1];
  if (shapes === undefined) throw new Error(`Expected a drawing in ${file}.svg of lucide-static.`);
  return `<symbol id="icon-${name}" viewBox="0 0 24 24">${shapes.replace(/\s*\n\s*/g, "")}</symbol>`;
}
