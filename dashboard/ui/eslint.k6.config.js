// Lints the k6 scripts and their tests. ESLint takes the working directory as the base path, so it runs in the root.

import js from "@eslint/js";
import globals from "globals";

/** Which folders of k6/lib/ a folder may import besides itself. */
const MAY_IMPORT = {
  common: [],
  auth: ["common"],
  data: ["common"],
  load: ["common"],
  document: ["common", "auth", "data"],
  send: ["common", "document"],
  report: ["common", "document", "send"],
};
const FOLDERS = Object.keys(MAY_IMPORT);
const K6_GLOBALS = ["__ENV", "__VU", "console", "crypto", "open", "require", "TextDecoder", "TextEncoder"];

function restrictImports(folder, allowed) {
  const forbidden = FOLDERS.filter((other) => other !== folder && !allowed.includes(other));
  const message = `k6/lib/${folder}/ may import only: ${allowed.join(", ") || "nothing"}.`;
  const regex = `^\\.\\./((${forbidden.join("|")})/|\\.\\./)`;
  return {
    files: [`k6/lib/${folder}/**`],
    rules: { "no-restricted-imports": ["error", { patterns: [{ regex, message }] }] },
  };
}

export default [
  js.configs.recommended,
  {
    languageOptions: {
      ecmaVersion: 2024,
      globals: Object.fromEntries(K6_GLOBALS.map((name) => [name, "readonly"])),
    },
    rules: {
      "max-lines": ["error", { max: 250 }],
      "no-control-regex": "off", // headers and bodies must not contain control characters
      "preserve-caught-error": "off", // k6 reports the message of an error, but not its cause
      "no-unused-vars": ["error", { argsIgnorePattern: "^_" }],
      "no-use-before-define": ["error", { functions: false }],
      "prefer-const": ["error", { destructuring: "all" }],
      curly: "error",
      eqeqeq: "error",
    },
  },
  ...Object.entries(MAY_IMPORT).map(([folder, allowed]) => restrictImports(folder, allowed)),
  { files: ["tests/**"], languageOptions: { globals: globals.node } },
];
