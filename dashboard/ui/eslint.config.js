import js from "@eslint/js";
import svelte from "eslint-plugin-svelte";
import globals from "globals";
import ts from "typescript-eslint";

import svelteConfig from "./svelte.config.js";

/**
 * Which folders of src/ a folder may import, itself included. Files directly in src/ may import everything.
 * `model/` may import only types, and a page imports no other page.
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
  pages: ["api", "model", "state", "components", "charts", "exchanges", "figures"],
  shell: ["api", "model", "state", "theme", "components", "pages"],
  report: ["api", "model", "state", "theme", "components", "figures"],
  test: ["api"],
  gallery: ["api", "model", "state", "theme", "components", "charts", "test"],
};
const FOLDERS = Object.keys(MAY_IMPORT);

const UPLOT = { name: "uplot", message: "Only charts/ imports uPlot." };

/** The rule of one folder. A specifier that climbs names its folder: "../model/slo/slo", "../../state/runs.svelte". */
function importsOf(folder, allowed) {
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
          message: "The CSP drops style attributes of templates. `style:name={…}` is set by script and works.",
        },
      ],
      // These guard collections that a template reads; ours are plain values that are replaced as a whole.
      "svelte/prefer-svelte-reactivity": "off",
      "svelte/button-has-type": "error",
      "svelte/require-each-key": "error",
      "no-undef": "off",
    },
  },
  ...Object.entries(MAY_IMPORT).map(([folder, allowed]) => importsOf(folder, allowed)),
  {
    files: ["src/model/**"],
    rules: { "no-restricted-globals": ["error", "document", "window", "localStorage", "fetch"] },
  },
  { files: ["*.js", "*.ts"], languageOptions: { globals: { ...globals.node } } },
);
