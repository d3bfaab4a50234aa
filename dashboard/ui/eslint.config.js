import { readdirSync } from "node:fs";

import js from "@eslint/js";
import svelte from "eslint-plugin-svelte";
import globals from "globals";
import ts from "typescript-eslint";

import svelteConfig from "./svelte.config.js";

/**
 * Which folders of src/ a folder may import besides itself. Files directly in src/ and tests may import everything.
 * In addition, `model/` imports only types of the API, and a page imports no other page.
 */
const MAY_IMPORT = {
  api: [],
  theme: [],
  model: ["api"],
  state: ["api", "model", "theme"],
  components: ["model"],
  charts: ["api", "model", "state", "components"],
  exchanges: ["api", "model", "state", "components"],
  figures: ["api", "model", "state", "components", "charts"],
  starting: ["api", "model", "state", "components"],
  pages: ["api", "model", "state", "components", "charts", "exchanges", "figures", "starting"],
  shell: ["api", "model", "state", "theme", "components", "pages"],
  report: ["api", "model", "state", "theme", "components", "figures"],
  test: ["api"],
  gallery: ["api", "model", "state", "theme", "components", "charts", "test"],
};
const FOLDERS = Object.keys(MAY_IMPORT);
for (const entry of readdirSync(new URL("src", import.meta.url), { withFileTypes: true }))
  if (entry.isDirectory() && !FOLDERS.includes(entry.name)) throw new Error(`Add src/${entry.name} to MAY_IMPORT.`);

const UPLOT = { name: "uplot", message: "Only charts/ imports uPlot." };

/** Restricts the relative imports of one folder, such as "../model/slo/slo" or "../../state/runs.svelte". */
function restrictImports(folder, allowed) {
  const forbidden = FOLDERS.filter((other) => other !== folder && !allowed.includes(other));
  const message = `${folder}/ may import only: ${allowed.join(", ") || "nothing"}.`;
  const patterns = [{ regex: `^(\\.\\./)+(${forbidden.join("|")})/`, message }];
  if (folder === "model")
    patterns.push({ regex: "^(\\.\\./)+api/(?!types$)", message: "model/ imports only types of the API." });
  if (folder === "pages") patterns.push({ regex: "^\\.\\./[A-Z]", message: "A page imports no other page." });
  return {
    files: [`src/${folder}/**`],
    ignores: ["**/*.test.ts"],
    rules: { "no-restricted-imports": ["error", { paths: folder === "charts" ? [] : [UPLOT], patterns }] },
  };
}

export default ts.config(
  { ignores: ["node_modules/", "src/api/types.gen.ts"] },
  js.configs.recommended,
  ...ts.configs.strict,
  ...ts.configs.stylistic,
  ...svelte.configs.recommended,
  {
    languageOptions: { globals: { ...globals.browser } },
    rules: {
      "max-lines": ["error", { max: 250 }],
      eqeqeq: "error",
      "no-console": "error",
      "@typescript-eslint/consistent-type-imports": "error",
      "no-restricted-imports": ["error", { paths: [UPLOT] }],
    },
  },
  {
    files: ["**/*.svelte", "**/*.svelte.ts"],
    languageOptions: { parserOptions: { parser: ts.parser, extraFileExtensions: [".svelte"], svelteConfig } },
    rules: {
      "max-lines": ["error", { max: 200 }],
      "svelte/no-at-html-tags": "error",
      "no-restricted-syntax": [
        "error",
        {
          selector: "SvelteAttribute[key.name='style']",
          message: "The CSP blocks style attributes. Use `style:name={…}`, which is set by script.",
        },
      ],
      // Collections in state are replaced as a whole, so they need no reactive classes.
      "svelte/prefer-svelte-reactivity": "off",
      "svelte/button-has-type": "error",
      "svelte/require-each-key": "error",
      "no-undef": "off",
    },
  },
  ...Object.entries(MAY_IMPORT).map(([folder, allowed]) => restrictImports(folder, allowed)),
  {
    files: ["src/model/**"],
    rules: { "no-restricted-globals": ["error", "document", "window", "localStorage", "fetch"] },
  },
  { files: ["*.js", "*.ts"], languageOptions: { globals: { ...globals.node } } },
);
