import js from "@eslint/js";
import svelte from "eslint-plugin-svelte";
import globals from "globals";
import ts from "typescript-eslint";

import svelteConfig from "./svelte.config.js";

const upward = (rooms, message) => ({ group: rooms.map((room) => `**/${room}/*`), message });

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
      "no-restricted-imports": ["error", { paths: [{ name: "uplot", message: "Only charts/ knows uPlot." }] }],
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
  {
    files: ["src/model/**"],
    rules: {
      "no-restricted-globals": ["error", "document", "window", "localStorage", "fetch"],
      "no-restricted-imports": [
        "error",
        { patterns: [upward(["state", "charts", "components", "pages"], "model/ is pure: it imports nothing above it.")] },
      ],
    },
  },
  { files: ["src/charts/**"], rules: { "no-restricted-imports": "off" } },
  { files: ["*.js", "*.ts"], languageOptions: { globals: { ...globals.node } } },
);
